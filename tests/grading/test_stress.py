"""Recorded stress: real threads find what is wrong, never accuse what is right, and never call something right."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import Program
from racelab.grading.stress.rounds import has_gil, orders, stress

pytestmark = pytest.mark.stress

LONG = 30.0
"""Seconds; the first bad round ends them."""
SHORT = 0.4
SHOP = """
import sqlite3
import threading
from dataclasses import dataclass


def step(value):
    return value + 1


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value = step(self.value)


class Plus:
    def __init__(self):
        self.value = 0

    def plus(self, n):
        return self.value + n

    def add(self):
        self.value = self.plus(1)


class Locked(Counter):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            super().add()


@dataclass
class Pair:
    left: int = 0

    def both(self):
        return self


class Crossed:
    def __init__(self):
        self.one, self.two = threading.Lock(), threading.Lock()

    def there(self):
        with self.one:
            step(1)
            with self.two:
                return 1

    def back(self):
        with self.two:
            step(1)
            with self.one:
                return 1


class Waits:
    def __init__(self):
        self.told = threading.Event()

    def wait(self):
        self.told.wait()

    def tell(self):
        self.told.set()


class Crashes:
    def start(self):
        thread = threading.Thread(target=self.fail)
        thread.start()
        thread.join()

    def fail(self):
        raise KeyError("x")


class Rows:
    def __init__(self):
        with sqlite3.connect("rows.db") as rows:
            rows.execute("create table rows (n)")

    def add(self):
        with sqlite3.connect("rows.db", timeout=20) as rows:
            rows.execute("insert into rows values (1)")

    def many(self):
        return sqlite3.connect("rows.db").execute("select count(*) from rows").fetchone()[0]


TOTAL = 0


def add():
    global TOTAL
    TOTAL = step(TOTAL)


def total():
    return TOTAL
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a module `shop_under_stress`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "shop_under_stress.py").write_text(SHOP, encoding="utf-8")
    return str(tmp_path)


def program(root: str, make: str, *tasks: tuple[str, ...], then: tuple[str, ...] = ()) -> Program:
    """One on a class of the shop."""
    return Program(root, "shop_under_stress", make, tasks, then)


def test_a_lost_update_is_seen_and_the_lock_stops_it(root: str) -> None:
    """Nudged threads lose an update soon; with a lock around the same lines they lose none."""
    bad = stress(program(root, "Counter()", ("it.add()",), ("it.add()",), then=("it.value",)), LONG, enough=1)
    assert (bad.bad, bad.first) == (1, bad.rounds)
    assert bad.ending is not None
    assert bad.ending.then[0].value == 1
    good = stress(program(root, "Locked()", ("it.add()",), ("it.add()",), then=("it.value",)), SHORT)
    assert good.bad == 0 < good.rounds
    assert "Not seen in" in good.sentence()
    assert "says nothing of other machines" in good.sentence()


@pytest.mark.skipif(not has_gil(), reason="Without a GIL this does lose updates.")
def test_nudges_add_no_place_for_a_switch(root: str) -> None:
    """Between the return of a function of Python and a store CPython does not switch, so nothing may be lost there."""
    told = stress(program(root, "Plus()", ("it.add()",), ("it.add()",), then=("it.value",)), 4 * SHORT, odds=0.5)
    assert told.bad == 0 < told.rounds


def test_state_of_a_module_is_new_in_each_round(root: str) -> None:
    """What an earlier round left in a module would be taken for an anomaly."""
    lost = stress(program(root, "", ("it.add()",), ("it.add()",), then=("it.total()",)), LONG, enough=1)
    assert lost.ending is not None
    assert lost.ending.then[0].value == 1
    one = stress(program(root, "", ("it.add()",), then=("it.total()",)), SHORT)
    assert (one.bad, one.orders) == (0, 1)


def test_a_deadlock_ends_in_time(root: str) -> None:
    """Threads that wait for each other are a bad round, and told by their letters."""
    crossed = stress(program(root, "Crossed()", ("it.there()",), ("it.back()",)), LONG, odds=0.5, enough=1)
    assert crossed.ending is not None
    assert crossed.ending.stuck == ("A", "B")


def test_orders_that_wait_for_ever_are_no_order(root: str) -> None:
    """Waiting before the other tells never ends serially; the order that ends explains every round."""
    waits = stress(program(root, "Waits()", ("it.wait()",), ("it.tell()",)), SHORT)
    assert (waits.bad, waits.orders) == (0, 1)
    never = stress(program(root, "Waits()", ("it.wait()",)), SHORT)
    assert "never end" in never.unsure
    assert never.sentence().startswith("Cannot tell")


def test_a_crash_that_comes_in_every_order_is_no_finding(root: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A thread of the class's own that always fails fails serially too; and nothing is printed of it."""
    crashes = stress(program(root, "Crashes()", ("it.start()",)), SHORT)
    assert crashes.bad == 0 < crashes.rounds
    assert capfd.readouterr().err == ""


def test_a_thread_knows_the_names_that_it_has_assigned(root: str) -> None:
    """A later call of the same thread uses them; another thread has its own."""
    tasks = ("n = len('a')", "n + it.value"), ("n = 5", "n")
    told = stress(program(root, "Counter()", *tasks), SHORT)
    assert (told.bad, told.orders) == (0, 1)
    with_all = stress(program(root, "Counter()", *tasks, ("n",)), SHORT)
    assert with_all.orders == 1


def test_equal_objects_and_new_instances_are_compared(root: str) -> None:
    """The same object twice is not two objects, whatever their addresses are."""
    same = stress(program(root, "Pair()", ("it.both()",), ("it.both()",)), SHORT)
    assert same.bad == 0 < same.rounds


def test_files_of_a_round_are_gone_in_the_next_and_no_other_is(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds run in a folder of their own: a file beside the program stays."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "rows.db").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "kept")
    rows = stress(program(root, "Rows()", ("it.add()",), ("it.add()",), then=("it.many()",)), SHORT)
    assert rows.bad == 0 < rows.rounds
    assert Path.cwd() == tmp_path / "kept"
    assert (tmp_path / "kept" / "rows.db").read_text(encoding="utf-8") == "mine"


def test_the_sentence_gives_odds_and_conditions(root: str) -> None:
    """How often, of how many, how, and on which Python."""
    lost = stress(program(root, "Counter()", ("it.add()",), ("it.add()",), then=("it.value",)), LONG, enough=3)
    assert f"Seen in 3 of {lost.rounds} rounds" in lost.sentence()
    assert f"first in round {lost.first}" in lost.sentence()
    assert ("with a GIL" in lost.sentence()) is has_gil()


def test_all_orders_of_the_calls_are_compared() -> None:
    """Two calls beside one: three orders, each call of a thread in its own order."""
    assert sorted(orders([["a", "b"], ["c"]])) == [
        [(0, 0), (0, 1), (1, 0)],
        [(0, 0), (1, 0), (0, 1)],
        [(1, 0), (0, 0), (0, 1)],
    ]
    assert sum(1 for _ in orders([["a"] * 5, ["b"] * 5, ["c"] * 5])) == 1_000


def test_a_module_without_source_is_refused() -> None:
    """What is compiled cannot be run anew for each round."""
    with pytest.raises(ImportError, match="no source"):
        stress(Program("", "math", "", (("it.sqrt(4)",),)), SHORT)
