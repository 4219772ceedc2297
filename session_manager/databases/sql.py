"""Rows in a SQL database, through SQLAlchemy Core: a SQLite file by default, PostgreSQL by URL.

Every call is one statement in autocommit, so each is atomic and durable when it returns. With SQLite in WAL mode and
`synchronous=NORMAL` that means durable against a killed process; a power cut may take the last moments with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..model import CleanupFailed, Row, SessionData, SessionError
from ..sync import Runtime
from .base import DatabaseDials, cannot_be_removed


class DatabaseUnavailable(SessionError):
    """The database did not answer as it should. Whether the statement took effect is not known."""

    definite = False

    def __init__(self, error: SQLAlchemyError) -> None:
        reason = (str(getattr(error, "orig", None) or error).strip() or type(error).__name__).splitlines()[0]
        super().__init__(f"The database refused or did not answer ({reason}). Whether it took effect is not known.")


def is_sql_url(url: object) -> bool:
    """Whether SQLAlchemy knows such a database."""
    try:
        sa.make_url(url).get_dialect()  # type: ignore[arg-type]
    except (SQLAlchemyError, TypeError):
        return False
    return True


def _table(name: str) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("login_time", sa.Double, nullable=False),
        sa.Column("last_activity", sa.Double, nullable=False),
        sa.Column("access_count", sa.Integer, nullable=False),
        sa.Column("is_authenticated", sa.Boolean, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("dead", sa.Boolean, nullable=False),
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class SqlDatabase:
    """See `Database`.

    Args:
        url: a SQLAlchemy URL.
        table: the table's name; it is created if it is not there.
        runtime: where naps and locks come from. Its dials should be down.
        dials: the latency.
    """

    def __init__(self, url: str, table: str, runtime: Runtime, dials: DatabaseDials | None = None) -> None:
        self._runtime = runtime
        self._dials = dials or DatabaseDials()
        # No limit on pooled connections: as many are in use as there are request threads, and those are bounded.
        self._engine = sa.create_engine(url, pool_size=0, isolation_level="AUTOCOMMIT")
        self._sqlite = self._engine.dialect.name == "sqlite"
        # SQLite lets one writer in and makes the others sleep and poll; queueing for a lock here is fair and quicker.
        # The writer keeps its connection: taking one out of the pool would cost as much as the statement itself.
        self._writer = runtime.lock("sqlite writer", list[sa.Connection]())
        self._counted = runtime.lock("row count", [0])
        self._miscounted = False
        if self._sqlite:
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
        self._prepare_statements(_table(table))
        with self._call() as connection:
            self._table.metadata.create_all(connection, checkfirst=True)
        self._recount()

    def _prepare_statements(self, table: sa.Table) -> None:
        """Build each statement once. A bind parameter named after a column would clash with its new value: `the_`."""
        self._table = table
        one = table.c.session_id == sa.bindparam("the_id")
        alive = sa.and_(one, table.c.deleted.is_(sa.false()))
        unchanged = sa.and_(alive, table.c.version == sa.bindparam("the_version"))
        access: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("access_count", "last_activity")}
        versioned = {**access, "version": sa.bindparam("new_version")}
        kept = ("session_id", "deleted", "dead")
        whole: dict[str, Any] = {c.name: sa.bindparam(f"new_{c.name}") for c in table.c if c.name not in kept}
        self._read = sa.select(table).where(one)
        self._save = {
            False: table.update().where(alive).values(whole),
            True: table.update().where(unchanged).values(whole),
        }
        self._access = {
            (False, False): table.update().where(alive).values(access),
            (True, False): table.update().where(alive).values(versioned),
            (False, True): table.update().where(unchanged).values(access),
            (True, True): table.update().where(unchanged).values(versioned),
        }
        self._mark = table.update().where(alive).values(deleted=True)
        self._aside = table.update().where(one).values(dead=sa.bindparam("is_dead"))
        self._remove = table.delete().where(one)

    def insert(self, row: Row) -> None:
        """Add a row."""
        self._write(self._table.insert(), _columns(row), added=1)

    def read(self, session_id: str) -> Row | None:
        """The row as it is now, handed over late."""
        found = self._find(session_id)
        if self._dials.latency:
            self._runtime.nap(self._dials.latency)
        return _row(found) if found else None

    def save(self, row: Row, expected: int | None = None) -> bool:
        """Replace the row of a session that is not deleted."""
        values = {f"new_{name}": value for name, value in _columns(row).items()}
        del values["new_session_id"], values["new_deleted"], values["new_dead"]
        values["the_id"] = row.data.session_id
        if expected is not None:
            values["the_version"] = expected
        return self._write(self._save[expected is not None], values) > 0

    def save_access(
        self,
        session_id: str,
        access_count: int,
        last_activity: datetime,
        version: int | None = None,
        expected: int | None = None,
    ) -> bool:
        """Replace the two fields that counting an access changes, and the version if one is given."""
        values: dict[str, Any] = {
            "the_id": session_id,
            "new_access_count": access_count,
            "new_last_activity": last_activity.timestamp(),
        }
        if version is not None:
            values["new_version"] = version
        if expected is not None:
            values["the_version"] = expected
        return self._write(self._access[version is not None, expected is not None], values) > 0

    def mark_deleted(self, session_id: str) -> bool:
        """Mark a row as waiting for cleanup."""
        return self._write(self._mark, {"the_id": session_id}) > 0

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Mark a deleted row as given up, or take that mark back."""
        self._write(self._aside, {"the_id": session_id, "is_dead": dead})

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the row, unless its id has an odd length."""
        if cannot_be_removed(session_id) and self._find(session_id):
            raise CleanupFailed(session_id)
        return self.purge(session_id)

    def purge(self, session_id: str) -> bool:
        """Remove the row without cleaning up after it."""
        return self._write(self._remove, {"the_id": session_id}, added=-1) > 0

    def rows(self) -> Iterator[Row]:
        """Every row."""
        with self._call() as connection:
            found = connection.execute(sa.select(self._table)).all()
        return map(_row, found)

    def ids(self) -> set[str]:
        """The session ids of all rows."""
        with self._call() as connection:
            return set(connection.execute(sa.select(self._table.c.session_id)).scalars())

    def count(self) -> int:
        """How many rows there are: counted once, then kept up to date by every statement of this process."""
        return self._counted.peek()[0]

    def clear(self) -> None:
        """Remove every row."""
        self._write(self._table.delete(), {})
        self._recount()

    def close(self) -> None:
        """Close the connections."""
        with self._writer as kept:
            while kept:
                kept.pop().close()
        self._engine.dispose()

    def _find(self, session_id: str) -> sa.Row[Any] | None:
        with self._call() as connection:
            return connection.execute(self._read, {"the_id": session_id}).one_or_none()

    def _recount(self) -> None:
        with self._call() as connection:
            rows = connection.execute(sa.select(sa.func.count()).select_from(self._table)).scalar_one()
        with self._counted as counted:
            counted[0] = rows

    def _write(self, statement: sa.Executable, values: dict[str, Any], added: int = 0) -> int:
        """Run one writing statement and keep the row count. Returns how many rows it changed."""
        try:
            with self._one_writer() if self._sqlite else self._call() as connection:
                changed = connection.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount
                if added:
                    self._count(connection, added * changed)
        except DatabaseUnavailable:
            self._miscounted |= bool(added)
            raise
        return changed

    def _count(self, connection: sa.Connection, more: int) -> None:
        """Keep the row count, or take it anew if an earlier statement may have changed it without our knowing."""
        with self._counted as counted:
            if self._miscounted:
                self._miscounted = False
                counted[0] = connection.execute(sa.select(sa.func.count()).select_from(self._table)).scalar_one()
            else:
                counted[0] += more

    @contextmanager
    def _call(self) -> Iterator[sa.Connection]:
        """A connection for one statement, with SQLAlchemy's errors turned into ours."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(error) from error

    @contextmanager
    def _one_writer(self) -> Iterator[sa.Connection]:
        """The same for a writing statement, one thread at a time. After an error the next one gets a new connection."""
        with self._writer as kept:
            try:
                if not kept:
                    kept.append(self._engine.connect())
                yield kept[0]
            except SQLAlchemyError as error:
                while kept:
                    kept.pop().close()
                raise DatabaseUnavailable(error) from error


def _columns(row: Row) -> dict[str, Any]:
    data = row.data
    return {
        "session_id": data.session_id,
        "user_id": data.user_id,
        "username": data.username,
        "login_time": data.login_time.timestamp(),
        "last_activity": data.last_activity.timestamp(),
        "access_count": data.access_count,
        "is_authenticated": data.is_authenticated,
        "metadata": json.dumps(data.metadata),
        "version": row.version,
        "deleted": row.deleted,
        "dead": row.dead,
    }


def _row(found: sa.Row[Any]) -> Row:
    values = dict(found._mapping)
    version, deleted, dead = values.pop("version"), values.pop("deleted"), values.pop("dead")
    values["metadata"] = json.loads(values["metadata"])
    for time in ("login_time", "last_activity"):
        values[time] = datetime.fromtimestamp(values[time], UTC)
    return Row(SessionData(**values), version, deleted, dead)
