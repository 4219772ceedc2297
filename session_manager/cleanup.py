"""The rows of closed sessions that wait to be removed: which of them are due, and when each is tried again.

A plain data structure: it takes no lock, reads no clock and calls no database. The fixed manager keeps it among its
tables and calls it while it holds their lock.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field

BATCH = 500
"""Ids that are claimed at once, in about a millisecond, for which a login waits."""
MOST_DOUBLINGS = 8
"""How often a row's wait is doubled because the database did not answer."""


@dataclass(slots=True)
class Waiting:
    """A closed session whose row is to be removed, not before `due`.

    `attempts` counts how often that failed, `postponed` how often the database did not answer.
    """

    due: float
    attempts: int = 0
    postponed: int = 0


@dataclass(slots=True)
class CleanupQueue:
    """Ids in the order in which they were queued. All times are seconds on the runtime's monotonic clock.

    Attributes:
        max_attempts: how often removing a row is tried before it is given up.
        backoff: seconds until the second attempt; doubled for each further one.
        waiting: by id. Ordered, because the first item of a plain dictionary is slow to find once many before it are
            gone.
        schedule: a heap of (due, id). An entry that `waiting` does not confirm is out of date; it is dropped when it
            comes up.
    """

    max_attempts: int
    backoff: float
    waiting: OrderedDict[str, Waiting] = field(default_factory=OrderedDict)
    schedule: list[tuple[float, str]] = field(default_factory=list)

    def enqueue(self, session_id: str, due: float) -> None:
        """Add an id, with all its attempts left."""
        self._plan(session_id, Waiting(due), due)

    def claim_due(self, now: float) -> list[str]:
        """Ids to try now; if they are `BATCH`, ask again with the same time.

        Each stays queued, and is due again later in case its attempt is never finished.
        """
        claimed: list[str] = []
        while len(claimed) < BATCH and self.schedule and self.schedule[0][0] <= now:
            due, session_id = heapq.heappop(self.schedule)
            waiting = self.waiting.get(session_id)
            if waiting is not None and waiting.due == due:
                claimed.append(session_id)
                waiting.due = now + self.backoff
        for session_id in claimed:
            heapq.heappush(self.schedule, (now + self.backoff, session_id))
        return claimed

    def failed(self, session_id: str, now: float) -> bool:
        """Count a failed attempt and plan the next one, after twice the wait. Returns false if none is left."""
        waiting = self.waiting.get(session_id)
        if waiting is not None:  # another cycle has not finished it meanwhile
            waiting.attempts += 1
            if waiting.attempts >= self.max_attempts:
                return False
            self._plan(session_id, waiting, now + self.backoff * 2 ** (waiting.attempts - 1))
        return True

    def is_exhausted(self, session_id: str) -> bool:
        """Whether the id is queued and has no attempt left."""
        waiting = self.waiting.get(session_id)
        return waiting is not None and waiting.attempts >= self.max_attempts

    def postpone(self, session_id: str, now: float) -> None:
        """The database did not answer, which says nothing about the row: count no attempt, and wait longer."""
        waiting = self.waiting.get(session_id)
        if waiting is not None:
            waiting.postponed += 1
            self._plan(session_id, waiting, now + self.backoff * 2 ** min(waiting.postponed, MOST_DOUBLINGS))

    def remove(self, session_id: str) -> Waiting | None:
        """Take an id out. None if it was not queued."""
        return self.waiting.pop(session_id, None)

    def oldest(self) -> str | None:
        """The first id, also without the lock."""
        try:
            return next(iter(self.waiting), None)
        except RuntimeError:  # changed between making the iterator and its first step
            return None

    def clear(self) -> None:
        """Forget every id."""
        self.waiting.clear()
        self.schedule.clear()

    def _plan(self, session_id: str, waiting: Waiting, due: float) -> None:
        waiting.due = due
        self.waiting[session_id] = waiting
        heapq.heappush(self.schedule, (due, session_id))
