"""The port of the Rust original: ten methods, wrong on purpose, lock by lock as there; and one more in its manner.

Nothing is staged here. There is no sleep, no chance and no pause in this file: each bug is the order of the steps,
and a `BUG(...)` mark stands at the gap where another thread can come in between. `fixed.py` has the same methods in
the same order, so that `diff buggy.py fixed.py` is the lesson.

Every access in these methods holds the right lock. That is why these bugs are hard to see, and why a data race
detector says nothing about them. `check_then_act` is no fifth bug of the lab: at worst a reader is told that a session
is gone which was there a moment ago. It is marked because it is the same mistake.
"""

from __future__ import annotations

from .databases import Database, DatabaseDials, MemoryDatabase
from .model import (
    CachedSession,
    Census,
    CleanupFailed,
    Counts,
    Row,
    SessionData,
    SessionNotFound,
    SessionStats,
    TooManySessions,
)
from .state import State
from .sync import RUNTIME, Runtime


class SessionManager:
    """The buggy manager.

    Args:
        database: the system of record; one in memory if none is given.
        state: where sessions, queue and statistics live; the three globals if none is given.
        runtime: where locks, naps, ids and the clock come from.
        cache_ttl: seconds after which a session is read from the database again.
        max_sessions: open and waiting for cleanup; checked before a session is opened, so as many calls as run at one
            time may pass together.
    """

    def __init__(
        self,
        database: Database | None = None,
        state: State | None = None,
        runtime: Runtime = RUNTIME,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
    ) -> None:
        self._runtime = runtime
        self._state = state or State.shared()
        self._database = database or MemoryDatabase(runtime, DatabaseDials())
        self.cache_ttl = cache_ttl
        self._max_sessions = max_sessions

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now, tick = self._runtime.new_id(), self._runtime.now(), self._runtime.monotonic()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        self._database.insert(Row(data))
        with self._state.store.write() as sessions:
            sessions[session_id] = CachedSession(data, cache_time=tick, last_db_sync=tick)
        # BUG(phantom_session): the session is open, and the statistics do not count it yet.
        with self._state.stats.write() as stats:
            stats.total_sessions += 1
            stats.active_sessions += 1
        return session_id

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session, read from the database first if it is older than `cache_ttl`."""
        tick = self._runtime.monotonic()
        with self._state.store.read() as sessions:
            fresh = tick - self._find(sessions, session_id).cache_time <= self.cache_ttl
        with self._state.stats.write() as stats:
            if fresh:
                stats.cache_hits += 1
            else:
                stats.cache_misses += 1
        if not fresh:
            self.refresh_from_database(session_id)
        # BUG(check_then_act): the session that was found above may be deleted by now.
        with self._state.store.read() as sessions:
            return self._find(sessions, session_id).data.copy()

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        with self._state.store.read() as sessions:
            data = self._find(sessions, session_id).data.with_key(key, value)
        # BUG(lost_update): this copy overwrites all writes of other threads from here on.
        data.access_count += 1
        data.last_activity = now
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            cached.data = data
            cached.version += 1  # BUG(lost_update): the version is written and never checked.
            version = cached.version
        self._database.save(Row(data, version))

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        now = self._runtime.now()
        with self._state.store.read() as sessions:
            count = self._find(sessions, session_id).data.access_count + 1
        # BUG(lost_update): another thread may get the same number.
        with self._state.store.write() as sessions:
            data = self._find(sessions, session_id).data
            data.access_count = count
            data.last_activity = now
        self._database.save_access(session_id, count, now)
        return count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        # Not one of the ten of the Rust original: ours, in its manner.
        with self._state.store.read() as sessions:
            data = self._find(sessions, session_id).data.copy()
        # BUG(lost_update): this copy overwrites all writes of other threads from here on.
        data.is_authenticated = False
        with self._state.store.write() as sessions:
            cached = self._find(sessions, session_id)
            cached.data = data
            cached.version += 1
            version = cached.version
        self._database.save(Row(data, version))

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""
        with self._state.store.write() as sessions:
            self._find(sessions, session_id)
            del sessions[session_id]
        # BUG(phantom_session): gone from the store, still counted as active.
        with self._state.stats.write() as stats:
            stats.active_sessions = max(0, stats.active_sessions - 1)
        # BUG(phantom_session): removed and not counted, but not yet queued for cleanup.
        with self._state.queue.write() as queue:
            queue.append(session_id)

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
            # BUG(stale_overwrite): backwards. Versions only grow, so this is always true, also after another
            # write meanwhile, and then stale data overwrites newer data.
            if cached.version >= seen:
                cached.data = row.data
                cached.cache_time = cached.last_db_sync = tick

    def run_cleanup(self) -> int:
        """Try to remove the row of every session in the queue. Returns how many were removed."""
        removed = 0
        with self._state.queue.read() as queue:
            waiting = list(queue)
        for session_id in waiting:
            try:
                self._database.remove(session_id)
            except CleanupFailed:
                with self._state.stats.write() as stats:
                    stats.failed_cleanups += 1
                continue  # BUG(cleanup_leak): it stays in the queue for ever, and every cycle retries it.
            with self._state.queue.write() as queue:
                if session_id in queue:
                    queue.remove(session_id)  # BUG(cleanup_leak): a linear search for each item.
            removed += 1
        return removed

    def get_stats(self) -> SessionStats:
        """A copy of the counters."""
        with self._state.stats.read() as stats:
            return stats.copy()

    def get_active_count(self) -> int:
        """The number of sessions in the store."""
        with self._state.store.read() as sessions:
            return len(sessions)

    def get_cleanup_queue_size(self) -> int:
        """The number of deleted sessions that wait for cleanup."""
        with self._state.queue.read() as queue:
            return len(queue)

    def recover(self) -> int:
        """Nothing: the Rust original uses its memory alone. Rows of an earlier process are left over."""
        return 0

    def counts(self) -> Counts:
        """The counts of the manager, without its locks."""
        queue = self._state.queue.peek()
        return Counts(
            store=len(self._state.store.peek()),
            statistics=self._state.stats.peek().active_sessions,
            queue=len(queue),
            dead_letters=0,
            oldest_queued=next(iter(queue), None),
        )

    def queued(self) -> list[str]:
        """The ids that wait for cleanup, without locks."""
        return list(self._state.queue.peek())

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session as it is in memory, without locks; None if there is none."""
        cached = self._state.store.peek().get(session_id)
        return cached.data.copy() if cached else None

    def census(self) -> Census:
        """The whole state of the manager."""
        sessions = {session_id: cached.data.copy() for session_id, cached in list(self._state.store.peek().items())}
        return Census(sessions, self.queued(), [], self._state.stats.peek().copy())

    def clear(self) -> None:
        """Delete everything, rows first: if the database refuses, nothing is deleted. No other call may be running."""
        self._database.clear()
        with self._state.store.write() as sessions:
            sessions.clear()
        with self._state.queue.write() as queue:
            queue.clear()
        with self._state.stats.write() as stats:
            stats.clear()

    @staticmethod
    def _find(sessions: dict[str, CachedSession], session_id: str) -> CachedSession:
        cached = sessions.get(session_id)
        if cached is None:
            raise SessionNotFound(session_id)
        return cached
