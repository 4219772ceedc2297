"""Functions of Python's own, which are not rewritten: another thread can come where one begins, as it really does."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import json
    import threading
    from dataclasses import dataclass
    from enum import Enum, Flag
    from fractions import Fraction
    from pathlib import PurePosixPath

    class Color(Enum):
        RED = 1

    class Rights(Flag):
        READ = 1
        WRITE = 2

    @dataclass
    class Point:
        x: int = 0

    @dataclass(frozen=True)
    class Key:
        x: int = 0

    class It:
        def __init__(self):
            self.lock = threading.Lock()
            self.n, self.point, self.origin, self.table = 0, Point(), Point(), {"k": 0}
            self.many, self.seen = [Point(1)], set()
            self.sum, self.rights, self.path, self.text = Fraction(0), Rights(0), PurePosixPath("a"), "a"
            self.half, self.write, self.red, self.key = Fraction(1, 2), Rights.WRITE, Color.RED, Key()
            self.counts = {self.red: 0, self.key: 0, self.path: 0, (self.red, 1): 0, "a": 0, (1, 2): 0}

        def locked(self, call, *args):
            with self.lock:
                return getattr(self, call)(*args)

        def move(self):
            self.n = self.point.x = self.table["k"] = 1

        def in_json(self):
            n = self.n
            return n, json.dumps(self.table)

        def in_repr(self):
            n = self.n
            return n, repr(self.point)

        def in_text(self):
            n = self.n
            return n, f"{self.point}"

        def in_percent(self):
            n = self.n
            return n, "%s" % self.point

        def in_comparison(self):
            n = self.n
            return n, self.point == self.origin

        def in_c(self):
            n = self.n
            return n, str(self.table), self.table == {}

        def add(self):
            self.sum += self.half

        def divide(self):
            self.path /= "x"

        def allow(self):
            self.rights = self.rights | self.write if self.n else self.rights ^ self.write

        def append(self):
            self.text += "x"

        def count(self, name):
            self.counts[getattr(self, name)] += 1

        def count_pair(self):
            self.counts[self.red, 1] += 1

        def count_plain_pair(self):
            self.counts[1, 2] += 1

        def compare(self):
            n = self.n
            if self.origin == self.origin:
                self.n = n + 1

        def search(self):
            n = self.n
            if self.red not in self.seen:
                self.n = n + 1

        def display(self):
            n = self.n
            keys = {self.key}
            self.n = n + 1

        def display_pairs(self):
            n = self.n
            pairs = {self.key: 1}
            self.n = n + 1

        def display_plain(self):
            n = self.n
            keys, pairs = {self.text, 1}, {self.text: 1, **self.table}
            self.n = n + 1

        def search_many(self):
            n = self.n
            if self.origin not in self.many:
                self.n = n + 1

        def compare_text(self):
            n = self.n
            if self.text == "a":
                self.n = n + 1
"""
THEN = ("it.n", "it.sum", "str(it.path)", "it.rights.value", "it.text", "list(it.counts.values())")


def verdict(folder: Path, *calls: str) -> str:
    """Of threads with a call each."""
    return grade_program(program(folder, SOURCE, "It()", *[f"it.{call}" for call in calls], then=THEN), GIL).verdict


@pytest.mark.parametrize("name", ["in_json", "in_repr", "in_text", "in_percent", "in_comparison"])
def test_a_look_by_a_function_is_a_moment_of_its_own(tmp_path: Path, name: str) -> None:
    """What was read before the function begins is older than what it sees; a lock over both is enough."""
    assert verdict(tmp_path, "move()", f"{name}()") == "found"
    assert verdict(tmp_path, 'locked("move")', f'locked("{name}")') == "none"


@pytest.mark.parametrize(
    ("call", "args"),
    [
        *[(call, "") for call in ("add", "divide", "allow", "compare", "search", "count_pair")],
        *[("display", ""), ("display_pairs", "")],
        *[("count", f'"{name}"') for name in ("red", "key", "path")],
    ],
)
def test_a_change_is_lost_where_an_operator_or_a_hash_is_a_function(tmp_path: Path, call: str, args: str) -> None:
    """Between the old value and the new one; a lock over both is enough."""
    locked = f'locked("{call}"{", " + args if args else ""})'
    assert verdict(tmp_path, f"{call}({args})", f"{call}({args})") == "found"
    assert verdict(tmp_path, locked, locked) == "none"


@pytest.mark.parametrize(
    "call", ["append()", "count('text')", "count_plain_pair()", "compare_text()", "display_plain()"]
)
def test_what_c_does_is_not_interrupted(tmp_path: Path, call: str) -> None:
    """Texts, and keys of texts and numbers: real threads lose nothing either."""
    assert verdict(tmp_path, call, call) == "none"


def test_one_look_by_c_is_no_moment_of_its_own(tmp_path: Path) -> None:
    """The text of a dictionary of numbers, and a comparison with one."""
    assert verdict(tmp_path, "move()", "in_c()") == "none"


def test_a_comparison_that_may_run_or_not_is_no_pass(tmp_path: Path) -> None:
    """What is searched for in a list is compared only if the list is not empty, and with what is not the same."""
    assert verdict(tmp_path, "search_many()", "search_many()") == "cannot tell"
    assert verdict(tmp_path, 'locked("search_many")', 'locked("search_many")') == "none"
