"""Fixes for the stale overwrite: `refresh_from_database` must detect whether the arriving row is stale.

Each class changes the one comparison. Read it beside the same method of `buggy.py`.
"""

from __future__ import annotations

from .. import buggy
from ..model import SessionNotFound


class SeedLessThan(buggy.SessionManager):
    """Reverses the comparison: `<` for `>=`. The correction of the Rust original."""

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row and replace the copy in memory with it."""
        with self._state.store.read() as sessions:
            seen = self._find(sessions, session_id).version
        row = self._database.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        tick = self._runtime.monotonic()
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            if cached.version < seen:
                cached.data = row.data
                cached.cache_time = cached.last_db_sync = tick


class VersionSeen(buggy.SessionManager):
    """Accepts the row if the version is still the one that was noted before the row was read. Looks right."""

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row and replace the copy in memory with it."""
        with self._state.store.read() as sessions:
            seen = self._find(sessions, session_id).version
        row = self._database.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        tick = self._runtime.monotonic()
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            if cached.version == seen:
                cached.data = row.data
                cached.cache_time = cached.last_db_sync = tick


class Timestamps(buggy.SessionManager):
    """Accepts the row if its last activity is later than that of the copy in memory. The hint of timestamps."""

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row and replace the copy in memory with it."""
        row = self._database.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        tick = self._runtime.monotonic()
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            if row.data.last_activity > cached.data.last_activity:
                cached.data = row.data
            # If the row is not newer, the memory is as good as a refresh.
            cached.cache_time = cached.last_db_sync = tick


class NewerRow(buggy.SessionManager):
    """Accepts the row if its own version is greater than that of the copy in memory. The hint to reject others."""

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row and replace the copy in memory with it."""
        row = self._database.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        tick = self._runtime.monotonic()
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            if row.version > cached.version:
                cached.data = row.data
                cached.version = row.version
            # If the row is not newer, the memory is as good as a refresh.
            cached.cache_time = cached.last_db_sync = tick
