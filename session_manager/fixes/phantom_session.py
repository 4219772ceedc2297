"""Fixes for the phantom session: opening and closing one changes the store, the statistics and the queue.

Each class overrides only what its fix changes. Read it beside the same methods of `buggy.py`.
"""

from __future__ import annotations

from typing import Any

from .. import buggy
from ..model import CachedSession, Row, SessionData, TooManySessions

CLOSING, UNCOUNTED = "closing", "uncounted"
"""The states between open and closed: out of the store; and out of the statistics too."""


class _OpensAtOnce(buggy.SessionManager):
    """Opens a session in the store and in the statistics together."""

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now, tick = self._runtime.new_id(), self._runtime.now(), self._runtime.monotonic()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        self._database.insert(Row(data))
        with self._state.store.write() as sessions, self._state.stats.write() as stats:
            sessions[session_id] = CachedSession(data, cache_time=tick, last_db_sync=tick)
            stats.total_sessions += 1
            stats.active_sessions += 1
        return session_id


class CheckThenDecrement(_OpensAtOnce):
    """Checks that the session exists, and then changes all three places or none. The hint of a transaction."""

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""
        with self._state.store.read() as sessions:
            self._find(sessions, session_id)
        state = self._state
        with state.store.write() as sessions, state.stats.write() as stats, state.queue.write() as queue:
            sessions.pop(session_id, None)
            stats.active_sessions = max(0, stats.active_sessions - 1)
            queue.append(session_id)


class AllLocksOneOrder(_OpensAtOnce):
    """Acquires its locks in one order, store, statistics, queue, then checks and changes. The hint of one lock."""

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""
        state = self._state
        with state.store.write() as sessions, state.stats.write() as stats, state.queue.write() as queue:
            self._find(sessions, session_id)
            del sessions[session_id]
            stats.active_sessions -= 1
            queue.append(session_id)


class LocksInTwoOrders(AllLocksOneOrder):
    """Acquires all its locks, but opens with statistics before store and closes the other way. Looks right."""

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now, tick = self._runtime.new_id(), self._runtime.now(), self._runtime.monotonic()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        self._database.insert(Row(data))
        with self._state.stats.write() as stats, self._state.store.write() as sessions:
            stats.total_sessions += 1
            stats.active_sessions += 1
            sessions[session_id] = CachedSession(data, cache_time=tick, last_db_sync=tick)
        return session_id


class StateMachine(_OpensAtOnce):
    """Closes a session step by step, and remembers the last step. The hint of a state machine.

    open -> closing -> uncounted -> closed. Each step begins in one state and ends in the next under the locks of what
    it changes, so that it happens once. Cleanup takes the steps that an error has left over.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._closing = self._runtime.lock("closing", dict[str, str]())

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""
        with self._state.store.write() as sessions, self._closing as closing:
            self._find(sessions, session_id)
            del sessions[session_id]
            closing[session_id] = CLOSING
        self._finish(session_id)

    def run_cleanup(self) -> int:
        """Try to remove the row of every session in the queue, and of those that will be queued."""
        with self._closing as closing:
            on_their_way = list(closing)
        for session_id in on_their_way:
            self._finish(session_id)
        return super().run_cleanup()

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        with self._closing as closing:
            closing.clear()

    def _finish(self, session_id: str) -> None:
        with self._state.stats.write() as stats, self._closing as closing:
            if closing.get(session_id) == CLOSING:
                closing[session_id] = UNCOUNTED
                stats.active_sessions -= 1
        with self._state.queue.write() as queue, self._closing as closing:
            if closing.get(session_id) == UNCOUNTED:
                del closing[session_id]
                queue.append(session_id)
