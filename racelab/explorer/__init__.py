"""The explorer: runs the managers under every interleaving of a small program, or under one that is given.

It never imports Flask, and nothing below this door knows a particular manager. Read `kernel`, then `search`.
"""

from racelab.catalogue.variants import VARIANTS

from .by_name import explore, minimise, replay
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
