"""The modelled `sqlite3`: what two tasks can do to one database, in every order."""

from __future__ import annotations

import sqlite3 as real
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives import sqlite_files
from racelab.explorer.primitives.sqlite import BY_URI, NO_LONG_TRANSACTION, OTHER_THREAD, SCRIPT
from racelab.explorer.primitives.world import WORLD
from tests.explorer.touching import Run, running

sqlite3: Any = WORLD["sqlite3"]
Bodies = Sequence[Callable[[], object]]
COUNTER = "CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0)"


@pytest.fixture(autouse=True)
def _no_files_left() -> Any:
    yield
    sqlite_files.clean()


def explored(
    make: Callable[[], Bodies], at_end: Callable[[], object], places: Places | None = None
) -> Counter[tuple[object, Any]]:
    """Every ending: the errors of the tasks (or 'stuck'), and what is seen at the end, with its number of schedules."""
    found: Counter[tuple[object, Any]] = Counter()
    prefixes = [""]
    places = places or Places()
    while prefixes:
        turns = prefixes.pop()
        with running(places, make) as run:
            run.go(turns)
            while ready := [task.name for task in run.tasks if task.ready()]:
                prefixes += [turns + other for other in ready[1:]]
                run.go(ready[0])
                turns += ready[0]
            found[ending(run), at_end()] += 1
    return found


def ending(run: Run) -> object:
    """How the tasks have ended."""
    if any(not task.done for task in run.tasks):
        return "stuck"
    return tuple([type(error).__name__ if error else None for error in run.errors()])


def opened(script: str = COUNTER, **named: Any) -> Any:
    """A connection to a database that has been set up."""
    connection = sqlite3.connect("shop.db", **named)
    connection.executescript(script)
    return connection


def value() -> object:
    """The counter, as a new connection sees it."""
    return sqlite3.connect("shop.db").execute("SELECT value FROM counter").fetchone()[0]


def read_then_write() -> None:
    """An increment in two statements, each of which is its own transaction."""
    connection = sqlite3.connect("shop.db", isolation_level=None)
    (before,) = connection.execute("SELECT value FROM counter").fetchone()
    connection.execute("UPDATE counter SET value = ?", (before + 1,))


def one_statement() -> None:
    """An increment in one statement."""
    with sqlite3.connect("shop.db") as connection:
        connection.execute("UPDATE counter SET value = value + 1")


def immediate() -> None:
    """An increment in two statements, in a transaction that is locked from its beginning."""
    connection = sqlite3.connect("shop.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    (before,) = connection.execute("SELECT value FROM counter").fetchone()
    connection.execute("UPDATE counter SET value = ?", (before + 1,))
    connection.execute("COMMIT")


def deferred() -> None:
    """The same in a transaction that begins by reading."""
    with closing(sqlite3.connect("shop.db", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        (before,) = connection.execute("SELECT value FROM counter").fetchone()
        connection.execute("UPDATE counter SET value = ?", (before + 1,))
        connection.execute("COMMIT")


def two(body: Callable[[], object]) -> Callable[[], Bodies]:
    """A and B do the same, after the table was made."""

    def make() -> Bodies:
        opened().close()
        return [body, body]

    return make


def test_reading_and_writing_in_two_transactions_loses_an_update() -> None:
    """Some order of two increments leaves the counter at one."""
    assert {found[1] for found in explored(two(read_then_write), value)} == {1, 2}


@pytest.mark.parametrize("body", [one_statement, immediate])
def test_one_statement_or_one_transaction_loses_nothing(body: Callable[[], object]) -> None:
    """No order of two increments loses one, and no task is refused."""
    places = Places()
    assert set(explored(two(body), value, places)) == {((None, None), 2)}
    assert NO_LONG_TRANSACTION in places.assumed
    assert places.unfaithful == {}


def test_two_that_wait_for_a_third_do_not_wake_each_other() -> None:
    """To meet the lock once more is nothing that another waiting task could wait for."""

    def make() -> Bodies:
        opened().close()
        return [immediate, immediate, immediate]

    with running(Places(), make) as run:
        run.go("ABC" + "A")  # A has begun its transaction, and B and C stand before theirs
        run.go("BC")
        assert [task.ready() for task in run.tasks] == [True, False, False]
        while ready := [task.name for task in run.tasks if task.ready()]:
            run.go(ready[0])
        assert run.errors() == [None, None, None]
        assert value() == 3


def test_who_reads_and_then_wants_to_write_is_refused() -> None:
    """Two that read and then write in one transaction: SQLite refuses one at once."""
    found = set(explored(two(deferred), value))
    assert ((None, "OperationalError"), 1) in found
    assert (("OperationalError", None), 1) in found
    assert ((None, None), 1) not in found


def test_the_refusal_comes_at_once() -> None:
    """Who reads already does not wait for the one who writes: it would hold up that one's commit."""
    with running(Places(), two(deferred)) as run:
        run.go("AABB" + "A" + "B")
        pending = run.tasks[1].pending
        assert pending is not None
        assert pending.name.startswith("run close in")
        run.go("B" + "AA")
        assert [type(error).__name__ for error in run.errors()] == ["NoneType", "OperationalError"]


def test_two_that_wait_for_each_other_end_by_their_time_out() -> None:
    """Two databases locked in opposite order: one wait ends by its time-out."""

    def both(first: str, second: str) -> None:
        for name in (first, second):
            connection = sqlite3.connect(name, isolation_level=None)
            held.append(connection)
            connection.execute("BEGIN IMMEDIATE")

    held: list[object] = []

    def make() -> Bodies:
        held.clear()
        return [lambda: both("a.db", "b.db"), lambda: both("b.db", "a.db")]

    endings = {found[0] for found in explored(make, lambda: None)}
    assert ("OperationalError", "OperationalError") in endings
    assert "stuck" not in endings


def test_without_a_time_out_nobody_waits() -> None:
    """A connection with a time-out of 0 is refused while another one writes."""

    def body() -> None:
        connection = sqlite3.connect("shop.db", timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counter SET value = value + 1")
        connection.execute("COMMIT")

    found = explored(two(body), value)
    assert {((None, None), 2), ((None, "OperationalError"), 1), (("OperationalError", None), 1)} == set(found)


def test_a_shared_cursor_may_give_the_rows_of_another_task() -> None:
    """Between executing and fetching another task may use the cursor."""
    answers: list[object] = []

    def make() -> Bodies:
        cursor = opened("", check_same_thread=False).cursor()
        answers[:] = [None, None]

        def ask(index: int) -> None:
            cursor.execute("SELECT ?", (index,))
            row = cursor.fetchone()
            answers[index] = row and row[0]

        return [lambda: ask(0), lambda: ask(1)]

    seen = {found[1] for found in explored(make, lambda: tuple(answers))}
    assert (0, 1) in seen
    assert seen - {(0, 1)}


def test_a_cursor_for_each_gives_its_own_rows() -> None:
    """With cursors of their own no task meets the rows of the other one."""
    answers: list[object] = []

    def make() -> Bodies:
        connection = opened("", check_same_thread=False)
        answers[:] = [None, None]

        def ask(index: int) -> None:
            answers[index] = connection.execute("SELECT ?", (index,)).fetchone()[0]

        return [lambda: ask(0), lambda: ask(1)]

    assert {found[1] for found in explored(make, lambda: tuple(answers))} == {(0, 1)}


def test_another_thread_is_refused_unless_it_is_allowed() -> None:
    """SQLite's own check of the thread holds for tasks."""

    def make(**named: Any) -> Bodies:
        connection = opened(**named)
        return [lambda: connection.execute("SELECT 1").fetchone()]

    with running(Places(), make) as run:
        assert [str(error) for error in run.errors()] == [OTHER_THREAD]
    with running(Places(), lambda: make(check_same_thread=False)) as run:
        while run.tasks[0].ready():
            run.go("A")
        assert run.errors() == [None]


def test_each_execution_begins_with_the_files_as_they_are(tmp_path: Path) -> None:
    """A real file is copied, and never changed."""
    path = tmp_path / "real.db"
    with real.connect(path) as connection:
        connection.executescript(COUNTER)
    connection.close()
    before = path.read_bytes()
    for _ in range(2):
        places = Places()
        with running(places, list):
            own = sqlite3.connect(path)
            own.execute("UPDATE counter SET value = value + 1")
            own.commit()
            assert own.execute("SELECT value FROM counter").fetchall() == [(1,)]
        assert sqlite_files.BEGINS in places.assumed
    assert path.read_bytes() == before


def test_memory_is_private_to_a_connection() -> None:
    """Each connection to `:memory:` has a database of its own."""
    with running(Places(), list):
        one, other = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
        one.execute("CREATE TABLE t (x)")
        with pytest.raises(real.OperationalError, match="no such table"):
            other.execute("SELECT * FROM t")


def test_what_is_not_modelled_ends_the_exploration() -> None:
    """URIs are refused, and functions of the author's inside of SQLite leave no verdict."""
    places = Places()
    with running(places, list):
        with pytest.raises(CannotDecide, match=BY_URI.split(",", maxsplit=1)[0]):
            sqlite3.connect("file::memory:?cache=shared", uri=True)
        sqlite3.connect(":memory:").create_function("f", 0, lambda: 1)
    assert [reason for reason in places.unfaithful if "create_function" in reason]


def test_a_script_that_meets_a_lock_cannot_be_judged() -> None:
    """How far a script has come is not known, so it is not done again."""

    def body() -> None:
        connection = sqlite3.connect("shop.db", isolation_level=None)
        connection.executescript("BEGIN IMMEDIATE; UPDATE counter SET value = value + 1")
        connection.execute("COMMIT")

    with pytest.raises(CannotDecide, match=SCRIPT.split(".", maxsplit=1)[0]):
        explored(two(body), value)


def test_rolled_back_is_undone_and_a_failed_block_too() -> None:
    """`rollback`, `close` and a block that fails leave nothing behind."""
    with running(Places(), list):
        connection = opened()
        connection.execute("UPDATE counter SET value = 5")
        assert connection.in_transaction
        connection.rollback()
        with suppress(ZeroDivisionError), connection:
            connection.execute("UPDATE counter SET value = 6")
            raise ZeroDivisionError
        other = sqlite3.connect("shop.db")
        other.execute("UPDATE counter SET value = 7")
        other.close()
        assert value() == 0
        connection.row_factory = real.Row
        assert connection.execute("SELECT value AS v FROM counter").fetchone()["v"] == 0
        cursor = connection.executemany("INSERT INTO counter VALUES (?)", ((n,) for n in range(3)))
        assert cursor.rowcount == 3
        assert [row["value"] for row in connection.execute("SELECT value FROM counter")] == [0, 0, 1, 2]
