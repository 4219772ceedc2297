"""Fixes for the lost update: `update_session`, `increment_access` and `revoke_session` read, change and write.

Each class overrides only what its fix changes. Read it beside the same methods of `buggy.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import buggy
from ..model import CachedSession, Row, SessionData, SessionNotFound, TooManySessions
from ..sync import Guarded


class OneWriteLock(buggy.SessionManager):
    """Holds the store's write lock from the read to the write, in memory and database. The hint of a write lock."""

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            data = cached.data.with_key(key, value)
            data.access_count += 1
            data.last_activity = now
            # Saved inside: two saves after the release may arrive in the wrong order, and the older row stays.
            self._database.save(Row(data, cached.version + 1))
            cached.data = data
            cached.version += 1

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        now = self._runtime.now()
        with self._state.store.write() as sessions:
            data = self._find(sessions, session_id).data
            count = data.access_count + 1
            self._database.save_access(session_id, count, now)
            data.access_count = count
            data.last_activity = now
        return count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            data = cached.data.copy()
            data.is_authenticated = False
            self._database.save(Row(data, cached.version + 1))
            cached.data = data
            cached.version += 1


@dataclass(slots=True, kw_only=True)
class SessionWithMutex(CachedSession):
    """A session in memory, and its mutex."""

    mutex: Guarded[None]


class MutexPerSession(buggy.SessionManager):
    """Lets one change at a time at each session, from read to save. The hint of a Mutex for small sections.

    The mutex lives in the session's own entry: it is found with the session and is gone with it. A task
    with the mutex of a deleted session finds no session, and no id is ever used again.
    """

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now, tick = self._runtime.new_id(), self._runtime.now(), self._runtime.monotonic()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        mutex = self._runtime.lock("session", None)
        self._database.insert(Row(data))
        with self._state.store.write() as sessions:
            sessions[session_id] = SessionWithMutex(data, cache_time=tick, last_db_sync=tick, mutex=mutex)
        with self._state.stats.write() as stats:
            stats.total_sessions += 1
            stats.active_sessions += 1
        return session_id

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        with self._mutex(session_id):
            super().update_session(session_id, key, value)

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        with self._mutex(session_id):
            return super().increment_access(session_id)

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        with self._mutex(session_id):
            super().revoke_session(session_id)

    def _mutex(self, session_id: str) -> Guarded[None]:
        with self._state.store.read() as sessions:
            cached = self._find(sessions, session_id)
        assert isinstance(cached, SessionWithMutex)
        return cached.mutex


class AtomicCounter(buggy.SessionManager):
    """Increments the counter in place, in one step; everything else goes through the copy. The hint of AtomicU64.

    Python has no such type: adding while the lock is held is what its `fetch_add` does.
    """

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        with self._state.store.read() as sessions:
            data = self._find(sessions, session_id).data.with_key(key, value)
        data.last_activity = now
        self._put_back(data, accesses=1)

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        now = self._runtime.now()
        with self._state.store.write() as sessions:
            data = self._find(sessions, session_id).data
            data.access_count += 1
            data.last_activity = now
            count = data.access_count
            self._database.save_access(session_id, count, now)
        return count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        with self._state.store.read() as sessions:
            data = self._find(sessions, session_id).data.copy()
        data.is_authenticated = False
        self._put_back(data, accesses=0)

    def _put_back(self, data: SessionData, accesses: int) -> None:
        with self._state.store.write() as sessions:
            cached = self._find(sessions, data.session_id)
            data.access_count = cached.data.access_count + accesses
            cached.data = data
            cached.version += 1
            self._database.save(Row(data, cached.version))


class CompareAndSet(buggy.SessionManager):
    """Writes the copy back only if the version is the one it was made from, else retries. Looks right.

    Every writer must increment the version, or other writers do not detect it: an increment too. A refresh must take
    the version of the row.
    """

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now, done = self._runtime.now(), False
        while not done:
            with self._state.store.read() as sessions:
                cached = self._find(sessions, session_id)
                data, seen = cached.data.with_key(key, value), cached.version
            data.access_count += 1
            data.last_activity = now
            done = self._put_back(data, seen)

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        now, done = self._runtime.now(), False
        while not done:
            with self._state.store.read() as sessions:
                cached = self._find(sessions, session_id)
                data, seen = cached.data.copy(), cached.version
            data.access_count += 1
            data.last_activity = now
            done = self._put_back(data, seen)
        return data.access_count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        done = False
        while not done:
            with self._state.store.read() as sessions:
                cached = self._find(sessions, session_id)
                data, seen = cached.data.copy(), cached.version
            data.is_authenticated = False
            done = self._put_back(data, seen)

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
            if cached.version >= seen:  # as in the Rust original: which row to accept is another bug
                cached.data = row.data
                cached.version = max(cached.version, row.version)
                cached.cache_time = cached.last_db_sync = tick

    def _put_back(self, data: SessionData, seen: int) -> bool:
        """Write and save the copy. False, and nothing is written, after another write since it was made."""
        with self._state.store.write() as sessions:
            cached = self._find(sessions, data.session_id)
            if cached.version != seen:
                return False
            cached.data = data
            cached.version += 1
            version = cached.version
        self._save(Row(data, version))
        return True

    def _save(self, row: Row) -> None:
        """Save, unless the row is as new already: a copy holds the changes of every version before it."""
        expected = row.version - 1
        while not self._database.save(row, expected):
            there = self._database.read(row.data.session_id)
            if there is None or there.deleted or there.version >= row.version:
                return
            expected = there.version


class CheckTwice(CompareAndSet):
    """As compare-and-set, except that it checks the version again under a read lock, and then writes. Looks right."""

    def _put_back(self, data: SessionData, seen: int) -> bool:
        """Write and save the copy. False, and nothing is written, if the version has changed."""
        with self._state.store.read() as sessions:
            if self._find(sessions, data.session_id).version != seen:
                return False
        with self._state.store.write() as sessions:
            cached = self._find(sessions, data.session_id)
            cached.data = data
            cached.version += 1
            version = cached.version
        self._save(Row(data, version))
        return True
