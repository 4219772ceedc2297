"""Models of the standard library: locks, threads, time, queues, futures, and what code finds around it.

Every operation of a primitive is one point, before it, and nothing is looked at before that point. What the real thing
raises the model raises, with the same words; what it does not model it says.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from . import modules
from .world import WORLD

MODELLED: Final[dict[str, ModuleType]] = {**modules.MODELLED, **WORLD}
"""By the name by which it is imported."""
