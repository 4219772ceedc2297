"""Time and chance in a database, and when two states of one are the same."""

from __future__ import annotations

import pytest

from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives.sqlite_functions import STANDS_STILL
from tests.explorer.primitives.test_sqlite import Bodies, opened, sqlite3
from tests.explorer.touching import running

FUNCTIONS = {
    "CURRENT_TIMESTAMP": "1970-01-01 00:16:40",
    "CURRENT_DATE": "1970-01-01",
    "current_time": "00:16:40",
    "datetime('now')": "1970-01-01 00:16:40",
    "datetime()": "1970-01-01 00:16:40",
    "date('NOW', '+1 day')": "1970-01-02",
    "strftime('%s', 'now')": "1000",
    "strftime('%Y')": "1970",
    "datetime('2024-05-06', '+1 hour')": "2024-05-06 01:00:00",
    "datetime(60, 'unixepoch')": "1970-01-01 00:01:00",
    "date(NULL)": None,
}

COMPUTED = ("datetime('2024-05-06', '+1 hour')", "datetime(60, 'unixepoch')", "date(NULL)")


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_time_in_a_database_stands_still(text: str) -> None:
    """What SQLite says of the time is the same in every execution, and what it computes is right."""
    places = Places()
    with running(places, list):
        assert sqlite3.connect(":memory:").execute(f"SELECT {text}").fetchone() == (FUNCTIONS[text],)
    assert (STANDS_STILL in places.assumed) == (text not in COMPUTED)


def test_a_default_of_a_column_stands_still_too() -> None:
    """A row that is stamped has the same stamp in every execution."""
    with running(Places(), list):
        connection = opened("CREATE TABLE t (x, at TEXT DEFAULT CURRENT_TIMESTAMP)")
        connection.execute("INSERT INTO t (x) VALUES (1)")
        assert connection.execute("SELECT at FROM t").fetchone() == ("1970-01-01 00:16:40",)


def test_chance_in_a_database_is_the_same_in_every_execution() -> None:
    """random() and randomblob() are drawn like all random numbers."""
    drawn = []
    for _ in range(2):
        with running(Places(), list):
            execute = sqlite3.connect(":memory:").execute
            drawn.append(execute("SELECT random(), random(), hex(randomblob(8))").fetchone())
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 3


def test_states_differ_with_the_content_of_a_database() -> None:
    """Two orders that leave different rows are not one state."""

    def make() -> Bodies:
        opened("CREATE TABLE t (x)").close()

        def insert(text: str) -> None:
            with sqlite3.connect("shop.db", isolation_level=None) as connection:
                connection.execute("INSERT INTO t VALUES (?)", (text,))

        return [lambda: insert("a"), lambda: insert("b")]

    places, states = Places(), []
    for turns in ("AABB", "BBAA", "AABB"):
        with running(places, make) as run:
            run.go(turns)
            states.append(run.state())
    assert states[0] == states[2] != states[1]
