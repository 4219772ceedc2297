"""Patterns with classes: each attribute that they look at is a look at what threads share."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import threading
    from abc import ABC, abstractmethod

    class Point:
        __match_args__ = "x", "y"

        def __init__(self):
            self.x = self.y = 0

    class Slow(Point):
        __match_args__ = "first", "second"

        @property
        def first(self):
            return self.x

        @property
        def second(self):
            return self.y

    class Abstract(ABC):
        pass

    class Asks(type):
        def __instancecheck__(cls, one):
            return one.x == one.y

    class Same(metaclass=Asks):
        pass

    Abstract.register(Point)

    class Both:
        def __init__(self):
            self.lock = threading.Lock()
            self.point, self.slow, self.n = Point(), Slow(), 0
            self.pairs, self.table = [[0, 0]], {"a": {"x": 0, "y": 0}}

        def done(self):
            pass

        def set(self):
            self.point.x = 1
            self.done()
            self.point.y = 1

        def set_at_once(self):
            self.point.x = self.point.y = 1

        def set_slow(self):
            self.slow.x = self.slow.y = 1

        def set_pair(self):
            self.pairs[0][0] = 1
            self.done()
            self.pairs[0][1] = 1

        def set_table(self):
            self.table["a"]["x"] = 1
            self.done()
            self.table["a"]["y"] = 1

        def see(self):
            match self.point:
                case Point(x=1, y=1) | Point(0, 0):
                    return "same"
                case Point() as found:
                    return "torn"

        def see_slow(self):
            match self.slow:
                case Slow(a, b):
                    return a, b

        def see_pair(self):
            match self.pairs:
                case [[a, b]] if a == b:
                    return "same"
                case [list()]:
                    return "torn"

        def see_table(self):
            match self.table:
                case {"a": {"x": 0, "y": 0} | {"x": 1, "y": 1}}:
                    return "same"
            return "torn"

        def see_same(self):
            match [self.point]:
                case [Same()]:
                    return "same"
            return "torn"

        def add(self):
            n = self.n
            match self.point:
                case Abstract():
                    self.n = n + 1

        def add_plainly(self):
            n = self.n
            match self.point:
                case Point(x=0, y=0):
                    self.n = n + 1

        def locked(self, call):
            with self.lock:
                return getattr(self, call)()
"""
TORN = [
    ("set", "see"),
    ("set", "see_same"),
    ("set_slow", "see_slow"),
    ("set_pair", "see_pair"),
    ("set_table", "see_table"),
]


def verdict(folder: Path, writes: str, reads: str, model: str = GIL) -> str:
    """Of two threads with a call each."""
    return grade_program(
        program(folder, SOURCE, "Both()", f"it.{writes}", f"it.{reads}", then=("it.n",)), model
    ).verdict


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize(("writes", "reads"), TORN)
def test_a_pattern_sees_what_is_half_done(tmp_path: Path, writes: str, reads: str, model: str) -> None:
    """One attribute is new and the other one old; a lock over both is enough."""
    assert verdict(tmp_path, f"{writes}()", f"{reads}()", model) == "found"
    assert verdict(tmp_path, f"locked({writes!r})", f"locked({reads!r})", model) == "none"


def test_plain_attributes_are_matched_in_one_step_with_a_gil(tmp_path: Path) -> None:
    """C reads them one after another, and no thread can come between; without a GIL one can."""
    assert verdict(tmp_path, "set_at_once()", "see()") == "none"
    assert verdict(tmp_path, "set_at_once()", "see()", FREE_THREADED) == "found"


def test_an_abstract_class_is_asked_in_python(tmp_path: Path) -> None:
    """Its check is a function, where a switch can happen; that of a plain class is C code."""
    assert verdict(tmp_path, "add()", "add()") == "found"
    assert verdict(tmp_path, "add_plainly()", "add_plainly()") == "none"


def test_two_that_only_match_pass(tmp_path: Path) -> None:
    """To match changes nothing."""
    for reads in ("see()", "see_slow()", "see_pair()", "see_table()", "see_same()"):
        assert verdict(tmp_path, reads, reads) == "none"
