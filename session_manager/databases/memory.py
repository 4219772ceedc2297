"""Rows in a dictionary: for exploration, unit tests, and measurements of a manager without a disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..model import CleanupFailed, Row, cannot_be_removed
from ..sync import Runtime
from .base import DatabaseDials


class MemoryDatabase:
    """See `Database`. The runtime's dials should be 0: they belong to the manager, not to its database."""

    def __init__(self, runtime: Runtime, dials: DatabaseDials | None = None) -> None:
        self._runtime = runtime
        self._dials = dials or DatabaseDials()
        self._rows = runtime.lock("database", dict[str, Row]())

    def open(self) -> None:
        """It is ready."""

    def insert(self, row: Row) -> None:
        """Add a row."""
        with self._rows as rows:
            rows[row.data.session_id] = row.copy()

    def read(self, session_id: str) -> Row | None:
        """The row as it is now, returned late."""
        with self._rows as rows:
            row = rows.get(session_id)
            answer = row.copy() if row else None
        if self._dials.latency:
            self._runtime.nap(self._dials.latency)
        return answer

    def save(self, row: Row, expected: int | None = None) -> bool:
        """Replace the row of a session that is not deleted."""
        session_id = row.data.session_id
        with self._rows as rows:
            there = rows.get(session_id)
            if there is None or there.deleted or (expected is not None and there.version != expected):
                return False
            rows[session_id] = row.copy()
            return True

    def save_access(
        self,
        session_id: str,
        access_count: int,
        last_activity: datetime,
        version: int | None = None,
        expected: int | None = None,
    ) -> bool:
        """Replace the two fields that counting an access changes, and the version if one is given."""
        with self._rows as rows:
            there = rows.get(session_id)
            if there is None or there.deleted or (expected is not None and there.version != expected):
                return False
            data = there.data
            data.access_count = access_count
            data.last_activity = last_activity
            if version is not None:
                there.version = version
            return True

    def mark_deleted(self, session_id: str) -> bool:
        """Mark a row as waiting for cleanup."""
        with self._rows as rows:
            row = rows.get(session_id)
            if row is None or row.deleted:
                return False
            row.deleted = True
            return True

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Mark a deleted row as a dead letter, or remove that mark."""
        with self._rows as rows:
            if session_id in rows:
                rows[session_id].dead = dead

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the row, unless its id has an odd length."""
        if cannot_be_removed(session_id) and session_id in self._rows.peek():
            raise CleanupFailed(session_id)
        return self.purge(session_id)

    def purge(self, session_id: str) -> bool:
        """Remove the row without cleanup."""
        with self._rows as rows:
            return rows.pop(session_id, None) is not None

    def rows(self) -> Iterator[Row]:
        """Every row."""
        with self._rows as rows:
            found = [row.copy() for row in rows.values()]
        return iter(found)

    def ids(self) -> set[str]:
        """The session ids of all rows."""
        with self._rows as rows:
            return set(rows)

    def count(self) -> int:
        """The number of rows."""
        return len(self._rows.peek())

    def clear(self) -> None:
        """Remove every row."""
        with self._rows as rows:
            rows.clear()

    def close(self) -> None:
        """It has no resources to release."""
