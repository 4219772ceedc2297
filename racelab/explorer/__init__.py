"""The explorer: runs the managers under every interleaving of a small program, or under one that is given.

It never imports Flask, and nothing in it knows a particular manager. Read `runtime`, then `execution` and `search`.
"""

from racelab.catalogue.variants import VARIANTS

from .kernel.schedule import BadSchedule, parse, write
from .programs.scenarios import SCENARIOS
from .programs.world import Does, Scenario
from .search.explore import Findings, Witness, explore
from .search.minimise import minimise
from .traces.explanation import text
from .traces.trace import Trace, replay

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
