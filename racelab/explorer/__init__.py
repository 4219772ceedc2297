"""The explorer: runs the managers under every interleaving of a small program, or under one that is given.

It never imports Flask, and nothing in it knows a particular manager. Read `runtime`, then `execution` and `search`.
"""

from .minimise import minimise
from .scenarios import SCENARIOS
from .schedule import BadSchedule, parse, write
from .search import Findings, Witness, explore
from .trace import Trace, replay
from .variants import VARIANTS
from .words import text
from .world import Does, Scenario

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
