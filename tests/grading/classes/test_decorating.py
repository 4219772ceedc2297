"""Functions of Python's that set attributes of functions and classes: done half-way is no pass, and undone after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.result import CANNOT_TELL, NONE
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import dataclasses, functools, threading, typing

    lock = threading.Lock()

    def plain(): ...
    def one(): "of one"
    def other(): "of other"

    class Record:
        n: int = 1

    class Shared:
        def wrap(self, by): functools.update_wrapper(plain, by)
        def wraps(self, by): functools.wraps(by)(plain)
        def named(self): return plain.__name__, plain.__doc__
        def record(self): dataclasses.dataclass(Record)
        def recorded(self): return hasattr(Record, "__dataclass_fields__"), Record.__eq__ is object.__eq__
        def last(self): typing.final(Record)
        def is_last(self): return hasattr(Record, "__final__")

    class Locked(Shared):
        pass

    for name in "wrap wraps named record recorded last is_last".split():
        def under(self, *given, _do=getattr(Shared, name)):
            with lock:
                return _do(self, *given)
        setattr(Locked, name, under)

    class Own:
        def __init__(self): self.made = []
        def make(self, by):
            @functools.wraps(by)
            def inner(): ...
            @dataclasses.dataclass
            class Row:
                n: int = 1
            return inner.__name__, Row(2).n
"""
TWO = [
    ("it.wrap(one)", "it.wrap(other)"),
    ("it.wraps(one)", "it.named()"),
    ("it.record()", "it.recorded()"),
    ("it.last()", "it.is_last()"),
]


@pytest.mark.parametrize("tasks", TWO)
@pytest.mark.parametrize(("make", "verdict"), [("Shared()", CANNOT_TELL), ("Locked()", NONE)])
def test_a_shared_one_is_decorated_in_steps(make: str, verdict: str, tasks: tuple[str, str], tmp_path: Path) -> None:
    """Others could come between two of them, unless a lock keeps them out; and each execution begins without it."""
    then = ("it.named()", "it.recorded()", "it.is_last()")
    result = grade_program(program(tmp_path, SOURCE, make, *tasks, then=then), GIL)
    assert result.verdict == verdict, (result.unsure, result.name)


def test_what_a_call_makes_is_decorated_alone(tmp_path: Path) -> None:
    """Nobody else has it yet; what it is named after is only looked at."""
    result = grade_program(program(tmp_path, SOURCE, "Own()", "it.make(one)", "it.make(one)"), GIL)
    assert result.verdict == NONE, result.unsure
