"""Wraps a manager and its database, so that every call is entered in the ledger. The subject is unchanged."""

from __future__ import annotations

import logging
import threading

from session_manager.databases import Database, DatabaseUnavailable, Records
from session_manager.model import CleanupFailed, Manager, Row, SessionData

from ..promises.promise import Call
from ..promises.recorder import Recorder
from .events import Events
from .memory import Memory
from .visitor import caller


class CurrentCall(threading.local):
    """The present call of this thread, so that a database read can be assigned to it."""

    call: Call | None = None


class WatchedRecords:
    """Records that report refreshes and cleanup to the ledger. See `Records` for the methods."""

    def __init__(self, records: Records, recorder: Recorder, current: CurrentCall) -> None:
        self._records = records
        self._recorder = recorder
        self._current = current
        # The other calls are passed on: bound once, so that they cost nothing.
        self.open = records.open
        self.ids = records.ids
        self.count = records.count
        self.clear = records.clear
        self.close = records.close

    def read(self, session_id: str) -> Row | None:
        """Read a row, as part of a refresh."""
        if self._current.call is not None:
            self._recorder.refreshing(self._current.call)
        return self._records.read(session_id)

    def remove(self, session_id: str) -> bool:
        """Clean up a row."""
        try:
            was_there = self._records.remove(session_id)
        except CleanupFailed:
            self._recorder.row_kept(session_id)
            raise
        self._recorder.row_removed(session_id, was_there)
        return was_there

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Make a row a dead letter, or queue it again with its attempts reset."""
        try:
            self._records.set_aside(session_id, dead)
        except DatabaseUnavailable:
            if dead:
                self._recorder.attempt_unanswered(session_id)
            raise
        if not dead:
            self._recorder.attempts_forgotten(session_id)

    def purge(self, session_id: str) -> bool:
        """Remove a row without cleanup."""
        was_there = self._records.purge(session_id)
        self._recorder.row_discarded(session_id)
        return was_there


class WatchedDatabase(WatchedRecords):
    """The same for a database. See `Database` for the methods."""

    def __init__(self, database: Database, recorder: Recorder, current: CurrentCall) -> None:
        super().__init__(database, recorder, current)
        self.insert = database.insert
        self.save = database.save
        self.save_access = database.save_access
        self.mark_deleted = database.mark_deleted
        self.rows = database.rows


class WatchedManager:
    """A manager whose callers' outcomes are entered in the ledger. See `Manager` for the methods."""

    def __init__(
        self, manager: Manager, recorder: Recorder, current: CurrentCall, memory: Memory, events: Events, name: str
    ) -> None:
        self._manager = manager
        self._events = events
        self._name = name
        self._ended_by = ""
        self._memory = memory
        self._recorder = recorder
        self._current = current
        # The other methods acknowledge no change.
        self.revoke_session = manager.revoke_session
        self.get_stats = manager.get_stats
        self.get_active_count = manager.get_active_count
        self.get_cleanup_queue_size = manager.get_cleanup_queue_size
        self.recover = manager.recover
        self.counts = manager.counts
        self.queued = manager.queued
        self.peek = manager.peek
        self.census = manager.census
        self.clear = manager.clear

    def run_cleanup(self) -> int:
        """One cleanup cycle; one that ends early is told, unless the one before ended for the same reason."""
        try:
            cleaned = self._manager.run_cleanup()
        except Exception as error:
            kind = type(error).__name__
            if kind != self._ended_by:
                self._events.tell(logging.WARNING, "cleanup_ended_early", self._name, error=kind)
            self._ended_by = kind
            raise
        self._ended_by = ""
        return cleaned

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session."""
        self._memory.refuse_if_full()
        with self._recorder.call("create", caller=caller()) as call:
            call.session_id = self._manager.create_session(user_id, username)
        return call.session_id

    def get_session(self, session_id: str) -> SessionData:
        """Read a session."""
        with self._recorder.call("read", session_id, caller=caller()) as call, self._in(call):
            return self._manager.get_session(session_id)

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set a key."""
        self._memory.refuse_if_full()
        with self._recorder.call("update", session_id, key, value, caller()):
            self._manager.update_session(session_id, key, value)

    def increment_access(self, session_id: str) -> int:
        """Count an access."""
        with self._recorder.call("increment", session_id, caller=caller()) as call:
            call.answer = count = self._manager.increment_access(session_id)
        return count

    def delete_session(self, session_id: str) -> None:
        """Close a session."""
        with self._recorder.call("delete", session_id, caller=caller()):
            self._manager.delete_session(session_id)

    def refresh_from_database(self, session_id: str) -> None:
        """Refresh a session."""
        with self._recorder.call("read", session_id, caller=caller()) as call, self._in(call):
            self._manager.refresh_from_database(session_id)

    def _in(self, call: Call) -> _Within:
        return _Within(self._current, call)


class _Within:
    """While it lasts, the thread is in that call."""

    __slots__ = ("_call", "_current")

    def __init__(self, current: CurrentCall, call: Call) -> None:
        self._current = current
        self._call = call

    def __enter__(self) -> None:
        self._current.call = self._call

    def __exit__(self, *_: object) -> None:
        self._current.call = None
