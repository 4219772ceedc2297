"""Small managers that lose an increment, each behind another kind of lock or behind none; and their right twins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

from racelab.explorer.kernel.subject import Maker
from session_manager.databases import Database
from session_manager.model import Census, Row, SessionData, SessionStats
from session_manager.sync import Runtime

Sessions = dict[str, SessionData]


class Base:
    """Opens sessions, and writes their rows when it is looked at, so that nothing else is amiss."""

    def __init__(self, database: Database, runtime: Runtime) -> None:
        self._database = database
        self._runtime = runtime
        self._sessions: Sessions = {}
        self.set_up()

    def set_up(self) -> None:
        """Make the locks."""

    def create_session(self, user_id: str, username: str) -> str:
        """Open one."""
        now = self._runtime.now()
        data = SessionData(self._runtime.new_id(), user_id, username, login_time=now, last_activity=now)
        self._sessions[data.session_id] = data
        self._database.insert(Row(data))
        return data.session_id

    def census(self) -> Census:
        """Everything."""
        for data in self._sessions.values():
            self._database.insert(Row(data))
        active = SessionStats(total_sessions=len(self._sessions), active_sessions=len(self._sessions))
        return Census({name: data.copy() for name, data in self._sessions.items()}, [], [], active)


class Locked(Base):
    """The sessions behind a lock. `together` is the right twin: it reads and writes under the lock at once."""

    together = False
    reading: Callable[[], AbstractContextManager[Sessions]]
    writing: Callable[[], AbstractContextManager[Sessions]]

    def increment_access(self, session_id: str) -> int:
        """Count an access."""
        if self.together:
            with self.writing() as sessions:
                sessions[session_id].access_count += 1
                return sessions[session_id].access_count
        count = self.read(session_id).access_count + 1
        with self.writing() as sessions:
            sessions[session_id].access_count = count
        return count

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set a key in a copy, and put the copy there."""
        if self.together:
            with self.writing() as sessions:
                sessions[session_id].metadata[key] = value
                sessions[session_id].access_count += 1
            return
        data = self.read(session_id).with_key(key, value)
        data.access_count += 1
        with self.writing() as sessions:
            sessions[session_id] = data

    def read(self, session_id: str) -> SessionData:
        """A copy, under the lock."""
        with self.reading() as sessions:
            return sessions[session_id].copy()


class PlainLock(Locked):
    """Behind a plain lock."""

    def set_up(self) -> None:
        lock = cast("AbstractContextManager[Sessions]", self._runtime.lock("drawer", self._sessions))
        self.reading = self.writing = lambda: lock


class ReentrantLock(Locked):
    """Behind a re-entrant lock, acquired twice at each writing."""

    def set_up(self) -> None:
        runtime: Any = self._runtime
        self._lock = runtime.rlock("drawer", self._sessions)
        self.reading = self.writing = lambda: self._lock

    def increment_access(self, session_id: str) -> int:
        if self.together:
            with self._lock:
                return super().increment_access(session_id)
        count = self.read(session_id).access_count + 1
        with self._lock, self._lock as sessions:
            sessions[session_id].access_count = count
        return count


class ReadersAndWriter(Locked):
    """Behind a reader-writer lock."""

    def set_up(self) -> None:
        lock = self._runtime.rwlock("drawer", self._sessions)
        self.reading, self.writing = lock.read, lock.write


class Peeked(Locked):
    """Behind a plain lock that readers do without."""

    def set_up(self) -> None:
        lock = self._runtime.lock("drawer", self._sessions)
        self._lock = lock
        self.writing = lambda: cast("AbstractContextManager[Sessions]", lock)

    def read(self, session_id: str) -> SessionData:
        return self._lock.peek()[session_id].copy()


class InRows(Base):
    """Keeps nothing in memory. `together` compares versions before it saves."""

    together = False

    def increment_access(self, session_id: str) -> int:
        """Read the row, and save it."""
        while True:
            row = self._database.read(session_id)
            assert row is not None
            row.data.access_count += 1
            expected = row.version if self.together else None
            if self._database.save(Row(row.data, row.version + 1), expected):
                return row.data.access_count

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """The same with a key."""
        while True:
            row = self._database.read(session_id)
            assert row is not None
            data = row.data.with_key(key, value)
            data.access_count += 1
            expected = row.version if self.together else None
            if self._database.save(Row(data, row.version + 1), expected):
                return

    def census(self) -> Census:
        rows = {row.data.session_id: row.data for row in self._database.rows()}
        return Census(rows, [], [], SessionStats(total_sessions=len(rows), active_sessions=len(rows)))


@dataclass
class Cell:
    """A number."""

    number: int = 0


class OwnNumber(Base):
    """The count is a number of the manager's own, behind a lock of its own."""

    together = False

    def set_up(self) -> None:
        self._cell = Cell()
        self._lock = self._runtime.lock("tally", self._cell)

    def increment_access(self, session_id: str) -> int:
        """Read, and write later."""
        if self.together:
            with self._lock as cell:
                cell.number += 1
                return cell.number
        with self._lock as cell:
            count = cell.number + 1
        with self._lock as cell:
            cell.number = count
        return count

    def census(self) -> Census:
        for data in self._sessions.values():
            data.access_count = self._cell.number
        return super().census()


STYLES: tuple[type[Any], ...] = (PlainLock, ReentrantLock, ReadersAndWriter, Peeked, InRows, OwnNumber)


def maker(style: type[Any], together: bool = False) -> Maker:
    """What makes that manager, or its right twin."""
    name = f"{style.__name__}{'Together' if together else ''}"
    return cast("Maker", type(name, (style,), {"together": together, "__module__": __name__}))
