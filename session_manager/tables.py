"""What the fixed manager holds: every session behind a lock of its own, all the rest behind one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from .model import CachedSession, DeadLetter, SessionStats
from .sync import Guarded


@dataclass(slots=True)
class LiveSession(CachedSession):
    """A session in memory, and whether it was closed while somebody was waiting for its lock."""

    closed: bool = False


@dataclass(slots=True)
class Waiting:
    """A deleted session whose row is to be removed, not before `due` (seconds, monotonic).

    `attempts` counts how often that failed, `postponed` how often the database did not answer.
    """

    due: float
    attempts: int = 0
    postponed: int = 0


@dataclass(slots=True)
class Tables:
    """All the manager's state, behind one lock.

    `schedule` is a heap of (due, id); an entry that `queue` does not confirm is out of date and is dropped when it
    comes up. Ordered dictionaries, because the first item of a plain one is slow to find once many before it are gone.
    """

    sessions: dict[str, Guarded[LiveSession]] = field(default_factory=dict)
    queue: OrderedDict[str, Waiting] = field(default_factory=OrderedDict)
    schedule: list[tuple[float, str]] = field(default_factory=list)
    dead_letters: OrderedDict[str, DeadLetter] = field(default_factory=OrderedDict)
    stats: SessionStats = field(default_factory=SessionStats)
