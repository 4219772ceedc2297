"""A call whose first action starts a thread has begun before that thread takes a step."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.search import grade_program

from .front import saved

SOURCE = """
import threading


class Through:
    def __init__(self):
        self.value = 0

    def put(self, value):
        self.value = value

    def both(self, target, *given):
        thread = threading.Thread(target=target, args=given)
        thread.start()
        thread.join()

    def one(self):
        self.both(self.put, 1)

    def swap(self):
        old = self.value
        self.value = 2
        return old


class Deep(Through):
    def one(self):
        self.both(self.both, self.put, 1)


class InC(Through):
    def __init__(self):
        self.value = []

    def one(self):
        self.both(self.value.append, 1)

    def swap(self):
        return len(self.value)


class Lost(Through):
    def put(self, value):
        old = self.value
        len([])
        self.value = old + value


class Before(Through):
    def one(self):
        with_both = self.value
        self.both(self.put, with_both + 1)
"""


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("Through", "none"), ("Deep", "none"), ("InC", "none"), ("Lost", "found"), ("Before", "found")],
)
def test_a_thread_that_a_call_starts_comes_after_its_beginning(name: str, verdict: str, tmp_path: Path) -> None:
    """The thread may overtake another call, and its own has begun by then; what it loses is lost all the same."""
    saved(tmp_path, SOURCE)
    program = Program(str(tmp_path), "sample", f"{name}()", (("it.one()",), ("it.swap()",)), ("it.value",))
    result = grade_program(program, GIL, 20)
    assert result.verdict == verdict, (result.unsure, result.gaps, result.schedule)
