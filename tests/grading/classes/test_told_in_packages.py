"""A finding in a package of somebody else's is told, and its schedule judged: the package is rewritten on the way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.running.replaying import replay
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

from .graded import program

THEIRS = """
import threading

class Counter:
    def __init__(self):
        self.n, self.lock = 0, threading.Lock()

    def add(self):
        n = self.n
        self.n = self.after(n)

    def after(self, n):
        return n + 1

    def add_locked(self):
        with self.lock:
            self.add()
"""
OWN = """
    import elsewhere

    def make():
        return elsewhere.Counter()
"""


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Two threads that count with a class of theirs."""
    theirs, own = tmp_path / "theirs", tmp_path / "own"
    theirs.mkdir()
    own.mkdir()
    (theirs / "elsewhere.py").write_text(THEIRS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(theirs))
    yield program(own, OWN, "make()", "it.add()", "it.add()", then=("it.n",))
    sys.modules.pop("elsewhere", None)


def test_a_finding_there_is_told(counted: Program) -> None:
    """With its name and the lines of the package."""
    told = tell(grade_program(counted, GIL))
    assert told.name == "lost update"
    assert "elsewhere.py:" in "\n".join(told.table())


def test_a_schedule_there_is_judged(counted: Program) -> None:
    """The one that loses, and one that does not; and the right twin loses nothing."""
    schedule = grade_program(counted, GIL).schedule
    assert replay(lambda _: None, counted, GIL, schedule, 20, 100).verdict == FOUND
    locked = replace(counted, tasks=(("it.add_locked()",),) * 2)
    assert grade_program(locked, GIL).verdict == NONE
    assert replay(lambda _: None, locked, GIL, "A1 B1", 20, 100).verdict == NONE
