"""The stores that are measured: each a fixed manager with an engine of its own, and a fast way to fill it.

Filling goes past the manager where that saves minutes: it writes the very same keys and rows in large batches. What a
create costs is then measured through the manager, at that size.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import redis
import sqlalchemy as sa

from benchmarks._stores import EvenIds
from benchmarks.scaling.turns import for_each
from session_manager import fixed
from session_manager.databases import DatabaseDials, MemoryDatabase, SqlDatabase
from session_manager.databases.base import Records
from session_manager.model import Manager
from session_manager.shared.postgres_tables import Tables
from session_manager.shared.redis_engine import SCRIPTS
from session_manager.shared.redis_keys import Keys, microseconds
from session_manager.shared.stores import ENGINES, SHARED, Place, shared_manager
from tests.engines import PostgresServer, RedisServer

STORES = ("memory", "SQLite", *(name for name in SHARED if name.endswith("-fixed")))
PREFIX, SHARDS = "racelab", 16
"""As the lab has them by default: they are part of the names of all keys."""
MOST_SESSIONS = 1 << 30
LIFETIME, CACHE_TTL = 1_209_600, 86_400.0
"""No read is past its TTL: what a refresh costs depends on how long the filling took."""
BATCH = 1000
FILLERS = 8
POSTGRES_SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "1GB"}
RUNTIME = EvenIds()
"""Ids of an odd length cannot be cleaned up, on purpose. Here cleanup succeeds."""


@dataclass(slots=True)
class Store:
    """A manager, and what its engine says of itself.

    Attributes:
        name: see `STORES`.
        manager: measured.
        url: of the engine, for a client of one's own; empty if it is this process.
        size: bytes that the engine holds for all sessions; None if this process holds them.
        process: of the engine; 0 if it is this process.
        fill: opens so many sessions and returns their ids.
        filled_by: how, in words.
    """

    name: str
    manager: Manager
    url: str
    size: Callable[[], int] | None
    process: int
    fill: Callable[[int], list[str]]
    filled_by: str


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Store]:
    """A store with nothing in it.

    Args:
        name: see `STORES`.
        folder: an empty one that every user may pass through: PostgreSQL runs as one of its own.

    Raises:
        EngineError: its server does not start.
    """
    if SHARED.get(name) == "redis":
        with RedisServer(folder) as redis_server, _shared(name, redis_server.url) as manager:
            yield _redis(name, manager, redis_server)
    elif SHARED.get(name) == "postgres":
        with LargerPostgres(folder) as postgres_server, _shared(name, postgres_server.url) as manager:
            yield _postgres(name, manager, postgres_server)
    else:
        yield from _local(name, folder)


class LargerPostgres(PostgresServer):
    """The tests' PostgreSQL with more memory. A commit is on disk before it is acknowledged."""

    def _command(self) -> Sequence[str | Path]:
        return [*super()._command(), *(part for item in POSTGRES_SETTINGS.items() for part in ("-c", "=".join(item)))]


def place_at(url: str) -> Place:
    """Where a variant keeps its sessions."""
    urls = {name: url if url.startswith(beginnings) else beginnings[0] for name, beginnings in ENGINES.items()}
    return Place(urls, PREFIX, SHARDS, cache_ttl=CACHE_TTL, max_sessions=MOST_SESSIONS, lifetime=LIFETIME)


@contextmanager
def _shared(variant: str, url: str) -> Iterator[Manager]:
    manager, records = shared_manager(variant, place_at(url), RUNTIME, DatabaseDials(0), None)
    with _open(records):
        yield manager


@contextmanager
def _open(records: Records) -> Iterator[None]:
    records.open()
    try:
        yield
    finally:
        records.close()


def _local(name: str, folder: Path) -> Iterator[Store]:
    file = folder / "sessions.sqlite"
    database = (
        SqlDatabase(f"sqlite:///{file}", "sessions_fixed", RUNTIME, DatabaseDials(0))
        if name == "SQLite"
        else MemoryDatabase(RUNTIME, DatabaseDials(0))
    )
    manager = fixed.SessionManager(database, RUNTIME, CACHE_TTL, MOST_SESSIONS)
    threads = FILLERS if name == "SQLite" else 1  # commits are shared by those who wait for one

    def fill(number: int) -> list[str]:
        ids: list[str] = []
        for_each(
            lambda user: ids.append(manager.create_session(f"user_{user}", f"visitor {user}")), _names(number), threads
        )
        return ids

    def size() -> int:
        with sqlite3.connect(file) as connection:
            (pages,), (bytes_each,) = (connection.execute(f"PRAGMA page_{of}").fetchone() for of in ("count", "size"))
        connection.close()
        return int(pages * bytes_each)

    with _open(database):
        yield Store(
            name, manager, "", size if name == "SQLite" else None, 0, fill, f"create_session, {threads} threads"
        )


def _redis(name: str, manager: Manager, server: RedisServer) -> Store:
    client = redis.Redis.from_url(server.url, decode_responses=True)
    keys = Keys(f"{PREFIX}:{name}", SHARDS)
    create = client.register_script(SCRIPTS["create"])

    def fill(number: int) -> list[str]:
        ids, now = _ids(number), microseconds(RUNTIME.now())
        for start in range(0, number, BATCH):
            pipeline = client.pipeline(transaction=False)
            for user in range(start, min(start + BATCH, number)):
                at = keys.of(ids[user])
                names = [at.sessions + ids[user], at.part(f"user_{user}"), at.totals]
                create(names, [ids[user], f"user_{user}", f"visitor {user}", now, LIFETIME], client=pipeline)
            pipeline.execute()
        return ids

    def size() -> int:
        return int(client.info("memory")["used_memory"])

    return Store(name, manager, server.url, size, server.pid, fill, f"the script `create`, {BATCH} in a pipeline")


def _postgres(name: str, manager: Manager, server: PostgresServer) -> Store:
    tables = Tables(f"{PREFIX}:{name}")
    engine = sa.create_engine(server.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    sessions, counters = f'"{tables.sessions.name}"', f'"{tables.counters.name}"'

    def fill(number: int) -> list[str]:
        with engine.connect() as connection:
            columns = "session_id, user_id, username, login_time, last_activity, expires"
            values = "md5(n::text), 'user_' || n, 'visitor ' || n, now(), now(), now() + make_interval(secs => :life)"
            many = sa.text(f"INSERT INTO {sessions} ({columns}) SELECT {values} FROM generate_series(0, :most) AS n")
            connection.execute(many, {"life": LIFETIME, "most": number - 1})
            counted = sa.text(f"UPDATE {counters} SET open = open + :n, total = total + :n WHERE slot = 0")
            connection.execute(counted, {"n": number})
            connection.execute(sa.text(f"ANALYZE {sessions}"))
        return _ids(number)

    def size() -> int:
        names = [table.name for table in tables.metadata.sorted_tables]
        summed = "CAST(sum(pg_total_relation_size(quote_ident(name))) AS bigint)"
        total = sa.text(f"SELECT {summed} FROM unnest(CAST(:names AS text[])) AS name")
        with engine.connect() as connection:
            return int(connection.execute(total, {"names": names}).scalar_one())

    return Store(name, manager, server.url, size, server.pid, fill, "one INSERT of all rows, and ANALYZE")


def _names(number: int) -> list[str]:
    return [str(user) for user in range(number)]


def _ids(number: int) -> list[str]:
    """Ids as the managers make them, the same in every run."""
    return [md5(name.encode(), usedforsecurity=False).hexdigest() for name in _names(number)]
