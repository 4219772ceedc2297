"""Rows to put into a database, and a runtime whose naps the test fills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from session_manager.databases import Database, DatabaseDials, SqlDatabase
from session_manager.model import Row, SessionData
from session_manager.sync import Runtime, ThreadRuntime

MORNING = datetime(2026, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)
EVEN, ODD = "a1b2", "a1b2c"


class Opener(Protocol):
    """Opens the same database, as often as the test likes."""

    def __call__(self, runtime: ThreadRuntime | None = None, latency: float = 0.0) -> Database: ...


class NappingRuntime(ThreadRuntime):
    """Naps by doing what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.naps: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def nap(self, seconds: float) -> None:
        """Let the test's `meanwhile` happen."""
        self.naps.append(seconds)
        self.meanwhile()


def sqlite(place: Path, table: str = "sessions", runtime: Runtime | None = None) -> SqlDatabase:
    """An open database without latency, in a file, or in `sessions.sqlite` of a folder."""
    path = place / "sessions.sqlite" if place.is_dir() else place
    database = SqlDatabase(f"sqlite:///{path}", table, runtime or ThreadRuntime(), DatabaseDials(0))
    database.open()
    return database


def row(session_id: str = EVEN, version: int = 1, **fields: object) -> Row:
    """A row with sensible values."""
    data = SessionData(session_id, "user_ann", "ann", login_time=MORNING, last_activity=MORNING)
    for name, value in fields.items():
        setattr(data, name, value)
    return Row(data, version)
