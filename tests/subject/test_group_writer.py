"""Statements that wait together are committed together, and nobody pays for another's error."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

import pytest
import sqlalchemy as sa

from session_manager.databases import DatabaseUnavailable
from session_manager.sync import Guarded, T, ThreadRuntime
from tests.subject.rows import row, sqlite
from tests.subject.threads import run_together

WRITERS = 6
IDS = [f"session-{number}" for number in range(WRITERS)]


class Crowd(Guarded[T]):
    """A lock that lets nobody in before so many stand before it, whenever it is told to wait for a crowd."""

    def __init__(self, lock: Guarded[T]) -> None:
        self._lock = lock
        self.gate: threading.Barrier | None = None

    def __enter__(self) -> T:
        if self.gate is not None:
            self.gate.wait(10)
        return self._lock.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def peek(self) -> T:
        return self._lock.peek()


class CrowdedRuntime(ThreadRuntime):
    """Its locks wait for a crowd when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.writer: Crowd[list[sa.Connection]] | None = None

    def lock(self, name: str, value: T) -> Guarded[T]:
        lock = super().lock(name, value)
        if name != "sqlite writer":
            return lock
        crowd = Crowd(lock)
        self.writer = crowd  # type: ignore[assignment] # the value is the writer's
        return crowd

    def together(self, calls: Sequence[Callable[[], object]]) -> list[object]:
        """Run each in a thread of its own, so that all wait for the writer at one time. Returns answers and errors."""
        assert self.writer is not None
        told: list[object] = [None] * len(calls)

        def ask(number: int) -> None:
            try:
                told[number] = calls[number]()
            except DatabaseUnavailable as error:
                told[number] = error

        self.writer.gate = threading.Barrier(len(calls))
        run_together(partial(ask, number) for number in range(len(calls)))
        self.writer.gate = None
        return told


class Written:
    """A database, and what its connections were told to do since it was last asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runtime = CrowdedRuntime()
        self._statements: list[str] = []
        sa.event.listen(sa.Engine, "connect", self._listen)
        try:
            self.database = sqlite(Path(path), runtime=self.runtime)
        finally:
            sa.event.remove(sa.Engine, "connect", self._listen)
        sa.event.listen(self.database._engine, "connect", self._listen)

    def _listen(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(self._statements.append)

    def verbs(self) -> list[str]:
        """The first word of every statement since the last time."""
        told = [statement.split()[0] for statement in self._statements]
        self._statements.clear()
        return told


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    """An empty database of rows to write."""
    made = Written(tmp_path / "sessions.sqlite")
    yield made
    made.database.close()


def test_what_waits_together_is_one_transaction(written: Written) -> None:
    """Six inserts, one commit; and each caller finds its row."""
    database = written.database
    database.insert(row("first"))
    written.verbs()
    written.runtime.together([partial(database.insert, row(one)) for one in IDS])
    assert written.verbs() == ["BEGIN", *["INSERT"] * WRITERS, "COMMIT"]
    assert database.ids() == {"first", *IDS}
    assert database.count() == 1 + WRITERS


def test_who_comes_alone_needs_no_transaction(written: Written) -> None:
    """One statement is one by itself."""
    written.database.insert(row("first"))
    written.verbs()
    assert written.database.save(row("first", version=2), expected=1)
    assert written.verbs() == ["UPDATE"]


def test_each_hears_of_its_own_statement(written: Written) -> None:
    """Of two equal compare-and-sets one wins, and a save of no row changes none."""
    database = written.database
    database.insert(row("first"))
    told = written.runtime.together(
        [
            lambda: database.save(row("first", version=2), expected=1),
            lambda: database.save(row("first", version=2), expected=1),
            lambda: database.save(row("nobody", version=2), expected=1),
        ]
    )
    assert sorted(map(bool, told[:2])) == [False, True]
    assert told[2] is False


def test_a_statement_that_fails_spoils_no_other(written: Written) -> None:
    """An insert of an existing id fails alone, and its group is written."""
    database = written.database
    database.insert(row(IDS[2], username="first"))
    told = written.runtime.together([partial(database.insert, row(one)) for one in IDS])
    assert [type(one) for one in told] == [DatabaseUnavailable if one == IDS[2] else type(None) for one in IDS]
    assert database.ids() == set(IDS)
    assert database.count() == WRITERS
    kept = database.read(IDS[2])
    assert kept is not None
    assert kept.data.username == "first"


def test_a_transaction_that_cannot_be_committed_is_unknown_to_all(written: Written) -> None:
    """A failed commit is an unknown outcome for all, and later writes succeed."""
    database = written.database
    with database._engine.connect() as connection:  # refuses at COMMIT, and not before
        connection.exec_driver_sql("CREATE TABLE parent (id TEXT PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
        connection.exec_driver_sql(
            "CREATE TRIGGER orphan AFTER INSERT ON sessions WHEN NEW.username = 'orphan' "
            "BEGIN INSERT INTO child VALUES (NEW.session_id); END"
        )
    database.close()
    sa.event.listen(database._engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys=ON"))
    names = ["orphan" if one == IDS[3] else "visitor" for one in IDS]
    rows = [row(one, username=name) for one, name in zip(IDS, names, strict=True)]
    told = written.runtime.together([partial(database.insert, one) for one in rows])
    assert [type(one) for one in told] == [DatabaseUnavailable] * WRITERS
    assert not any(one.definite for one in told if isinstance(one, DatabaseUnavailable))
    assert database.ids() == set()
    database.insert(row("last"))
    assert (database.ids(), database.count()) == ({"last"}, 1)


def test_who_runs_the_statements_and_is_stopped_leaves_nobody_waiting(written: Written) -> None:
    """An interrupted leader gets its interruption, the others an unknown outcome."""
    database = written.database
    seen: list[str] = []

    class Stopped(BaseException):
        """Like KeyboardInterrupt, and nobody else's."""

    def stop(connection: object) -> None:
        raise Stopped

    def save(one: str) -> bool:
        try:
            return database.save(row(one, version=2))
        except Stopped:
            seen.append("stopped")
            return True

    sa.event.listen(database._engine, "engine_connect", stop)
    told = written.runtime.together([partial(save, one) for one in IDS])
    sa.event.remove(database._engine, "engine_connect", stop)
    assert seen == ["stopped"]
    assert [type(one) for one in told].count(DatabaseUnavailable) == WRITERS - 1
    database.insert(row("last"))
    assert (database.ids(), database.count()) == ({"last"}, 1)


def test_rows_are_counted_while_many_write_and_some_fail(written: Written) -> None:
    """At rest the count is the number of rows, though one in four inserts fails."""
    database = written.database

    def write(me: int) -> None:
        for number in range(40):
            try:
                database.insert(row(f"{me if number % 4 else 'shared'}-{number}"))
            except DatabaseUnavailable:
                assert not number % 4
            if number % 3 == 0:
                database.purge(f"{me}-{number - 1}")

    run_together(partial(write, me) for me in range(WRITERS))
    assert database.count() == len(database.ids()) > 0


def test_a_value_that_the_driver_does_not_take_spoils_no_other(written: Written) -> None:
    """Its own caller hears of it, whoever runs the statements."""
    database = written.database
    rows = [row(one, access_count=2**70 if one == IDS[1] else 1) for one in IDS]
    told = written.runtime.together([partial(database.insert, one) for one in rows])
    assert [type(one) for one in told] == [DatabaseUnavailable if one == IDS[1] else type(None) for one in IDS]
    assert database.ids() == {one for one in IDS if one != IDS[1]}


def test_who_is_interrupted_while_he_waits_has_nothing_run_later(written: Written) -> None:
    """He was told that it failed, and has gone; the row count is not his any more."""
    database = written.database
    crowd = written.runtime.writer
    assert crowd is not None

    class Interrupted(BaseException):
        """Like KeyboardInterrupt."""

    class Gate:
        def wait(self, _: float) -> None:
            raise Interrupted

    crowd.gate = Gate()  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        database.insert(row("first"))
    crowd.gate = None
    database.insert(row("second"))
    assert (database.ids(), database.count()) == ({"second"}, 1)


def test_after_an_error_there_is_a_new_connection(written: Written) -> None:
    """One that failed is not trusted again."""
    database = written.database

    def connection() -> object:
        assert written.runtime.writer is not None
        return written.runtime.writer.peek()[0].connection.driver_connection

    database.insert(row("first"))
    before = connection()
    database.save(row("first", version=2))
    assert connection() is before
    with pytest.raises(DatabaseUnavailable):
        database.insert(row("first"))
    database.save(row("first", version=3))
    assert connection() is not before


def test_a_success_under_way_does_not_hide_that_another_is_unknown(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are counted anew after an unknown insert, though another succeeds."""
    database = written.database
    write, inside, answered = database._write, threading.Event(), threading.Event()

    def loses_the_answer(statement: sa.UpdateBase, values: dict[str, object]) -> int:
        changed = write(statement, values)
        if values.get("session_id") == "unknown":
            raise DatabaseUnavailable(OSError("the answer was lost"))
        inside.set()
        assert answered.wait(10)
        return changed

    monkeypatch.setattr(database, "_write", loses_the_answer)
    slow = threading.Thread(target=database.insert, args=(row("known"),))
    slow.start()
    assert inside.wait(10)
    with pytest.raises(DatabaseUnavailable):
        database.insert(row("unknown"))
    answered.set()
    slow.join(10)
    assert (database.ids(), database.count()) == ({"known", "unknown"}, 2)


def test_rows_that_cannot_be_counted_now_are_counted_later(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a count fails is no reason to call a write unknown that was answered."""
    database = written.database

    def refuse() -> int:
        raise DatabaseUnavailable(OSError("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(database, "_rows_there", refuse)
        with pytest.raises(DatabaseUnavailable):
            database.insert(row("x", access_count=2**70))
        database.insert(row("first"))
    database.insert(row("second"))
    assert database.count() == 2


def test_clearing_counts_what_another_process_has_added_as_well(written: Written) -> None:
    """Afterwards there are no rows, whoever wrote them."""
    database = written.database
    other = sqlite(Path(written.path))
    other.insert(row("theirs"))
    other.close()
    database.insert(row("ours"))
    database.clear()
    assert database.count() == 0
