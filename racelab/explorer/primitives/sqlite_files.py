"""The databases of one execution: for each file that the code names a private one, and its state as a primitive."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Final

from racelab.explorer.code.outside import unwatched
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.tasks import Task
from racelab.explorer.kernel.threads import Thread, here
from racelab.explorer.kernel.waiting import Primitive

BEGINS: Final = "A database that is a file begins with what is in it now."
_IN_MEMORY: Final = Path("/dev/shm")
"""Where there is none, the system's folder for such things."""


class Moved:
    """What a task waits for at a locked database: that anything has been done to it, or that nobody else can go on."""

    __slots__ = ("database", "done")

    def __init__(self, database: Database) -> None:
        self.database, self.done = database, database.done

    def __call__(self, task: Thread) -> bool:
        return self.is_over() or not any(_can_move(other) for other in task.stage.tasks if other is not task)

    def is_over(self) -> bool:
        """Whether anything has been done since."""
        return self.database.done != self.done


def _can_move(task: Task) -> bool:
    if task.done:
        return False
    waits = getattr(task.pending.on if task.pending is not None else None, "holds", None)
    return waits.is_over() if isinstance(waits, Moved) else task.ready()


class Database(Primitive):
    """What is in a database and who has locked it, as a number: each operation makes another one.

    Args:
        path: of the private file, or `:memory:`.
        shown: what the author calls it.

    Attributes:
        version: the number.
        done: how many operations have succeeded: those that have only met a lock let nobody go on.
    """

    __slots__ = ("done", "path", "version")

    def __init__(self, path: str, shown: str) -> None:
        super().__init__("database")
        self.path, self.version, self.done = path, 0, 0
        if path != ":memory:":  # the same, whoever comes first
            self.name = f"database {shown}"

    def key(self) -> Hashable:
        """Its number, and what tells those apart that wait for it."""
        return self.version, self.done

    def changed(self, by: Thread | None, what: str, done: bool = True) -> None:
        """An operation was tried: what it did depends on what was there, and on what the task knows.

        Args:
            by: who has tried; None for somebody who is no task.
            what: the operation.
            done: whether it has succeeded.
        """
        self.done += done
        known = (by.name, by.local, tuple(by.seen), by.sync) if by is not None else None
        self.version = self._memory.places.number(("database", self.name, self.version, known, what))
        if by is not None:
            by.learns(self.version)
            self.acquired(by)
            self.released(by)


class _Files:
    """The private files, and the connections to them, of the execution that has used any last."""

    def __init__(self) -> None:
        self.memory: Memory | None = None
        self.folder: Path | None = None
        self.databases: dict[str, Database] = {}
        self.connections: list[sqlite3.Connection] = []


_files = _Files()


def database(name: str) -> Database:
    """The database that the code calls so.

    Args:
        name: the argument of `connect`; empty and `:memory:` are another one each time.
    """
    _begin()
    if name in ("", ":memory:"):
        return Database(":memory:", name)
    full = str(Path(name).absolute())
    if full not in _files.databases:
        with unwatched():
            assert _files.folder is not None
            path = _files.folder / f"{len(_files.databases)}.db"
            if Path(full).is_file():
                shutil.copyfile(full, path)
                if here.memory is not None:
                    here.memory.places.assumed.add(BEGINS)
        _files.databases[full] = Database(str(path), Path(name).name)
    return _files.databases[full]


def opened(connection: sqlite3.Connection) -> None:
    """It is closed when the execution is over."""
    _files.connections.append(connection)


def clean() -> None:
    """Close and remove what the last execution has left."""
    with unwatched():
        for connection in _files.connections:
            with suppress(sqlite3.Error):
                sqlite3.Connection.close(connection)
        _files.connections.clear()
        _files.databases.clear()
        _files.memory = None
        if _files.folder is not None:
            for path in _files.folder.iterdir():
                path.unlink(missing_ok=True)


def _begin() -> None:
    """Another execution begins with nothing."""
    if _files.memory is here.memory:
        return
    clean()
    _files.memory = here.memory
    if _files.folder is None:
        with unwatched():
            folder = _IN_MEMORY if _IN_MEMORY.is_dir() else None
            _files.folder = Path(tempfile.mkdtemp(prefix="race-lab-", dir=folder))
        atexit.register(_remove)


def _remove() -> None:
    clean()
    if _files.folder is not None:
        shutil.rmtree(_files.folder, ignore_errors=True)
