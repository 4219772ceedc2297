"""The reference answer on Redis: the same methods as `redis_buggy.py` in the same order, with the gaps closed.

Read `update_session` first, beside the buggy one, then `delete_session`, `refresh_from_database` and `run_cleanup`: a
`FIX(...)` mark stands where `redis_buggy.py` has its `BUG(...)`. What holds, and why:

* A session is a hash. Each operation is one script of `scripts/`, which Redis runs alone, or a single command.
* Every script that changes a session looks first whether it is there: a request in flight cannot bring a deleted
  session back. A bare HINCRBY would, and without an expiry.
* The expiry, the index of the user's sessions, the count and the record for cleanup change in the same script.
* Cleanup lends records out for a time, so a worker that dies keeps none. A record that fails too often becomes a dead
  letter.
* An answer that did not come is *unknown*, and that change is never sent twice. A read changes nothing: it is asked
  again, and its error is definite. A create sends five commands at most, a get and a delete two, each other change
  one; none takes longer than `redis_engine.LONGEST`.

On a Redis Cluster each shard is in one slot, and each slot on one node, so all of this holds there too. What spans
shards does not happen at one instant: the counts and the list of a user's sessions are sums over shards, each of its
own instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from ..databases import DatabaseUnavailable
from ..databases.base import Records
from ..model import (
    Census,
    CleanupFailed,
    Counts,
    DeadLetter,
    SessionData,
    SessionError,
    SessionNotFound,
    SessionStats,
    TooManyKeys,
)
from ..sync import Runtime
from ..tables import CacheStatistics
from .errors import EngineHalfway
from .redis_engine import RedisEngine
from .redis_keys import KEY, MICROSECOND, MOST_FIELDS, PARTS, REFRESHED, USER, Keys, Shard, microseconds, session_of
from .room import Room

ROUND = 600.0
"""Seconds in which cleanup looks through the whole index for sessions that have expired."""
TOGETHER = 16
"""Parts of a shard's index that are looked at in one step: half a millisecond for a thousand sessions."""
LEASE = 10.0
"""Seconds for which a record is lent to the worker that cleans it up."""
BATCH, MOST_BATCHES = 100, 100
"""Records of a shard that are lent out at one time, and how often in one cycle."""
OPEN, WAITING, DEAD, TOTAL, FAILED, OLDEST = range(6)
"""The places of the counts in the answer of `scripts/counts.lua`."""


class SessionManager:
    """The fixed manager on Redis.

    Args:
        engine, keys: where the sessions are.
        records: what is left of a closed one; on the same server.
        runtime: where ids and the clock come from.
        cache_ttl: seconds after which a read renews the session's expiry.
        max_sessions: open and waiting for cleanup; see `Room`.
        lifetime: seconds until a session expires that nobody reads or changes.
        max_dead_letters: beyond that many the oldest are discarded.
    """

    def __init__(
        self,
        engine: RedisEngine,
        keys: Keys,
        records: Records,
        runtime: Runtime,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
        lifetime: int = 1_209_600,
        max_dead_letters: int = 10_000,
    ) -> None:
        self._engine = engine
        self._aside = engine.without_dials()  # for whoever looks on
        self._keys = keys
        self._records = records
        self._runtime = runtime
        self._cache = runtime.lock("cache statistics", CacheStatistics())
        self.cache_ttl = cache_ttl
        self._max_sessions = max_sessions
        self._room = Room(self._held, runtime)
        self._lifetime = lifetime
        self._max_dead_letters = max_dead_letters
        self._part, self._looked_at, self._round = 0, runtime.monotonic(), ROUND

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id.

        Raises:
            DatabaseUnavailable: the outcome is unknown. If the session was made, it has been closed again, and its
                record waits for cleanup. If closing it failed too, or came before a create that the network delivered
                late, it stays open and counted, under an id that nobody knows, and expires after `lifetime` seconds.
        """
        self._room.take(self._max_sessions)
        session_id, now = self._runtime.new_id(), microseconds(self._runtime.now())
        at = self._keys.of(session_id)
        keys = [at.sessions + session_id, at.part(user_id), at.totals]
        try:  # FIX(phantom_session): the store and all that counts it change together.
            self._engine.script("create", keys, session_id, user_id, username, now, self._lifetime)
        except DatabaseUnavailable as error:
            self._take_back(session_id, error)
            raise
        return session_id

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session. One past its TTL has its expiry renewed first."""
        fields = self._engine.reading("HGETALL", self._keys.of(session_id).sessions + session_id)
        if not fields:
            raise SessionNotFound(session_id)
        age = microseconds(self._runtime.now()) - int(fields[REFRESHED])
        fresh = abs(age) <= self.cache_ttl * MICROSECOND  # also if our clock is far behind that of Redis
        with self._cache as cache:
            cache.hits += fresh
            cache.misses += not fresh
        if fresh:
            return session_of(session_id, fields)
        return self._refresh(session_id)

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""
        now = microseconds(self._runtime.now())
        session = self._keys.of(session_id).sessions + session_id
        # FIX(lost_update): one field is set, inside one script. No copy of the whole session goes back.
        done = self._engine.script("update", [session], KEY + key, value, now, self._lifetime, MOST_FIELDS)
        if done == -1:
            raise TooManyKeys(session_id)
        self._check_open(session_id, done)

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count, which no other caller gets."""
        now = microseconds(self._runtime.now())
        # FIX(lost_update): Redis counts, and only if the session is there.
        count = self._engine.script("increment", [self._keys.of(session_id).sessions + session_id], now)
        self._check_open(session_id, count)
        return int(count)

    def revoke_session(self, session_id: str) -> None:
        """Withdraw `is_authenticated`: the session stays open and is no longer trusted."""
        # FIX(lost_update): one field is set. No change in flight can put the trust back.
        self._check_open(session_id, self._engine.script("revoke", [self._keys.of(session_id).sessions + session_id]))

    def delete_session(self, session_id: str) -> None:
        """Close the session; its record waits for cleanup."""
        at = self._keys.of(session_id)
        user_id = self._engine.reading("HGET", at.sessions + session_id, USER)  # it never changes
        self._check_open(session_id, user_id)
        keys = [at.sessions + session_id, at.part(user_id), at.totals, at.waiting, at.due]
        # FIX(phantom_session): all places change together, and no write in flight makes the session anew.
        self._check_open(session_id, self._engine.script("delete", keys, session_id))

    def refresh_from_database(self, session_id: str) -> None:
        """Renew the session's expiry."""
        self._refresh(session_id)

    def run_cleanup(self) -> int:
        """Try to remove each record that is due. Returns how many were removed.

        An error ends the cycle and not what it has done. A record that was lent out is due again after `LEASE`.
        """
        self._close_expired()
        removed = 0
        for at in self._with_records():
            for session_id in self._due(at.due):
                try:
                    removed += self._records.remove(session_id)
                except CleanupFailed:  # FIX(cleanup_leak): a few times, and then it is a dead letter.
                    continue
        self._discard_surplus()
        return removed

    def get_stats(self) -> SessionStats:
        """The counters. Hits and misses are those of this process: a read writes nothing."""
        return self._statistics(self._engine)

    def get_active_count(self) -> int:
        """The number of open sessions."""
        return self._sum(self._engine, OPEN)

    def get_cleanup_queue_size(self) -> int:
        """The number of closed sessions whose records wait for cleanup."""
        return self._sum(self._engine, WAITING)

    def recover(self) -> int:
        """Nothing is to be done: the sessions are where they were. Returns how many are open."""
        return self.counts().store

    def counts(self) -> Counts:
        """The counts, each shard of one instant."""
        found = self._counts(self._aside)
        oldest = min(
            (each[OLDEST:] for each in found if each[OLDEST]), key=lambda each: float(each[1]), default=(None,)
        )
        store = sum(each[OPEN] for each in found)  # FIX(phantom_session): counted in the same step
        waiting, dead = sum(each[WAITING] for each in found), sum(each[DEAD] for each in found)
        return Counts(store, statistics=store, queue=waiting, dead_letters=dead, oldest_queued=oldest[0])

    def queued(self) -> list[str]:
        """The ids that wait for cleanup."""
        return self._members("waiting")

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session; None if there is none."""
        fields = self._aside.reading("HGETALL", self._keys.of(session_id).sessions + session_id)
        return session_of(session_id, fields) if fields else None

    def census(self) -> Census:
        """The whole state of the manager."""
        sessions = {}
        every = self._aside.names(f"{self._keys.prefix}:*/*")
        for names in (every[start : start + BATCH] for start in range(0, len(every), BATCH)):
            found = self._aside.reading_all(("HGETALL", name) for name in names)
            for name, fields in zip(names, found, strict=True):
                session_id = name.partition("/")[2]
                if fields:
                    sessions[session_id] = session_of(session_id, fields)
        return Census(sessions, self.queued(), self._members("dead"), self._statistics(self._aside))

    def clear(self) -> None:
        """Delete everything. No other call may be running."""
        self._records.clear()
        with self._cache as cache:
            cache.clear()

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user, to list them or to close them all."""
        found = self._engine.reading_all(("HGETALL", at.part(user_id)) for at in self._keys.shards)
        entries = chain.from_iterable(part.items() for part in found)
        return [session_id for session_id, entry in entries if entry.partition(" ")[2] == user_id]

    def dead_letters(self) -> list[DeadLetter]:
        """The closed sessions whose cleanup was given up, oldest first."""
        letters = []
        for at in self._keys.shards:
            dead = self._aside.reading("ZRANGE", at.dead, 0, -1, "WITHSCORES")
            attempts = self._aside.reading("HGETALL", at.attempts) if dead else {}
            for session_id, since in zip(dead[::2], dead[1::2], strict=True):
                at_time = datetime.fromtimestamp(float(since), UTC)
                letters.append(DeadLetter(session_id, int(attempts.get(session_id, 0)), at_time))
        return sorted(letters, key=lambda letter: letter.since)

    def retry_dead_letter(self, session_id: str) -> None:
        """Put a dead letter back into the queue, with all its attempts left."""
        self._check_dead(session_id)
        self._records.set_aside(session_id, dead=False)

    def discard_dead_letter(self, session_id: str) -> None:
        """Remove a dead letter's record without cleaning up after it, and forget it."""
        self._check_dead(session_id)
        self._records.purge(session_id)

    def _held(self) -> int:
        """Each command has one key: a slot that is on its way to another node answers these, and no script of several.

        A session that is closed meanwhile is counted twice, and never not at all.
        """
        wanted = [(("HGET", at.totals, "open"), ("ZCARD", at.waiting)) for at in self._keys.shards]
        return sum(int(each or 0) for each in self._aside.reading_all(chain.from_iterable(wanted)))

    def _take_back(self, session_id: str, error: DatabaseUnavailable) -> None:
        """The answer to a create was lost. If it was done, nobody would ever ask for the session; else it expires."""
        with suppress(SessionError):
            self.delete_session(session_id)
        if isinstance(error, EngineHalfway):
            at = self._keys.of(session_id)
            with suppress(SessionError):
                self._engine.script("recount", [at.totals, *at.parts()])

    def _refresh(self, session_id: str) -> SessionData:
        # FIX(stale_overwrite): a read renews the expiry, and writes no data.
        row = self._records.read(session_id)
        if row is None:
            raise SessionNotFound(session_id)
        return row.data

    def _close_expired(self) -> None:
        """Redis drops a session that has expired; its place in the index is still there. Some parts of it at a time."""
        now = self._runtime.monotonic()
        share = min(1.0, (now - self._looked_at) / self._round)
        self._looked_at = now
        for _ in range(max(1, round(share * PARTS / TOGETHER))):
            self._part = (self._part + TOGETHER) % PARTS
            numbers = range(self._part, self._part + TOGETHER)
            looked = [[f"{at.index}{number}" for number in numbers] for at in self._keys.shards]
            found = self._engine.script_of_each("expired", looked)
            for at, parts, expired in zip(self._keys.shards, looked, found, strict=True):
                for place, session_id in expired:
                    keys = [at.sessions + session_id, parts[place - 1], at.totals, at.waiting, at.due]
                    self._engine.script("expire", keys, session_id)

    def _discard_surplus(self) -> None:
        surplus = self.counts().dead_letters - self._max_dead_letters
        for letter in self.dead_letters()[:surplus] if surplus > 0 else ():
            self._records.purge(letter.session_id)

    def _with_records(self) -> list[Shard]:
        """The shards that have any: to claim from each would be most of what an idle worker does."""
        waiting = self._engine.reading_all(("ZCARD", at.due) for at in self._keys.shards)
        return [at for at, number in zip(self._keys.shards, waiting, strict=True) if number]

    def _due(self, key: str) -> Iterator[str]:
        """The records of a shard that are due now, lent out in batches: those that fail are due again later."""
        for _ in range(MOST_BATCHES):
            lent = self._engine.script("claim", [key], LEASE, BATCH)
            yield from lent
            if len(lent) < BATCH:
                return

    def _counts(self, engine: RedisEngine) -> list[Any]:
        """What the script `counts` says of each shard."""
        keys = [[at.waiting, at.dead, at.totals] for at in self._keys.shards]
        return engine.script_of_each("counts", keys)

    def _sum(self, engine: RedisEngine, number: int) -> int:
        return sum(each[number] for each in self._counts(engine))

    def _statistics(self, engine: RedisEngine) -> SessionStats:
        found = self._counts(engine)
        total, active, failed = (sum(each[number] for each in found) for number in (TOTAL, OPEN, FAILED))
        with self._cache as cache:
            return SessionStats(total, active, failed, cache.hits, cache.misses)

    def _members(self, name: str) -> list[str]:
        """The ids of a sorted set of every shard."""
        keys = [getattr(at, name) for at in self._keys.shards]
        return list(chain.from_iterable(self._aside.reading_all(("ZRANGE", key, 0, -1) for key in keys)))

    def _check_dead(self, session_id: str) -> None:
        if self._engine.reading("ZSCORE", self._keys.of(session_id).dead, session_id) is None:
            raise SessionNotFound(session_id)

    @staticmethod
    def _check_open(session_id: str, answer: object) -> None:
        """A script answers nothing for a session that is gone."""
        if answer is None:
            raise SessionNotFound(session_id)
