"""Weak references: to what a module has they are decided, to what may go they leave a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE
from racelab.grading.classes.search import grade_program
from tests.grading.classes.graded import program

SOURCE = """
    import threading, weakref

    def listener(): ...

    class Bus:
        def __init__(self):
            self.lock, self.refs, self.names = threading.Lock(), [], {}

        def add_now(self, one):
            self.refs.append(weakref.ref(one, self.gone))
            self.names[id(one)] = len(self.refs)
            return [found() is one for found in self.refs], len(self.names)

        def add(self, one):
            with self.lock:
                return self.add_now(one)

        def gone(self, reference): ...
"""


@pytest.mark.parametrize("one", ["listener", "repr", "Bus", "threading"])
def test_what_a_module_has_never_goes(one: str, tmp_path: Path) -> None:
    """A weak reference to a function, a class or a module is decided, with a lock and without."""
    right = program(tmp_path, SOURCE, "Bus()", f"it.add({one})", f"it.add({one})")
    result = grade_program(right)
    assert (result.verdict, result.gaps) == (NONE, ())
    wrong = program(tmp_path, SOURCE, "Bus()", f"it.add_now({one})", f"it.add_now({one})")
    assert grade_program(wrong, "free-threaded").verdict == FOUND


@pytest.mark.parametrize("one", ["lambda: 1", "Bus()"])
def test_what_may_go_leaves_a_gap(one: str, tmp_path: Path) -> None:
    """A weak reference to what a thread has made is no pass."""
    result = grade_program(program(tmp_path, SOURCE, "Bus()", f"it.add({one})", f"it.add({one})"))
    assert (result.verdict, any("weak reference" in gap for gap in result.gaps)) == (CANNOT_TELL, True)
