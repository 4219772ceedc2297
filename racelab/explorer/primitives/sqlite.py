"""`sqlite3`: real databases in private files. Each operation is one point, and "locked" is a modelled wait.

A locked database makes a task wait until something has been done to it. Its time-out ends that wait only when nobody
else could go on: that a transaction is kept open for seconds while others run is assumed not to happen. SQLite itself
does not wait where a connection that reads wants to write, because two of them would wait for each other: there the
error comes at once.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import Any, Final, Self, TypeVar

from racelab.explorer.code.copies import copy_of
from racelab.explorer.code.outside import unwatched
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here

from .sqlite_files import Moved, database, opened
from .sqlite_functions import replace_functions

T = TypeVar("T")
NO_LONG_TRANSACTION: Final = "No transaction of SQLite lasts longer than another connection waits for it."
BY_URI: Final = "A database is opened by URI, which is not modelled."
SCRIPT: Final = "A script meets a locked database. How far it has come is not known, so it cannot go on from there."
NOT_MODELLED: Final = "sqlite3.{} is used, and it is not modelled."
OTHER_THREAD: Final = "SQLite objects created in a thread can only be used in that same thread."
_ENDS: Final = ("commit", "rollback", "close")
_LOCKS_NOTHING: Final = ("BEGIN", "SAVEPOINT", "PRAGMA")


class Cursor(Modelled, sqlite3.Cursor):
    """A cursor. Where threads may share it, also fetching is an operation."""

    connection: Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """One statement, at one point."""
        self.connection.operate(lambda: sqlite3.Cursor.execute(self, sql, parameters), sql)
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        """One statement for each row, at one point."""
        rows = list(parameters)  # it may have to be done again
        self.connection.operate(lambda: sqlite3.Cursor.executemany(self, sql, rows), sql)
        return self

    def executescript(self, sql: str, /) -> Self:
        """All statements at one point."""
        self.connection.operate(lambda: sqlite3.Cursor.executescript(self, sql), sql, again=False)
        return self

    def fetchone(self) -> Any:
        """The next row."""
        return self.connection.look(lambda: sqlite3.Cursor.fetchone(self), "fetch from")

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        many = self.arraysize if size is None else size
        return self.connection.look(lambda: sqlite3.Cursor.fetchmany(self, many), "fetch from")

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return self.connection.look(lambda: sqlite3.Cursor.fetchall(self), "fetch from")

    def __next__(self) -> Any:
        return self.connection.look(lambda: sqlite3.Cursor.__next__(self), "fetch from")

    def close(self) -> None:
        """It lets go of what it reads."""
        self.connection.look(lambda: sqlite3.Cursor.close(self), "close a cursor of")


def _looked(kind: Any, name: str, connection: Callable[[Any], Connection]) -> property:
    """An attribute that statements change."""
    real = getattr(kind, name)
    return property(lambda self: connection(self).look(lambda: real.__get__(self), f"look at {name} of"))


for _name in ("lastrowid", "rowcount", "description"):
    setattr(Cursor, _name, _looked(sqlite3.Cursor, _name, lambda cursor: cursor.connection))


class Connection(Modelled, sqlite3.Connection):
    """A connection to a private file. The arguments are those of `sqlite3.connect`."""

    def __init__(
        self,
        name: Any,
        timeout: float = 5.0,
        detect_types: int = 0,
        isolation_level: Any = "",
        check_same_thread: bool = True,
        *_: Any,
        uri: bool = False,
        **more: Any,
    ) -> None:
        if uri:
            raise CannotDecide(BY_URI)
        self._database = database(os.fspath(name))
        self._timeout, self._shared, self._reads = timeout, not check_same_thread, False
        self._maker = _index()
        more.pop("factory", None)
        with unwatched():
            super().__init__(
                self._database.path,
                timeout=0,
                detect_types=detect_types,
                isolation_level=isolation_level,
                check_same_thread=False,
                **more,
            )
            replace_functions(self)
        opened(self)

    def cursor(self, factory: Any = Cursor) -> Any:
        """A cursor."""
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """One statement, with a cursor of its own."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """One statement for each row."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql: str, /) -> Any:
        """All statements at one point."""
        return self.cursor().executescript(sql)

    def commit(self) -> None:
        """End the transaction."""
        self.operate(super().commit, "commit")

    def rollback(self) -> None:
        """Undo the transaction."""
        self.operate(super().rollback, "rollback")

    def close(self) -> None:
        """What was not committed is undone."""
        self.operate(self._close, "close")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> Any:
        if kind is not None:
            self.rollback()
            return False
        try:
            self.commit()
        except sqlite3.Error:
            self.rollback()
            raise
        return False

    def operate(self, does: Callable[[], T], sql: str, again: bool = True) -> T:
        """One operation, at one point, and again each time that it was waited for.

        Args:
            sql: the statement, or `commit`, `rollback` or `close`.
            again: whether it may be done again, if it meets a locked database.

        Raises:
            sqlite3.Error: as the real operation.
        """
        own = self._database
        memory, task = own.running()
        self._check_thread()
        what = " ".join(sql.split()[:2])
        own.stop(f"run {what} in")
        while True:
            try:
                result = does()
            except sqlite3.OperationalError as error:
                own.changed(task, f"{what} failed", done=False)
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or task is None or not self._waits(sql):
                    raise
                if not again:
                    memory.stage.give_up(SCRIPT)
                memory.places.assumed.add(NO_LONG_TRANSACTION)
                moved = Moved(own)
                own.wait_until("wait for", moved)
                if not moved.is_over():
                    raise
                continue
            break
        own.changed(task, sql)
        if sql in _ENDS or not sqlite3.Connection.in_transaction.__get__(self):
            self._reads = False
        elif not what.upper().startswith(_LOCKS_NOTHING):
            self._reads = True
        return result

    def look(self, does: Callable[[], T], what: str) -> T:
        """Something that depends on the last operation. A point, unless all threads but one are refused anyway."""
        task = self._database.stop(what) if self._shared else here.task
        self._check_thread()
        if task is not None:
            task.learns(self._database.version)
        try:
            return does()
        finally:
            if self._shared:
                self._database.changed(task, what)

    def _close(self) -> None:
        """What is locked is let go, also if a cursor is still there: an error may have kept it in its traceback."""
        with suppress(sqlite3.Error):
            sqlite3.Connection.rollback(self)
        sqlite3.Connection.close(self)

    def _waits(self, sql: str) -> bool:
        """Whether SQLite would wait: not with a time-out of 0, nor when it reads already and wants to write."""
        return self._timeout > 0 and (sql in _ENDS or not self._reads)

    def _check_thread(self) -> None:
        if not self._shared and here.task is not None and _index() != self._maker:
            raise sqlite3.ProgrammingError(OTHER_THREAD)


for _name in ("in_transaction", "total_changes"):
    setattr(Connection, _name, _looked(sqlite3.Connection, _name, lambda connection: connection))


def _not_modelled(name: str) -> Callable[..., Any]:
    real = getattr(sqlite3.Connection, name)

    def method(self: Connection, *arguments: Any, **named: Any) -> Any:
        if here.memory is not None:
            here.memory.places.unfaithful[NOT_MODELLED.format(f"Connection.{name}")] += 1
        return real(self, *arguments, **named)

    return method


for _name in (
    *("backup", "blobopen", "create_aggregate", "create_collation", "create_function", "create_window_function"),
    *("deserialize", "interrupt", "iterdump", "load_extension", "serialize", "set_authorizer"),
    *("set_progress_handler", "set_trace_callback"),
):
    if hasattr(sqlite3.Connection, _name):
        setattr(Connection, _name, _not_modelled(_name))


def _index() -> int:
    """Which thread this is."""
    return here.task.index if here.task is not None else 0


def connect(name: Any, *arguments: Any, **named: Any) -> Connection:
    """`sqlite3.connect`."""
    return Connection(name, *arguments, **named)


MODULE: Final[ModuleType] = copy_of(sqlite3, connect=connect, Connection=Connection, Cursor=Cursor)
