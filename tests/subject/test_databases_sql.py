"""What only a SQL database can show: it outlives the process, and it can fail."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from session_manager import fixed
from session_manager.databases import DatabaseDials, DatabaseUnavailable, MemoryDatabase, SqlDatabase, database_at
from session_manager.databases.sql import is_sql_url
from session_manager.sync import ThreadRuntime
from tests.subject.rows import EVEN, MORNING, row, sqlite


def test_a_second_process_finds_rows_and_count(tmp_path: Path) -> None:
    """A file opened again holds what was written, and knows how much that is."""
    before = sqlite(tmp_path)
    before.insert(row(metadata={"a": "🦀"}))
    before.close()
    after = sqlite(tmp_path)
    assert (list(after.rows()), after.count()) == ([row(metadata={"a": "🦀"})], 1)
    after.close()


def test_a_database_that_fails_says_that_nobody_knows(tmp_path: Path) -> None:
    """SQLAlchemy's errors come out as `DatabaseUnavailable`, which is not definite."""
    database = sqlite(tmp_path)
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
    sqlite(tmp_path).close()
    database.insert(row())  # the table is back, and so is the database: a failure spoils no connection
    assert (list(database.rows()), database.count()) == ([row()], 1)
    database.close()


def test_a_closed_database_opens_again_when_it_is_used(tmp_path: Path) -> None:
    """A closed database opens again at its next use."""
    database = sqlite(tmp_path)
    database.insert(row())
    database.close()
    assert database.save(row(version=2), expected=1)
    assert database.read(EVEN) == row(version=2)
    database.close()


def test_a_url_names_the_adapter(tmp_path: Path) -> None:
    """`memory://` is memory; anything else is SQL, with a file for each variant."""
    runtime, dials = ThreadRuntime(), DatabaseDials(0)
    assert isinstance(database_at("memory://", "buggy", runtime, dials)[0], MemoryDatabase)
    for variant in ("buggy", "fixed"):
        database, _claim = database_at(f"sqlite:///{tmp_path}/{{variant}}.sqlite", variant, runtime, dials)
        assert isinstance(database, SqlDatabase)
        assert not list(tmp_path.glob(f"{variant}.*")), "a database that is not open has no file"
        database.open()
        database.close()
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["buggy.sqlite", "fixed.sqlite"]


def test_a_database_that_each_connection_has_for_itself_is_refused() -> None:
    """A request would not find the rows of the one before it."""
    urls = ("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///lab.sqlite")
    assert [url for url in urls if is_sql_url(url)] == ["sqlite:///lab.sqlite"]


def test_one_row_that_cannot_be_removed_holds_up_no_other(tmp_path: Path) -> None:
    """Cleanup continues behind a row that the database refuses to delete."""
    database = sqlite(tmp_path)
    manager = fixed.SessionManager(database, ThreadRuntime(), backoff=0.0)
    ids = [manager.create_session("user", f"visitor {number}") for number in range(60)]
    poison = min(one for one in ids if not len(one) % 2)
    with database._engine.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE TRIGGER poison BEFORE DELETE ON sessions WHEN OLD.session_id = '{poison}' "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )
    for one in ids:
        manager.delete_session(one)
    for _ in range(5):
        manager.run_cleanup()
    assert manager.queued() == [poison]
    assert {one.session_id for one in manager.dead_letters()} == {one for one in ids if len(one) % 2}
    database.close()


def test_a_database_that_refuses_everything_ends_a_cycle_soon(tmp_path: Path) -> None:
    """Each refusal may take long; the rows are all still there afterwards."""
    database = sqlite(tmp_path)
    manager = fixed.SessionManager(database, ThreadRuntime(), backoff=0.0)
    easy = 0
    while easy < 5:  # of even length: the others are set aside, which nothing refuses
        session_id = manager.create_session("user", "visitor")
        manager.delete_session(session_id)
        easy += len(session_id) % 2 == 0
    rows = database.count()
    with database._engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuses BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        with pytest.raises(DatabaseUnavailable):
            manager.run_cleanup()
        connection.exec_driver_sql("DROP TRIGGER refuses")
    assert database.count() == rows
    for _ in range(3):
        manager.run_cleanup()
    assert (manager.queued(), database.count()) == ([], rows - 5)
    database.close()


def test_a_file_that_is_removed_moved_or_replaced_is_noticed(tmp_path: Path) -> None:
    """Each call fails with a sentence; once the file is back, they succeed again."""
    file, away = tmp_path / "sessions.sqlite", tmp_path / "away.sqlite"
    database = sqlite(tmp_path)
    database.insert(row())
    file.rename(away)
    replacements: tuple[Callable[[], object], ...] = (lambda: None, file.touch)
    for replace in replacements:
        replace()
        calls: list[Callable[[], object]] = [
            lambda: database.insert(row(secrets.token_hex(4))),
            lambda: database.save(row()),
            lambda: database.mark_deleted(EVEN),
            lambda: list(database.rows()),
        ]
        for call in calls:
            with pytest.raises(DatabaseUnavailable, match="was removed, moved or replaced while this lab was running"):
                call()
    away.rename(file)
    database.insert(row("c3d4"))
    assert "c3d4" in database.ids()
    database.close()
