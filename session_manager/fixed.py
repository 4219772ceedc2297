"""The reference answer: the same methods as `buggy.py` in the same order, with the gaps closed.

Read `update_session` first, beside the buggy one, then `delete_session`, `refresh_from_database` and `run_cleanup`: a
`FIX(...)` mark stands where `buggy.py` has its `BUG(...)`. What holds, and why:

* Every session has a lock of its own. An operation on it happens between acquiring and releasing that lock, so it seems
  to happen at one instant, and lookups of other sessions are not blocked. Opening and closing a session, and each move
  of a row in cleanup, happen under one lock over store, queue and statistics together, so no two of them can differ.
* Each value lies under exactly one lock. Locks are acquired in one order: a session or the dead marks, then the tables,
  then the cache statistics. Nothing is done after the last release.
* The database is never called while the lock over the tables is held: a login waits for its own statement alone.
* A change reaches the database first and memory second, inside the section, so a caller is told only what would
  survive a restart, and a database that refuses has changed nothing in memory.
* Closing a session marks it as gone under its own lock. A caller that found it before and gets the lock later sees the
  mark: delete wins over every update and refresh in flight.
* A refresh notes the version *before* it reads the row and takes the row only if the version is still the same.
"""

from __future__ import annotations

from .cleanup import BATCH, CleanupQueue
from .databases import Database, DatabaseDials, DatabaseUnavailable, MemoryDatabase
from .dead_letters import DeadLetters
from .model import (
    Census,
    CleanupFailed,
    Counts,
    DeadLetter,
    Row,
    RowChangedElsewhere,
    SessionData,
    SessionError,
    SessionNotFound,
    SessionStats,
    TooManySessions,
)
from .sync import RUNTIME, Guarded, Runtime
from .tables import CacheStatistics, LiveSession, Tables

MOST_REFUSALS = 3
"""Refusals of the database after which a cleanup cycle ends."""


class SessionManager:
    """The fixed manager.

    Args:
        database: the system of record; one in memory if none is given.
        runtime: where locks, naps, ids and the clock come from.
        cache_ttl: seconds after which a session is read from the database again.
        max_sessions: open or waiting for cleanup; calls that run at the same time may pass the check together.
        max_attempts: how often cleanup of a row is tried before it becomes a dead letter.
        backoff: seconds until the second attempt; doubled for each further one.
        max_dead_letters: beyond that many the oldest is discarded.
    """

    def __init__(
        self,
        database: Database | None = None,
        runtime: Runtime = RUNTIME,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
        max_attempts: int = 3,
        backoff: float = 0.2,
        max_dead_letters: int = 10_000,
    ) -> None:
        self._runtime = runtime
        self._tables = runtime.lock("tables", Tables(CleanupQueue(max_attempts, backoff)))
        # Requests look up a session here without the lock over the tables: one dict lookup is atomic, and the session's
        # own lock decides whether it is still open.
        self._sessions = self._tables.peek().sessions
        self._cache = runtime.lock("cache statistics", CacheStatistics())
        self._database = database or MemoryDatabase(runtime, DatabaseDials())
        self._dead_letters = DeadLetters(self._database, runtime, self._tables, max_dead_letters)
        self.cache_ttl = cache_ttl
        self._max_sessions = max_sessions
        self._max_attempts = max_attempts

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now, tick = self._runtime.new_id(), self._runtime.now(), self._runtime.monotonic()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        row = Row(data)
        try:
            self._database.insert(row)
        except SessionError:
            self._take_back(session_id, tick)
            raise
        session = self._hold(row)
        with self._tables as tables:  # FIX(phantom_session): the store and its statistics change together.
            tables.sessions[session_id] = session
            tables.total_sessions += 1
            tables.active_sessions += 1
        return session_id

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session, refreshed from the database first if it is past its TTL."""
        tick = self._runtime.monotonic()
        found = self._find(session_id)
        fresh = tick - found.peek().cache_time <= self.cache_ttl
        if not fresh:
            self.refresh_from_database(session_id)
        with found as session:
            self._check_open(session)
            with self._cache as cache:
                if fresh:
                    cache.hits += 1
                else:
                    cache.misses += 1
            return session.data.copy()

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        with self._find(session_id) as session:  # FIX(lost_update): held from the read to the write.
            self._check_open(session)
            data = session.data.with_key(key, value)
            data.access_count += 1
            data.last_activity = now
            version = session.version + 1
            if not self._database.save(Row(data, version), expected=session.version):
                raise self._outdated(session)
            session.data = data
            session.version = version

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count, which no other caller gets."""
        now = self._runtime.now()
        with self._find(session_id) as session:  # FIX(lost_update): no other thread gets the same number.
            if session.closed:  # `_check_open`, written out: this is the one method that is called for every request
                raise SessionNotFound(session_id)
            data = session.data
            count = data.access_count + 1
            version = session.version + 1
            if not self._database.save_access(session_id, count, now, version, session.version):
                raise self._outdated(session)
            data.access_count = count
            data.last_activity = now
            session.version = version
        return count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        with self._find(session_id) as session:  # FIX(lost_update): no change in flight can put the trust back.
            self._check_open(session)
            data = session.data.copy()
            data.is_authenticated = False
            version = session.version + 1
            if not self._database.save(Row(data, version), expected=session.version):
                raise self._outdated(session)
            session.data = data
            session.version = version

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""
        due = self._runtime.monotonic()
        with self._find(session_id) as session:
            self._check_open(session)
            # If the row is marked already, an earlier attempt got so far before the database's answer was lost.
            self._database.mark_deleted(session_id)
            self._close(session, due)

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row, and accept it if the session has not changed since before it was read."""
        found = self._find(session_id)
        seen = found.peek().version
        row = self._database.read(session_id)
        tick = self._runtime.monotonic()
        with found as session:
            self._check_open(session)
            if row is None or row.deleted:  # by another process, or by a delete whose answer was lost
                self._close(session, tick)
                raise SessionNotFound(session_id)
            # FIX(stale_overwrite): only if no write came since before the row was read, and the row is newer.
            if session.version == seen < row.version:
                session.data = row.data
                session.version = row.version
            # After a write meanwhile, memory is newer than the answer, and as good as a refresh.
            session.cache_time = session.last_db_sync = tick

    def run_cleanup(self) -> int:
        """Try to remove each row that is due. Returns how many were removed."""
        removed = refusals = 0
        tick = self._runtime.monotonic()
        while True:
            with self._tables as tables:
                due = tables.queue.claim_due(tick)
            for session_id in due:
                try:
                    removed += self._clean_up(session_id)
                except DatabaseUnavailable:  # the rows behind this one need not wait for it
                    self._postpone(session_id)
                    refusals += 1
                    if refusals == MOST_REFUSALS:
                        raise
            if len(due) < BATCH:
                return removed

    def get_stats(self) -> SessionStats:
        """A copy of the counters, all of one instant: both locks are held."""
        with self._tables as tables, self._cache as cache:
            return tables.statistics(cache)

    def get_active_count(self) -> int:
        """The number of sessions in the store."""
        with self._tables as tables:
            return len(tables.sessions)

    def get_cleanup_queue_size(self) -> int:
        """The number of deleted sessions that wait for cleanup."""
        with self._tables as tables:
            return len(tables.queue.waiting)

    def recover(self) -> int:
        """Open again what the database says is open, and queue again what it says is deleted.

        Nothing else may be running: the rows are read first, and what changes after that is not seen.
        """
        due, now = self._runtime.monotonic(), self._runtime.now()
        rows = list(self._database.rows())
        with self._tables as tables:
            for row in rows:
                session_id = row.data.session_id
                if row.dead:
                    tables.dead_letters[session_id] = DeadLetter(session_id, self._max_attempts, now)
                elif row.deleted:
                    tables.queue.enqueue(session_id, due)
                else:
                    tables.sessions[session_id] = self._hold(row)
            tables.total_sessions = tables.active_sessions = len(tables.sessions)
            return len(tables.sessions)

    def counts(self) -> Counts:
        """The counts of the manager, without its locks."""
        tables = self._tables.peek()
        queue, dead = tables.queue, len(tables.dead_letters)
        return Counts(len(tables.sessions), tables.active_sessions, len(queue.waiting), dead, queue.oldest())

    def queued(self) -> list[str]:
        """The ids that wait for cleanup, without locks."""
        return list(self._tables.peek().queue.waiting)

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session as it is in memory, without locks; None if there is none."""
        held = self._sessions.get(session_id)
        return held.peek().data.copy() if held else None

    def census(self) -> Census:
        """The whole state of the manager."""
        tables = self._tables.peek()
        sessions = {session_id: held.peek().data.copy() for session_id, held in list(tables.sessions.items())}
        return Census(sessions, self.queued(), list(tables.dead_letters), tables.statistics(self._cache.peek()))

    def clear(self) -> None:
        """Delete everything, rows first: if the database refuses, nothing is deleted. No other call may be running."""
        self._database.clear()
        with self._tables as tables, self._cache as cache:
            tables.clear()
            cache.clear()

    def dead_letters(self) -> list[DeadLetter]:
        """The deleted sessions whose cleanup was given up, oldest first."""
        with self._tables as tables:
            return list(tables.dead_letters.values())

    def retry_dead_letter(self, session_id: str) -> None:
        """Put a dead letter back into the queue, with all its attempts left."""
        self._dead_letters.retry(session_id)

    def discard_dead_letter(self, session_id: str) -> None:
        """Remove a dead letter's row without cleaning up after it, and forget it."""
        self._dead_letters.discard(session_id)

    def _take_back(self, session_id: str, due: float) -> None:
        """An insert failed. The row may be stored all the same, and no caller would ever ask for it."""
        try:
            self._database.purge(session_id)
        except SessionError:
            with self._tables as tables:
                tables.queue.enqueue(session_id, due)

    def _close(self, session: LiveSession, due: float) -> None:
        """The session is over: for callers that wait for its lock, for store and statistics, and for cleanup."""
        session_id = session.data.session_id
        session.closed = True
        with self._tables as tables:  # FIX(phantom_session): all three places change together.
            del tables.sessions[session_id]
            tables.active_sessions -= 1
            tables.queue.enqueue(session_id, due)

    def _clean_up(self, session_id: str) -> bool:
        """Try to remove one row. Returns whether it was there and is gone."""
        try:
            removed = self._database.remove(session_id)  # unless another cycle has removed it meanwhile
        except CleanupFailed:
            self._try_later(session_id)  # FIX(cleanup_leak): a few times, and then it is a dead letter.
            return False
        with self._tables as tables:
            tables.queue.remove(session_id)
        return removed

    def _try_later(self, session_id: str) -> None:
        """After a failed attempt: wait twice as long as last time, or give up and keep a dead letter."""
        tick = self._runtime.monotonic()
        with self._tables as tables:
            tables.failed_cleanups += 1
            attempts_left = tables.queue.failed(session_id, tick)
        if not attempts_left:
            self._dead_letters.give_up(session_id)

    def _postpone(self, session_id: str) -> None:
        """The database refused: the row is tried again after a wait that grows."""
        tick = self._runtime.monotonic()
        with self._tables as tables:
            tables.queue.postpone(session_id, tick)

    def _hold(self, row: Row) -> Guarded[LiveSession]:
        tick = self._runtime.monotonic()
        return self._runtime.lock("session", LiveSession(row.data, tick, tick, row.version))

    def _find(self, session_id: str) -> Guarded[LiveSession]:
        found = self._sessions.get(session_id)
        if found is None:
            raise SessionNotFound(session_id)
        return found

    @staticmethod
    def _check_open(session: LiveSession) -> None:
        if session.closed:
            raise SessionNotFound(session.data.session_id)

    def _outdated(self, session: LiveSession) -> RowChangedElsewhere:
        """The row is not what this process wrote last: take it as it is, so that the caller's next attempt succeeds.

        Only where another process writes the same rows, or where an earlier answer of the database was lost.
        """
        session_id, tick = session.data.session_id, self._runtime.monotonic()
        row = self._database.read(session_id)
        if row is None or row.deleted:
            self._close(session, tick)
            raise SessionNotFound(session_id)
        session.data, session.version = row.data, row.version
        session.cache_time = session.last_db_sync = tick
        return RowChangedElsewhere(session_id)
