"""The reference answer on PostgreSQL: the methods of `redis_buggy.py` and `redis_fixed.py` in the same order.

Read `update_session` first, beside the two others, then `delete_session`, `refresh_from_database` and `run_cleanup`: a
`FIX(...)` mark stands where `redis_buggy.py` has its `BUG(...)`. What holds, and why:

* A session is a row. Each operation is one statement of `scripts/`, which takes effect as a whole or not at all.
* Every statement that changes a session says `NOT deleted`, and PostgreSQL asks that again of the row as it is when the
  row's lock is had: a request in flight cannot bring a closed session back.
* No value goes through this process on its way back: the server adds, and merges one key. Nothing is read first.
* Closing a session, its place in the cleanup queue and the counters change in the same statement.
* Cleanup lends records out for a time, and passes over those that another worker holds. A record that fails too often
  becomes a dead letter.
* An answer that did not come is *unknown* and is never asked for twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC

from ..databases import DatabaseUnavailable
from ..databases.base import Records
from ..model import (
    MOST_KEYS,
    Census,
    CleanupFailed,
    Counts,
    DeadLetter,
    SessionData,
    SessionError,
    SessionNotFound,
    SessionStats,
    TooManyKeys,
    TooManySessions,
)
from ..sync import Runtime
from ..tables import CacheStatistics
from .postgres_engine import PostgresEngine, Rows
from .postgres_tables import session_of

LEASE = 10.0
"""Seconds for which a record is lent to the worker that cleans it up."""
BATCH = 100
"""Rows that one statement of cleanup locks."""
MOST_BATCHES = 100
"""Of one cycle."""


class SessionManager:
    """The fixed manager on PostgreSQL.

    Args:
        engine: where the sessions are.
        records: what is left of a closed one; the same rows.
        runtime: where ids and the clock come from.
        cache_ttl: seconds after which a read renews the session's expiry.
        max_sessions: open and waiting for cleanup; calls that run at the same time may pass the check together.
        lifetime: seconds until a session expires that nobody reads or changes.
        max_dead_letters: beyond that many the oldest are discarded.
    """

    def __init__(
        self,
        engine: PostgresEngine,
        records: Records,
        runtime: Runtime,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
        lifetime: int = 1_209_600,
        max_dead_letters: int = 10_000,
    ) -> None:
        self._engine = engine
        self._aside = engine.without_dials()  # for whoever looks on
        self._records = records
        self._runtime = runtime
        self._cache = runtime.lock("cache statistics", CacheStatistics())
        self.cache_ttl = cache_ttl
        self._max_sessions = max_sessions
        self._lifetime = lifetime
        self._max_dead_letters = max_dead_letters

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now = self._runtime.new_id(), self._runtime.now()
        values = {"id": session_id, "user_id": user_id, "username": username, "now": now, "lifetime": self._lifetime}
        try:  # FIX(phantom_session): the session and all that counts it change together.
            self._engine.changing("create", **values)
        except DatabaseUnavailable:
            self._take_back(session_id)
            raise
        return session_id

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session. One past its TTL has its expiry renewed first."""
        found = self._engine.reading("find", id=session_id)
        self._check_open(session_id, found)
        fresh = found[0].age <= self.cache_ttl
        with self._cache as cache:
            cache.hits += fresh
            cache.misses += not fresh
        if fresh:
            return session_of(found[0])
        return self._refresh(session_id)

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        values = {"id": session_id, "key": key, "value": value, "now": now, "lifetime": self._lifetime}
        # FIX(lost_update): the server merges one key into the row. No copy of the whole session goes back.
        if not self._engine.changing("update", most=MOST_KEYS, **values):
            # A closed session stays closed, and keys only come. So if it is open now, it was, and had too many.
            self._check_open(session_id, self._engine.reading("find", id=session_id))
            raise TooManyKeys(session_id)

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count, which no other caller gets."""
        # FIX(lost_update): the server counts, and says what it made of it.
        done = self._engine.changing("increment", id=session_id, now=self._runtime.now())
        self._check_open(session_id, done)
        return int(done[0].access_count)

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        # FIX(lost_update): one column is set. No change in flight can put the trust back.
        self._check_open(session_id, self._engine.changing("revoke", id=session_id))

    def delete_session(self, session_id: str) -> None:
        """Close the session; its record waits for cleanup."""
        # FIX(phantom_session): all places change together, and no write in flight makes the session anew.
        self._check_open(session_id, self._engine.changing("delete", id=session_id))

    def refresh_from_database(self, session_id: str) -> None:
        """Renew the session's expiry."""
        self._refresh(session_id)

    def run_cleanup(self) -> int:
        """Try to remove each record that is due. Returns how many were removed."""
        self._close_expired()
        removed = 0
        for _ in range(MOST_BATCHES):
            due = self._engine.changing("claim", lease=LEASE, most=BATCH)
            for row in due:
                try:
                    removed += self._records.remove(row.session_id)
                except CleanupFailed:  # FIX(cleanup_leak): a few times, and then it is a dead letter.
                    continue
            if len(due) < BATCH:
                break
        self._discard_surplus()
        return removed

    def get_stats(self) -> SessionStats:
        """The counters. Hits and misses are those of this process: a read writes nothing."""
        return self._statistics(self._engine)

    def get_active_count(self) -> int:
        """The number of open sessions."""
        return int(self._engine.reading("counts")[0].open)

    def get_cleanup_queue_size(self) -> int:
        """The number of closed sessions whose records wait for cleanup."""
        return int(self._engine.reading("counts")[0].queued)

    def recover(self) -> int:
        """Nothing is to be done: the sessions are where they were. Returns how many are open."""
        return self.counts().store

    def counts(self) -> Counts:
        """The counts, all of one instant. A session past its time is open until cleanup has closed it."""
        (now,) = self._aside.reading("counts")
        # FIX(phantom_session): counted in the statement that changes the row, so nothing can differ
        return Counts(now.open, statistics=now.open, queue=now.queued, dead_letters=now.dead, oldest_queued=now.oldest)

    def queued(self) -> list[str]:
        """The ids that wait for cleanup."""
        return [row.session_id for row in self._aside.reading("queued")]

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session; None if there is none."""
        found = self._aside.reading("find", id=session_id)
        return session_of(found[0]) if found else None

    def census(self) -> Census:
        """The whole state of the manager: the rows themselves, and beside them the counters, which are kept apart."""
        sessions = {row.session_id: session_of(row) for row in self._aside.reading("every")}
        dead = [row.session_id for row in self._aside.reading("letters")]
        return Census(sessions, self.queued(), dead, self._statistics(self._aside))

    def clear(self) -> None:
        """Delete everything. No other call may be running."""
        self._records.clear()
        with self._cache as cache:
            cache.clear()

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user, to list them or to close them all."""
        return [row.session_id for row in self._engine.reading("users", user_id=user_id)]

    def dead_letters(self) -> list[DeadLetter]:
        """The closed sessions whose cleanup was given up, oldest first."""
        found = self._aside.reading("letters")
        return [DeadLetter(row.session_id, row.attempts, row.since.astimezone(UTC)) for row in found]

    def retry_dead_letter(self, session_id: str) -> None:
        """Put a dead letter back into the queue, with all its attempts left."""
        self._check_dead(session_id)
        self._records.set_aside(session_id, dead=False)

    def discard_dead_letter(self, session_id: str) -> None:
        """Remove a dead letter's record without cleaning up after it, and forget it."""
        self._check_dead(session_id)
        self._records.purge(session_id)

    def _take_back(self, session_id: str) -> None:
        """The answer to a create was lost. If it was done, nobody would ever ask for the session; else it expires."""
        with suppress(SessionError):
            self.delete_session(session_id)

    def _refresh(self, session_id: str) -> SessionData:
        # FIX(stale_overwrite): a read renews the expiry, and writes no data.
        row = self._records.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        return row.data

    def _close_expired(self) -> None:
        """PostgreSQL drops no row by itself. The locks of a batch are held for one statement only."""
        for _ in range(MOST_BATCHES):
            closed = self._engine.changing("expire", most=BATCH)
            if not closed or closed[0].closed < BATCH:
                return

    def _discard_surplus(self) -> None:
        surplus = self.counts().dead_letters - self._max_dead_letters
        for letter in self.dead_letters()[:surplus] if surplus > 0 else ():
            self._records.purge(letter.session_id)

    def _statistics(self, engine: PostgresEngine) -> SessionStats:
        (now,) = engine.reading("counts")
        with self._cache as cache:
            return SessionStats(now.total, now.open, now.failed, cache.hits, cache.misses)

    def _check_dead(self, session_id: str) -> None:
        if not self._engine.reading("letter", id=session_id):
            raise SessionNotFound(session_id)

    @staticmethod
    def _check_open(session_id: str, answer: Rows) -> None:
        """A statement returns no row for a session that is gone."""
        if not answer:
            raise SessionNotFound(session_id)
