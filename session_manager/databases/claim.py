"""Which process a database belongs to. A manager keeps its sessions in memory, so two on one database are both wrong.

A claim is a lock of the operating system beside a SQLite file, or an advisory lock of the PostgreSQL server. Either
goes with the process that holds it, also if that is killed.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..model import SessionError
from ..sync import Runtime
from .base import CannotOpen, make_folder
from .engines import engine_for
from .patience import Patience

PAUSE = 0.05
"""Seconds between two attempts."""
ADVISORY = 0x5E55
"""The first half of each advisory lock; the second is made of the table's name."""


class DatabaseClaimed(SessionError):
    """Another process serves this database."""


class Claim(Protocol):
    """The right to be the one process that serves a database."""

    def take(self, patience: float = 0.0) -> None:
        """Take it, or wait for its holder to end.

        Args:
            patience: seconds.

        Raises:
            DatabaseClaimed: another process has it.
            CannotOpen: nobody can have it.
        """

    def holds(self) -> bool:
        """Whether it is still held; a server that was restarted has forgotten it."""

    def release(self) -> None:
        """Give it back."""


class NoClaim:
    """For what no other process can reach."""

    def take(self, patience: float = 0.0) -> None:
        """Nothing to take."""

    def holds(self) -> bool:
        """Always."""
        return True

    def release(self) -> None:
        """Nothing to give back."""


class FileClaim:
    """A lock beside the file.

    Args:
        database: the file of the database.
        table: what is served there: two managers may keep their tables in one file.
        runtime: whose clock it waits by.
    """

    def __init__(self, database: Path, table: str, runtime: Runtime) -> None:
        self._database = database
        self._runtime = runtime
        self._path = database.with_name(f"{database.name}.{table}.lock")
        self._file: IO[str] | None = None

    def take(self, patience: float = 0.0) -> None:
        """See `Claim`. The file says who has it."""
        try:
            make_folder(self._path.parent)
            file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise CannotOpen(self._database, error) from error
        try:
            self._lock(file, self._runtime.monotonic() + patience)
        except BaseException:
            file.close()
            raise
        file.truncate(0)
        file.write(f"{os.getpid()}")
        file.flush()
        self._file = file

    def holds(self) -> bool:
        """See `Claim`."""
        return self._file is not None

    def release(self) -> None:
        """See `Claim`."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lock(self, file: IO[str], deadline: float) -> None:
        while True:
            with suppress(BlockingIOError):
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._runtime.monotonic() >= deadline:
                file.seek(0)
                raise _claimed(self._database, f"process {file.read().strip() or 'unknown'}")
            self._runtime.nap(PAUSE)


class AdvisoryClaim:
    """A lock of the server, held by a connection of its own.

    Args:
        url, table: whose it is.
        runtime: whose clock it waits by.
    """

    def __init__(self, url: sa.URL, table: str, runtime: Runtime) -> None:
        self._url = url
        self._runtime = runtime
        self._engine = engine_for(url, pooled=False)
        self._patience = Patience(self._engine, runtime)
        self._connection: sa.Connection | None = None
        self._key = {"kind": ADVISORY, "name": crc32(table.encode()) - 2**31}

    def take(self, patience: float = 0.0) -> None:
        """See `Claim`."""
        deadline = self._runtime.monotonic() + patience
        self._patience.start()
        try:
            connection = self._engine.connect()
            while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:kind, :name)"), self._key):
                if self._runtime.monotonic() >= deadline:
                    connection.close()
                    raise _claimed(self._url, "another process")
                self._runtime.nap(PAUSE)
        except SQLAlchemyError as error:
            raise CannotOpen(self._url, error) from error
        self._connection = connection

    def holds(self) -> bool:
        """See `Claim`."""
        try:
            return self._connection is not None and self._connection.scalar(sa.text("SELECT 1")) == 1
        except SQLAlchemyError:
            self.release()
            return False

    def release(self) -> None:
        """See `Claim`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):  # at once: the server notices a closed connection only later
                connection.execute(sa.text("SELECT pg_advisory_unlock(:kind, :name)"), self._key)
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()
        self._patience.stop()


def claim_on(url_text: str, table: str, runtime: Runtime) -> Claim:
    """The claim on a table of a SQL database. Nobody can claim one that is neither SQLite nor PostgreSQL."""
    url = sa.make_url(url_text)
    if url.get_backend_name() == "sqlite":
        return FileClaim(Path(url.database or ""), table, runtime)
    if url.get_backend_name() == "postgresql":
        return AdvisoryClaim(url, table, runtime)
    return NoClaim()


def _claimed(what: object, who: str) -> DatabaseClaimed:
    return DatabaseClaimed(
        f"The database {what} belongs to {who}, which serves it now. Two session managers on one database would each "
        "count the sessions of the other as phantoms. Stop the other one, or choose another database."
    )
