"""The same bugs on Redis, as most session stores have them: a session is one value, read, changed and written back.

Nothing is staged here either: each bug is the order of the commands, and a `BUG(...)` mark stands at the gap where
another thread, or another worker on another machine, can come in between. Redis runs each command alone, so none of
these bugs is in a command. `redis_fixed.py` has the same methods in the same order: the diff of the two is the lesson.
"""

from __future__ import annotations

from ..databases import DatabaseDials
from ..databases.base import Records
from ..model import (
    Census,
    CleanupFailed,
    Counts,
    Row,
    SessionData,
    SessionNotFound,
    SessionStats,
    TooManySessions,
    cannot_be_removed,
)
from ..sync import Runtime
from .blob import Blob
from .errors import half_done
from .redis_engine import RedisEngine


class SessionManager:
    """The buggy manager on Redis.

    Args:
        engine: where the sessions are.
        prefix: before the name of each key.
        records: what is left of a closed session; on the same server.
        runtime: where ids and the clock come from.
        cache_ttl: seconds after which a read renews the session's expiry.
        max_sessions: open and waiting for cleanup; calls that run at the same time may pass the check together.
        lifetime: seconds until a session expires that nobody reads or changes.
    """

    def __init__(
        self,
        engine: RedisEngine,
        prefix: str,
        records: Records,
        runtime: Runtime,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
        lifetime: int = 1_209_600,
    ) -> None:
        self._engine = engine
        self._aside = engine.without_dials()  # for whoever looks on
        self._session, self._open, self._records_key = f"{prefix}:session:", f"{prefix}:open", f"{prefix}:records"
        self._stats, self._cleanup = f"{prefix}:stats", f"{prefix}:cleanup"
        self._records = records
        self._runtime = runtime
        self.cache_ttl = cache_ttl
        self._max_sessions = max_sessions
        self._lifetime = lifetime

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""
        held = self.counts()
        if held.store + held.queue >= self._max_sessions:
            raise TooManySessions(self._max_sessions)
        session_id, now = self._runtime.new_id(), self._runtime.now()
        data = SessionData(session_id, user_id, username, login_time=now, last_activity=now)
        self._engine.changing("HSET", self._records_key, session_id, user_id)
        with half_done():
            self._write(Blob(data, now.timestamp()))
            # BUG(phantom_session): the session is open, and the statistics do not count it yet.
            self._engine.changing_together(
                ("HINCRBY", self._stats, "total_sessions", 1), ("HINCRBY", self._stats, "active_sessions", 1)
            )
        return session_id

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session. One past its TTL has its expiry renewed first."""
        fresh = self._runtime.now().timestamp() - self._find(session_id).refreshed <= self.cache_ttl
        self._engine.changing("HINCRBY", self._stats, "cache_hits" if fresh else "cache_misses", 1)
        if not fresh:
            self.refresh_from_database(session_id)
        # BUG(check_then_act): the session that was found above may be deleted by now.
        return self._find(session_id).data

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = self._runtime.now()
        blob = self._find(session_id)
        # BUG(lost_update): this copy overwrites all writes of other threads and workers from here on.
        data = blob.data.with_key(key, value)
        data.access_count += 1
        data.last_activity = now
        # BUG(phantom_session): if the session was deleted meanwhile, this makes it anew.
        self._write(Blob(data, blob.refreshed, blob.version + 1))

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count."""
        now = self._runtime.now()
        blob = self._find(session_id)
        count = blob.data.access_count + 1
        # BUG(lost_update): another thread or worker may get the same number.
        blob.data.access_count = count
        blob.data.last_activity = now
        self._write(blob)
        return count

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        blob = self._find(session_id)
        # BUG(lost_update): this copy overwrites all writes of other threads and workers from here on.
        blob.data.is_authenticated = False
        self._write(Blob(blob.data, blob.refreshed, blob.version + 1))

    def delete_session(self, session_id: str) -> None:
        """Close the session; its record waits for cleanup."""
        gone, _ = self._engine.changing_together(("DEL", self._session + session_id), ("SREM", self._open, session_id))
        if not gone:
            raise SessionNotFound(session_id)
        # BUG(phantom_session): gone from the store, still counted as active. A worker that dies here leaves it so.
        with half_done():
            self._engine.changing("HINCRBY", self._stats, "active_sessions", -1)
            # BUG(phantom_session): removed and not counted, but not yet queued for cleanup.
            self._engine.changing("RPUSH", self._cleanup, session_id)

    def refresh_from_database(self, session_id: str) -> None:
        """Renew the session's expiry by writing back what was read, as stores do that save after each request."""
        row = self._records.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        # BUG(stale_overwrite): a write that came meanwhile is overwritten by what was read before it.
        self._write(Blob(row.data, self._runtime.now().timestamp(), row.version))

    def run_cleanup(self) -> int:
        """Try to remove the record of every session in the list. Returns how many were removed."""
        removed = 0
        for session_id in self._engine.reading("LRANGE", self._cleanup, 0, -1):
            try:
                removed += self._records.remove(session_id)
            except CleanupFailed:
                self._engine.changing("HINCRBY", self._stats, "failed_cleanups", 1)
                continue  # BUG(cleanup_leak): it stays in the list for ever, and every cycle of every worker tries it.
            self._engine.changing("LREM", self._cleanup, 1, session_id)  # BUG(cleanup_leak): a linear search.
        return removed

    def get_stats(self) -> SessionStats:
        """The counters."""
        return self._statistics(self._engine)

    def get_active_count(self) -> int:
        """The number of sessions in the store."""
        return int(self._engine.reading("SCARD", self._open))

    def get_cleanup_queue_size(self) -> int:
        """The number of deleted sessions that wait for cleanup."""
        return int(self._engine.reading("LLEN", self._cleanup))

    def recover(self) -> int:
        """Nothing is to be done: the sessions are where they were. Returns how many are open."""
        return self.counts().store

    def counts(self) -> Counts:
        """The counts, each exact, of nearly one instant."""
        store, active, queue, oldest = self._aside.reading_all(
            [
                ("SCARD", self._open),
                ("HGET", self._stats, "active_sessions"),
                ("LLEN", self._cleanup),
                ("LINDEX", self._cleanup, 0),
            ]
        )
        return Counts(store, int(active or 0), queue, dead_letters=0, oldest_queued=oldest)

    def queued(self) -> list[str]:
        """The ids that wait for cleanup."""
        return list(self._aside.reading("LRANGE", self._cleanup, 0, -1))

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session; None if there is none."""
        text = self._aside.reading("GET", self._session + session_id)
        return Blob.read(text).data if text else None

    def census(self) -> Census:
        """The whole state of the manager."""
        names = self._aside.names(f"{self._session}*")
        texts = self._aside.reading("MGET", *names) if names else []
        sessions = {blob.data.session_id: blob.data for blob in map(Blob.read, filter(None, texts))}
        return Census(sessions, self.queued(), [], self._statistics(self._aside))

    def clear(self) -> None:
        """Delete everything. No other call may be running."""
        self._records.clear()

    def _statistics(self, engine: RedisEngine) -> SessionStats:
        return SessionStats(**{name: int(value) for name, value in engine.reading("HGETALL", self._stats).items()})

    def _find(self, session_id: str) -> Blob:
        text = self._engine.reading("GET", self._session + session_id)
        if text is None:
            raise SessionNotFound(session_id)
        return Blob.read(text)

    def _write(self, blob: Blob) -> None:
        """The whole session, and its place in the index."""
        session_id = blob.data.session_id
        self._engine.changing_together(
            ("SET", self._session + session_id, blob.text(), "EX", self._lifetime), ("SADD", self._open, session_id)
        )


class BlobRecords:
    """The records behind these sessions: see `Records`.

    Args:
        engine, prefix: where they are.
        runtime: for the latency.
        dials: the latency.
    """

    def __init__(self, engine: RedisEngine, prefix: str, runtime: Runtime, dials: DatabaseDials) -> None:
        self._engine = engine.without_dials()
        self._prefix, self._key, self._session = prefix, f"{prefix}:records", f"{prefix}:session:"
        self._runtime = runtime
        self._dials = dials

    def open(self) -> None:
        """Make sure that the server answers."""
        self._engine.open()

    def read(self, session_id: str) -> Row | None:
        """The session as it is now, returned late."""
        text = self._engine.reading("GET", self._session + session_id)
        if self._dials.latency:
            self._runtime.nap(self._dials.latency)
        return Blob.read(text).row() if text else None

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the record, unless the session's id has an odd length."""
        if cannot_be_removed(session_id) and self._engine.reading("HEXISTS", self._key, session_id):
            raise CleanupFailed(session_id)
        return self.purge(session_id)

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Nothing: the buggy manager never gives up."""

    def purge(self, session_id: str) -> bool:
        """Remove the record without cleanup."""
        return bool(self._engine.changing("HDEL", self._key, session_id))

    def ids(self) -> set[str]:
        """The session ids of all records."""
        return set(self._engine.reading("HKEYS", self._key))

    def count(self) -> int:
        """The number of records."""
        return int(self._engine.reading("HLEN", self._key))

    def clear(self) -> None:
        """Remove every key of the variant."""
        self._engine.clear(f"{self._prefix}:*")

    def close(self) -> None:
        """Close the connections."""
        self._engine.close()
