"""What only a SQL database can show: it outlives the process, and it can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from session_manager.databases import DatabaseDials, DatabaseUnavailable, MemoryDatabase, SqlDatabase, open_database
from session_manager.sync import ThreadRuntime
from tests.subject.rows import EVEN, MORNING, row


def test_a_second_process_finds_rows_and_count(tmp_path: Path) -> None:
    """A file opened again holds what was written, and knows how much that is."""
    url = f"sqlite:///{tmp_path}/sessions.sqlite"
    before = SqlDatabase(url, "sessions", ThreadRuntime(), DatabaseDials(0))
    before.insert(row(metadata={"a": "🦀"}))
    before.close()
    after = SqlDatabase(url, "sessions", ThreadRuntime(), DatabaseDials(0))
    assert (list(after.rows()), after.count()) == ([row(metadata={"a": "🦀"})], 1)
    after.close()


def test_a_database_that_fails_says_that_nobody_knows(tmp_path: Path) -> None:
    """SQLAlchemy's errors come out as `DatabaseUnavailable`, which is not definite."""
    database = SqlDatabase(f"sqlite:///{tmp_path}/sessions.sqlite", "sessions", ThreadRuntime(), DatabaseDials(0))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/sessions.sqlite")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE sessions"))
    engine.dispose()
    calls: list[Callable[[], object]] = [
        lambda: database.insert(row()),
        lambda: database.read(EVEN),
        lambda: database.save(row()),
        lambda: database.save_access(EVEN, 1, MORNING),
        lambda: database.mark_deleted(EVEN),
        lambda: database.set_aside(EVEN),
        lambda: database.remove(EVEN),
        lambda: database.purge(EVEN),
        lambda: list(database.rows()),
        database.ids,
        database.clear,
    ]
    for call in calls:
        with pytest.raises(DatabaseUnavailable) as failure:
            call()
        assert not failure.value.definite
    assert database.count() == 0
    SqlDatabase(f"sqlite:///{tmp_path}/sessions.sqlite", "sessions", ThreadRuntime(), DatabaseDials(0)).close()
    database.insert(row())  # the table is back, and so is the database: a failure spoils no connection
    assert (list(database.rows()), database.count()) == ([row()], 1)
    database.close()


def test_a_closed_database_opens_again_when_it_is_used(tmp_path: Path) -> None:
    """The cleanup threads may be stopped and started, and the databases are closed in between."""
    database = SqlDatabase(f"sqlite:///{tmp_path}/sessions.sqlite", "sessions", ThreadRuntime(), DatabaseDials(0))
    database.insert(row())
    database.close()
    assert database.save(row(version=2), expected=1)
    assert database.read(EVEN) == row(version=2)
    database.close()


def test_a_url_names_the_adapter(tmp_path: Path) -> None:
    """`memory://` is memory; anything else is SQL, with a file for each variant."""
    runtime, dials = ThreadRuntime(), DatabaseDials(0)
    assert isinstance(open_database("memory://", "buggy", runtime, dials), MemoryDatabase)
    for variant in ("buggy", "fixed"):
        database = open_database(f"sqlite:///{tmp_path}/{{variant}}.sqlite", variant, runtime, dials)
        assert isinstance(database, SqlDatabase)
        database.close()
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["buggy.sqlite", "fixed.sqlite"]
