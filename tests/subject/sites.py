"""Workers of one site, which share their sessions in PostgreSQL, and a look at the tables behind their backs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import sqlalchemy as sa

from session_manager.databases import DatabaseDials
from session_manager.shared.postgres_engine import PostgresEngine
from session_manager.shared.postgres_fixed import SessionManager
from session_manager.shared.postgres_records import PostgresRecords
from session_manager.sync import ThreadRuntime
from tests.subject.threads import run_together

LIFETIME = 3600
PATIENCE = 20.0
_numbers = count(1)


@dataclass(frozen=True)
class Worker:
    """What one process has of the site."""

    engine: PostgresEngine
    records: PostgresRecords
    manager: SessionManager


@dataclass
class Site:
    """Its tables, and its workers in this process.

    Attributes:
        url, prefix: where the tables are.
        latency: of each worker's records.
    """

    url: str
    prefix: str
    latency: float = 0.0
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._aside = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")

    def worker(
        self, runtime: ThreadRuntime | None = None, url: str | None = None, backoff: float = 0.0, **limits: Any
    ) -> Worker:
        """One more, with connections of its own. It is open."""
        runtime = runtime or ThreadRuntime()
        engine = PostgresEngine(url or self.url, self.prefix, runtime)
        records = PostgresRecords(engine, runtime, DatabaseDials(self.latency), LIFETIME, backoff=backoff)
        manager = SessionManager(engine, records, runtime, lifetime=LIFETIME, **limits)
        self.workers.append(Worker(engine, records, manager))
        records.open()
        return self.workers[-1]

    def sql(self, text: str, **values: object) -> list[Any]:
        """Run a statement beside the workers. `{s}`, `{d}` and `{c}` are the three tables. Returns first columns."""
        with self._aside.connect() as connection:
            found = connection.execute(sa.text(self.named(text)), values)
            return list(found.scalars()) if found.returns_rows else []

    def named(self, text: str) -> str:
        """The statement with the names of the tables."""
        return text.format(s=f"{self.prefix}_sessions", d=f"{self.prefix}_dead_letters", c=f"{self.prefix}_counters")

    @contextmanager
    def holding(self, text: str, **values: object) -> Iterator[sa.Connection]:
        """A transaction that has run a statement, and is committed at the end."""
        with sa.create_engine(self.url, poolclass=sa.NullPool).begin() as connection:
            connection.execute(sa.text(self.named(text)), values)
            yield connection

    def waiting(self, number: int = 1) -> list[int]:
        """The backends that wait for a lock on these tables, as soon as there are so many."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self.sql(
                "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :ours",
                ours=f"%{self.prefix}_sessions%",
            )
            if len(found) >= number:
                return found
        raise AssertionError("no statement waits for a lock")

    def end_connections(self) -> None:
        """End every connection whose last statement was about these tables, and wait until the server has done so."""
        ours = "FROM pg_stat_activity WHERE query LIKE :ours AND pid <> pg_backend_pid()"
        assert self.sql(f"SELECT pg_terminate_backend(pid, 10000) {ours}", ours=f"%{self.prefix}%")
        assert self.sql(f"SELECT pid {ours}", ours=f"%{self.prefix}%") == []

    def check_counters(self) -> None:
        """The counters say what the rows say."""
        (counted,) = self.sql("SELECT ARRAY[sum(open), sum(queued), sum(dead)] FROM {c}")
        (there,) = self.sql(
            "SELECT ARRAY[count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted AND due IS NOT NULL),"
            " count(*) FILTER (WHERE deleted AND due IS NULL)] FROM {s}"
        )
        assert counted == there
        assert self.sql("SELECT count(*) FROM {d}") == [there[2]]

    def close(self) -> None:
        """Close all of it, and drop the tables."""
        for worker in self.workers:
            worker.records.close()
        self.sql("DROP TABLE IF EXISTS {s}, {d}, {c}")
        self._aside.dispose()


@contextmanager
def a_site(url: str) -> Iterator[Site]:
    """A site whose tables are not there yet."""
    made = Site(url, f"test_{os.getpid()}_{next(_numbers)}")
    try:
        yield made
    finally:
        made.close()


def calls_on(manager: SessionManager, session_id: str) -> list[Callable[[], object]]:
    """Every method that names a session."""
    return [
        lambda: manager.get_session(session_id),
        lambda: manager.update_session(session_id, "key", "value"),
        lambda: manager.increment_access(session_id),
        lambda: manager.revoke_session(session_id),
        lambda: manager.refresh_from_database(session_id),
        lambda: manager.delete_session(session_id),
    ]


def naive_write(site: Site, session_id: str, read: list[Any], key: str) -> None:
    """Write back what was read and changed here, as stores do that save a whole session."""
    site.sql(
        "UPDATE {s} SET metadata = CAST(:metadata AS jsonb), deleted = false WHERE session_id = :id",
        id=session_id,
        metadata=json.dumps(read[0] | {key: "set"}),
    )


def hammer(url: str, prefix: str, session_id: str, name: str, together: Callable[[], object], counts: Any) -> None:
    """What one process does to a session: 4 threads count 50 accesses each, set a key each, and come and go.

    Args:
        url, prefix: where the site is.
        session_id: shared with all others.
        name: of the process.
        together: returns when all are ready.
        counts: gets each count that an increment has returned.
    """
    site = Site(url, prefix)
    manager = site.worker().manager

    def work(number: int) -> None:
        for turn in range(50):
            counts.put(manager.increment_access(session_id))
            if turn % 10 == 0:
                manager.update_session(session_id, f"{name}{number}-{turn}", "set")
                manager.delete_session(manager.create_session(name, name))

    together()
    run_together([partial(work, number) for number in range(4)])
    for worker in site.workers:
        worker.records.close()
