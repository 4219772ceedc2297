"""Connections to PostgreSQL: one statement at a time, committed by itself, and what became of it.

SQLAlchemy keeps the connections. It repeats no statement, and neither does this: `errors` says what may be repeated.
"""

from __future__ import annotations

import re
import select
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..databases.engines import engine_for
from ..databases.patience import Patience
from ..model import SessionError
from ..sync import Dials, ThreadRuntime
from .errors import EngineAway, EngineRefused, EngineSilent, once_more
from .postgres_tables import Tables

SCRIPTS = Path(__file__).with_name("scripts")
ADVISORY = 0x7AB1E
"""The first half of the lock under which the tables are made; the second is made of their names."""
SOON = {"40001", "40P01", "55P03"}
"""Refusals that pass: a conflict with another transaction, a deadlock, a lock that was not to be had."""
_UNKNOWN = re.compile("[\0\ud800-\udfff]")
Rows = list[sa.Row[Any]]


class PostgresEngine:
    """See the module.

    Args:
        url: `postgresql+psycopg://`.
        prefix: before the names of the tables; another lab on the same server takes another one.
        runtime: whose dials act after each statement, as they do after each release of a lock.
    """

    def __init__(self, url: str, prefix: str, runtime: ThreadRuntime) -> None:
        self.tables = Tables(prefix)
        self._dials = runtime.dials
        self._engine = engine_for(url)
        self._patience = Patience(self._engine, runtime)
        self._statements = {path.stem: self.tables.statement(path.read_text()) for path in SCRIPTS.glob("*.sql")}
        sa.event.listen(self._engine, "checkout", _refuse_closed)

    def open(self) -> None:
        """Make the tables if they are not there. Workers that start together do so one after another.

        Raises:
            EngineAway: the server does not answer, or has such tables with other columns.
        """
        self._patience.start()
        try:
            once_more(self._make_tables, reads=True)  # a second time makes nothing more
        except (SessionError, ValueError) as error:
            raise EngineAway("PostgreSQL", str(self._engine.url), error, "POSTGRES") from error

    def without_dials(self) -> PostgresEngine:
        """The same, for those whose statements are not part of an operation under test."""
        quiet = copy(self)
        quiet._dials = Dials()
        return quiet

    def reading(self, name: str, **values: object) -> Rows:
        """Run one of the statements that changes nothing. It is asked again if no answer comes."""
        return self._run(name, values, reads=True)

    def changing(self, name: str, **values: object) -> Rows:
        """Run one of the statements that changes something. Each does all of it, or nothing."""
        return self._run(name, values, reads=False)

    def clear(self) -> None:
        """Remove every row, and set the counters to 0. Waits for statements of other workers that have begun."""
        once_more(self._empty_tables, reads=False)

    def close(self) -> None:
        """Close the connections."""
        self._patience.stop()
        self._engine.dispose()

    def _run(self, name: str, values: dict[str, object], reads: bool) -> Rows:
        if _UNKNOWN.search(str(values.get("id"))):
            return []  # PostgreSQL cannot be asked for such a text, and stores none
        rows = once_more(lambda: self._attempt(name, values), reads)
        if self._dials.armed:
            self._dials.released("postgres", failing=False)
        return rows

    def _attempt(self, name: str, values: dict[str, object]) -> Rows:
        with self._connection() as connection:
            return list(connection.execute(self._statements[name], values))

    def _make_tables(self) -> None:
        with self._transaction() as connection:
            key = crc32(self.tables.sessions.name.encode()) - 2**31
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY, key)))
            self.tables.create(connection)
            if others := self.tables.differences(connection):
                raise ValueError(f"it has other columns in {', '.join(others)}")

    def _empty_tables(self) -> None:
        tables = self.tables
        with self._transaction() as connection:
            connection.execute(sa.text(f'TRUNCATE "{tables.sessions.name}", "{tables.dead_letters.name}"'))
            connection.execute(tables.counters.update().values(open=0, queued=0, dead=0, total=0, failed=0))

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._connection() as connection:
            connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                yield connection

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        """A connection, with SQLAlchemy's errors as ours."""
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as error:  # nothing was sent
            raise EngineRefused("PostgreSQL", error, soon=True) from error
        try:
            with connection:
                yield connection
        except SQLAlchemyError as error:
            raise _outcome(error) from error


def _outcome(error: SQLAlchemyError) -> EngineRefused | EngineSilent:
    said = getattr(error, "orig", None)
    if isinstance(said, psycopg.Error) and _was_rolled_back(said):
        return EngineRefused("PostgreSQL", error, soon=said.sqlstate in SOON)
    return EngineSilent("PostgreSQL", error)


def _was_rolled_back(error: psycopg.Error) -> bool:
    """Whether the server says so.

    An ERROR ends a statement, and undoes it. A FATAL one ends the connection, as when an administrator stops the server
    (57P01): nothing promises that this came before the commit, and a proxy may say it that cannot know. Class 08 and
    40003 say outright that they do not know.
    """
    if error.sqlstate is None:
        return isinstance(error, psycopg.DataError)  # of the driver, about a value that it cannot send
    if error.sqlstate.startswith("08") or error.sqlstate == "40003":
        return False
    return error.diag.severity_nonlocalized == "ERROR"


def _refuse_closed(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """A server that has closed an idle connection has said something there: take another one, so that nothing is sent
    into the void. That costs 10 us; a ping, which is a round trip, cost 125 us beside a statement of 250.
    """
    poll = select.poll()
    if not connection.closed:
        poll.register(connection.fileno(), select.POLLIN)
    if connection.closed or poll.poll(0):
        raise sa.exc.DisconnectionError("The server has closed this connection.")
