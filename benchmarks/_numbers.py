"""The peers' smallest programs for our explorer: one number behind one lock, read and later written.

It looks like a manager that can count accesses and nothing else. The row is written when somebody looks, after the last
step, so that the lock is all that the tasks meet.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import cast

from racelab.catalogue.variants import SUBJECTS
from racelab.explorer.kernel.subject import Subject
from session_manager.databases import Database
from session_manager.model import Census, Manager, Row, SessionData, SessionStats
from session_manager.sync import Runtime


class Number:
    """A number of two lines.

    Args:
        database, runtime: as every manager gets them.
        shared: whether the lock is a reader-writer lock.
    """

    def __init__(self, database: Database, runtime: Runtime, shared: bool) -> None:
        self._database = database
        self._runtime = runtime
        cell = [0]
        if shared:
            readers_writer = runtime.rwlock("number", cell)
            self._reading, self._writing = readers_writer.read, readers_writer.write
        else:
            plain = cast("AbstractContextManager[list[int]]", runtime.lock("number", cell))
            self._reading = self._writing = lambda: plain
        self._cell = cell

    def create_session(self, user_id: str, username: str) -> str:
        """The one session there is."""
        now = self._runtime.now()
        self._data = SessionData(self._runtime.new_id(), user_id, username, login_time=now, last_activity=now)
        self._database.insert(Row(self._data))
        return self._data.session_id

    def increment_access(self, session_id: str) -> int:  # noqa: ARG002 - there is only one
        """Read, and write later."""
        with self._reading() as cell:
            number = cell[0] + 1
        with self._writing() as cell:
            cell[0] = number
        return number

    def census(self) -> Census:
        """The number as the session's count, in its row as well."""
        self._data.access_count = self._cell[0]
        self._database.save_access(self._data.session_id, self._cell[0], self._data.last_activity)
        return Census({self._data.session_id: self._data}, [], [], SessionStats(total_sessions=1, active_sessions=1))


def _number(name: str, shared: bool) -> Subject:
    """Its operations do nothing before their lock that another task could notice: peers assume that as well."""

    def make(database: Database, runtime: Runtime) -> Manager:
        return cast("Manager", Number(database, runtime, shared))

    return Subject(name, make, merge_states=True)


OURS: dict[tuple[str, str], Subject] = {
    ("increment", "buggy"): SUBJECTS["buggy"],
    ("reader-writer lock", "gap"): _number("reader-writer lock", shared=True),
    ("plain lock", "gap"): _number("plain lock", shared=False),
}
"""What our explorer runs for each of the peers' programs."""
