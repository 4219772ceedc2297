"""What the fixed manager holds. One lock guards each session, one the cache statistics, and one all the rest."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from .cleanup import CleanupQueue
from .model import CachedSession, DeadLetter, SessionStats
from .sync import Guarded


@dataclass(slots=True)
class LiveSession(CachedSession):
    """A session in memory, and whether it was closed while another caller waited for its lock."""

    closed: bool = False


@dataclass(slots=True)
class CacheStatistics:
    """How often a session was fresh enough to be read from memory, and how often it was not."""

    hits: int = 0
    misses: int = 0

    def clear(self) -> None:
        """Back to zero."""
        self.hits = self.misses = 0


@dataclass(slots=True)
class Tables:
    """The open sessions, the closed ones whose rows are still stored, and how many there are.

    `dead_letters` is ordered for the same reason as the queue: its oldest item is looked for after many are gone.
    """

    queue: CleanupQueue
    sessions: dict[str, Guarded[LiveSession]] = field(default_factory=dict)
    dead_letters: OrderedDict[str, DeadLetter] = field(default_factory=OrderedDict)
    total_sessions: int = 0
    active_sessions: int = 0
    failed_cleanups: int = 0

    def statistics(self, cache: CacheStatistics) -> SessionStats:
        """All counters together, as a copy."""
        return SessionStats(self.total_sessions, self.active_sessions, self.failed_cleanups, cache.hits, cache.misses)

    def clear(self) -> None:
        """Delete everything."""
        for table in (self.sessions, self.queue, self.dead_letters):
            table.clear()
        self.total_sessions = self.active_sessions = self.failed_cleanups = 0
