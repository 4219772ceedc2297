"""Closed sessions whose rows could not be removed: giving a row up, trying it again, discarding it.

Each is two steps, first the row's `dead` mark in the database, then the tables. The database is not called while the
lock over the tables is held, so a lock of its own spans both steps. What that lock guards is in the database: the
marks. Its holder alone moves rows to and from the dead letters, so mark and table agree when it is released.

The database comes first in all three. If it refuses, or if the process ends between the two steps, no row is
forgotten: the next `recover` reads the mark, and a second call does the same again.
"""

from __future__ import annotations

from .databases import Database
from .model import DeadLetter, SessionNotFound
from .sync import Guarded, Runtime
from .tables import Tables


class DeadLetters:
    """Moves rows to and from `Tables.dead_letters`.

    Args:
        database: where the rows are.
        runtime: where the lock and the clock come from.
        tables: the manager's; their lock is acquired while the lock over the marks is held, never the other way round.
        most: beyond that many the oldest is discarded.
    """

    def __init__(self, database: Database, runtime: Runtime, tables: Guarded[Tables], most: int) -> None:
        self._database = database
        self._runtime = runtime
        self._tables = tables
        self._most = most
        self._marks = runtime.lock("dead marks", None)

    def give_up(self, session_id: str) -> None:
        """Make a queued row that has no attempt left a dead letter.

        Raises:
            DatabaseUnavailable: the row stays in the queue; or, if only discarding the oldest failed, there is one
                dead letter too many until the next row is given up.
        """
        now = self._runtime.now()
        with self._marks:
            with self._tables as tables:
                if not tables.queue.is_exhausted(session_id):  # another cycle was first
                    return
            self._database.set_aside(session_id)
            with self._tables as tables:
                waiting = tables.queue.remove(session_id)
                if waiting is not None:  # another cycle has not removed the row meanwhile
                    tables.dead_letters[session_id] = DeadLetter(session_id, waiting.attempts, now)
                too_many = len(tables.dead_letters) > self._most
        while too_many:
            too_many = self._discard_oldest()

    def retry(self, session_id: str) -> None:
        """Put a dead letter back into the queue, with all its attempts left.

        Raises:
            SessionNotFound: there is no such dead letter.
            DatabaseUnavailable: it still is a dead letter.
        """
        due = self._runtime.monotonic()
        with self._marks:
            self._check(session_id)
            self._database.set_aside(session_id, dead=False)
            with self._tables as tables:
                del tables.dead_letters[session_id]
                tables.queue.enqueue(session_id, due)

    def discard(self, session_id: str) -> None:
        """Remove a dead letter's row without cleaning up after it, and forget it. Raises what `retry` does."""
        with self._marks:
            self._check(session_id)
            self._remove(session_id)

    def _check(self, session_id: str) -> None:
        with self._tables as tables:
            if session_id not in tables.dead_letters:
                raise SessionNotFound(session_id)

    def _remove(self, session_id: str) -> None:
        self._database.purge(session_id)
        with self._tables as tables:
            del tables.dead_letters[session_id]

    def _discard_oldest(self) -> bool:
        """One per holding of the lock, so that a retry waits for one database call. Returns whether there was one."""
        with self._marks:
            with self._tables as tables:
                if len(tables.dead_letters) <= self._most:
                    return False
                oldest = next(iter(tables.dead_letters))
            self._remove(oldest)
        return True
