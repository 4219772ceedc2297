"""A finding is told by what the author wrote: no constant, no line of Python's own, no lock taken twice for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import Told, tell

from .front import saved
from .graded import program
from .test_front_session import graded, passed

CLASSES = """
import sqlite3
import threading
from collections import namedtuple
from contextlib import ExitStack

Stats = namedtuple("Stats", "hits misses")


class Numbers:
    def __init__(self):
        self._node, self._last = 1, -1
        self._lock = threading.Lock()

    def next(self):
        with self._lock:
            self._last = self._last + 1
        return self._node * 10 + int(self._last)

    def next_locked(self):
        with self._lock:
            self._last = self._last + 1
            return self._node * 10 + int(self._last)

    def begin(self):
        with self._lock:
            self._last = -1
        return len([self._node]) + self._last

    def stats(self):
        hits = int(self._last)
        return Stats(hits, self._last)


class Stripes:
    def __init__(self):
        self._locks = [threading.Lock(), threading.Lock()]

    def both(self, first, second):
        with ExitStack() as stack:
            stack.enter_context(self._locks[first])
            stack.enter_context(self._locks[second])


class Counts:
    def __init__(self, begin="BEGIN"):
        self._begin = begin
        with self._open() as db:
            db.execute("CREATE TABLE counts (name PRIMARY KEY, n)")

    def _open(self):
        return sqlite3.connect("counts.db", isolation_level=None)

    def add(self):
        db = self._open()
        db.execute(self._begin)
        row = db.execute("SELECT n FROM counts").fetchone()
        db.execute("INSERT OR REPLACE INTO counts VALUES ('a', ?)", (row[0] + 1 if row else 1,))
        db.execute("COMMIT")
        db.close()


class Box:
    def __init__(self):
        self._items, self._lock = {}, threading.Lock()

    def put(self, key):
        with self._lock:
            self._items[key] = 1
            if len(self._items) > 1:
                self._items.popitem()

    def size(self):
        return len(self._items)

    def size_locked(self):
        with self._lock:
            return len(self._items)


class Later:
    def __init__(self):
        self._lock = threading.Lock()
        self._timer = None

    def change(self):
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(1, self._fire)
            self._timer.daemon = True
            self._timer.start()

    def _fire(self):
        self._timer = None
"""


def told(tmp_path: Path, make: str, *tasks: str, then: tuple[str, ...] = ()) -> Told | None:
    """The finding on a program, told; None if there is none."""
    result = grade_program(program(tmp_path, CLASSES, make, *tasks, then=then))
    assert result.verdict in (FOUND, NONE)
    return tell(result) if result.verdict == FOUND else None


def test_what_nobody_else_changes_is_not_what_raced(tmp_path: Path) -> None:
    """A constant is read on the way; and who wrote what is there again, wrote it."""
    wrong = told(tmp_path, "Numbers()", "it.next()", "it.next()")
    assert wrong is not None
    assert "self._node" not in wrong.paragraph()
    assert told(tmp_path, "Numbers()", "it.next_locked()", "it.next_locked()") is None
    wrong = told(tmp_path, "Numbers()", "it.begin()", "it.next()")
    assert wrong is not None
    assert "A set self._last to -1 in line" in wrong.paragraph()
    assert "which is not its own" in wrong.paragraph()


def test_a_lock_that_is_only_held_too_short_is_held_longer(tmp_path: Path) -> None:
    """A `with` among the lines can become one around all of them; it is no lock that is taken twice."""
    wrong = told(tmp_path, "Numbers()", "it.next()", "it.next()")
    assert wrong is not None
    assert wrong.paragraph().endswith("take it once there, over all of these lines.")


def test_a_line_of_the_authors_is_shown(tmp_path: Path) -> None:
    """And not one of a class of Python's that takes the lock for it."""
    wrong = told(tmp_path, "Stripes()", "it.both(0, 1)", "it.both(1, 0)")
    assert wrong is not None
    assert "contextlib" not in "\n".join(wrong.table())
    assert "stack.enter_context(self._locks[first])" in "\n".join(wrong.table())
    assert told(tmp_path, "Stripes()", "it.both(0, 1)", "it.both(0, 1)") is None


def test_a_transaction_that_cannot_write_is_told_how_to_begin(tmp_path: Path) -> None:
    """A lock of Python's around it would help one process only."""
    wrong = told(tmp_path, "Counts()", "it.add()", "it.add()")
    assert wrong is not None
    assert "database is locked" in wrong.paragraph()
    assert "Begin with BEGIN IMMEDIATE" in wrong.paragraph()
    assert told(tmp_path, "Counts('BEGIN IMMEDIATE')", "it.add()", "it.add()") is None


def test_the_inside_of_a_timer_is_not_what_raced(tmp_path: Path) -> None:
    """It is Python's own code, in a thread of its own: what the author's lines have lost is told."""
    wrong = told(tmp_path, "Later()", "it.change()", "it.change()")
    assert wrong is not None
    assert "in the call" not in wrong.paragraph()
    assert "changed self._timer from Timer to None" in wrong.paragraph()


def test_what_takes_any_item_is_one_of_two_changes(tmp_path: Path) -> None:
    """Who looks in between sees one item too many, and has to hold the lock for that one look."""
    wrong = told(tmp_path, "Box()", "it.put('a'); it.put('b')", "it.size()")
    assert wrong is not None
    assert wrong.paragraph().startswith("Torn read.")
    assert "of size()" in wrong.paragraph()
    assert told(tmp_path, "Box()", "it.put('a'); it.put('b')", "it.size_locked()") is None


def test_a_tuple_with_names_shows_what_it_holds(tmp_path: Path) -> None:
    """As the author would write it."""
    wrong = told(tmp_path, "Numbers()", "it.stats()", "it.begin()", then=("it.stats()",))
    assert wrong is None
    wrong = told(tmp_path, "Numbers()", "it.stats()", "it.next()")
    assert wrong is not None
    assert "Stats(-1, 0)" in "\n".join(wrong.table())


@pytest.mark.parametrize("right", [False, True])
def test_what_blocks_is_given_other_values(right: bool, tmp_path: Path) -> None:
    """A thread that fails lets its caller wait for ever: with a list it does not, and the calls are graded."""
    source = """
import threading
class Sum:
    def __init__(self): self.total, self.lock = 0, threading.Lock()
    def add(self, numbers):
        done = threading.Event()
        def work():
            square = sum(number * number for number in numbers)
            with self.lock:
                self.total = {}(self.total) + square
            done.set()
        threading.Thread(target=work, daemon=True).start()
        done.wait()
"""
    source = source.replace("{}", "int")
    source = source if right else source.replace("with self.lock:", "if True:")
    report = (passed if right else graded)(saved(tmp_path, source))
    assert report.choice.calls == ("it.add([1])", "it.add([2])")
    assert report.verdict == (NONE if right else FOUND), report.reasons


def test_calls_that_need_other_arguments_are_not_given_more_time(tmp_path: Path) -> None:
    """More of the same would not help."""
    report = graded(saved(tmp_path, "class Wants:\n    def take(self, x):\n        raise OSError(x)\n"), seconds=3)
    assert "need other arguments" in report.sentence()
    assert report.advice().startswith("Give calls that succeed, with other arguments than it.take(")
