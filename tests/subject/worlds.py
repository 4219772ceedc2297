"""A manager, its database and its script, in one object that a test can take apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import OperationalError

from session_manager import buggy, fixed
from session_manager.databases import Database, DatabaseDials, DatabaseUnavailable, MemoryDatabase
from session_manager.model import Row, SessionData
from session_manager.state import State
from tests.subject.scripted import Script

Manager = buggy.SessionManager | fixed.SessionManager


class RecordingDatabase(MemoryDatabase):
    """Rows in memory, and the id of every attempt to clean one up."""

    def __init__(self, runtime: Script, dials: DatabaseDials | None = None) -> None:
        super().__init__(runtime, dials)
        self.attempts: list[str] = []

    def remove(self, session_id: str) -> bool:
        """Clean up, and remember that it was tried."""
        self.attempts.append(session_id)
        return super().remove(session_id)

    def row(self, session_id: str) -> Row | None:
        """A row, at no latency."""
        return next((row for row in self.rows() if row.data.session_id == session_id), None)


class World:
    """A manager of one variant, its database and its script.

    Args:
        variant: `buggy` or `fixed`.
        database_has_points: whether the other operation may come in at the database's own lock too, and whether a
            fault counts that lock's releases: the dials are for the manager's locks, so for faults say no.
        options: of the manager.
    """

    def __init__(self, variant: str, database_has_points: bool = True, **options: Any) -> None:
        self.script = Script()
        self.database = RecordingDatabase(self.script if database_has_points else Script(), DatabaseDials(0.010))
        self.manager = make_manager(variant, self.script, self.database, **options)

    def create(self, session_id: str | None = None) -> str:
        """A session; its id has an even length unless one is given."""
        self.script.next_ids = [session_id] if session_id else []
        return self.manager.create_session("user_ann", "ann")

    def data(self, session_id: str) -> SessionData:
        """What the manager holds of a session, without counting a hit."""
        return self.manager.census().sessions[session_id]

    def three_counts(self) -> tuple[int, int, int]:
        """Store, statistics, database: rows minus those that wait for cleanup."""
        held = self.manager.counts()
        return held.store, held.statistics, self.database.count() - held.queue - held.dead_letters


def make_manager(variant: str, script: Script, database: Database, **options: Any) -> Manager:
    """The manager of that name, with a state of its own."""
    if variant == "buggy":
        return buggy.SessionManager(database, State.private(script), script, **options)
    return fixed.SessionManager(database, script, **options)


class Failing:
    """Makes one call of a world's database fail, before or after it took effect."""

    def __init__(self, world: World, method: str, after: bool) -> None:
        self._world = world
        self._method = method
        self._after = after

    def __enter__(self) -> None:
        real = getattr(self._world.database, self._method)

        def fail(*arguments: object, **named: object) -> object:
            if self._after:
                real(*arguments, **named)
            raise DatabaseUnavailable(OperationalError("", {}, Exception()))

        setattr(self._world.database, self._method, fail)

    def __exit__(self, *_: object) -> None:
        delattr(self._world.database, self._method)
