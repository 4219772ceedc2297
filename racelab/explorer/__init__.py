"""The explorer: runs the managers under every interleaving of a small program, or under one that is given.

It never imports Flask, and nothing below this door knows a particular manager. Read `kernel`, then `search`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .by_name import VARIANTS, explore, minimise, replay
    from .kernel.schedule import BadSchedule, parse, write
    from .programs.scenario import Does, Scenario
    from .programs.scenarios import SCENARIOS
    from .search.findings import Findings, Witness
    from .traces.explanation import text
    from .traces.trace import Trace

__all__ = [
    "SCENARIOS",
    "VARIANTS",
    "BadSchedule",
    "Does",
    "Findings",
    "Scenario",
    "Trace",
    "Witness",
    "explore",
    "minimise",
    "parse",
    "replay",
    "text",
    "write",
]
_WHERE = {
    "by_name": ("VARIANTS", "explore", "minimise", "replay"),
    "kernel.schedule": ("BadSchedule", "parse", "write"),
    "programs.scenario": ("Does", "Scenario"),
    "programs.scenarios": ("SCENARIOS",),
    "search.findings": ("Findings", "Witness"),
    "traces.explanation": ("text",),
    "traces.trace": ("Trace",),
}


def __getattr__(name: str) -> Any:
    """Everything comes when it is asked for: a process that grades a class needs no manager, and no database."""
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
