"""The explorer: runs the managers under every interleaving of a small program, or under one that is given.

It never imports Flask, and nothing below this door knows a particular manager. Read `kernel`, then `search`.
"""

from typing import TYPE_CHECKING, Any

from .kernel.schedule import BadSchedule, parse, write
from .programs.scenario import Does, Scenario
from .programs.scenarios import SCENARIOS
from .search.findings import Findings, Witness
from .traces.explanation import text
from .traces.trace import Trace

if TYPE_CHECKING:
    from .by_name import VARIANTS, explore, minimise, replay

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


def __getattr__(name: str) -> Any:
    """What knows the managers by name comes when it is asked for: the catalogue stands on this package."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import by_name

    return getattr(by_name, name)
