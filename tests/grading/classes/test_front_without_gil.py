"""What passes with the GIL is tried without it too, where it has accesses that race."""

from __future__ import annotations

from pathlib import Path

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.running.processes import Processes
from racelab.grading.classes.running.session import Session

SOURCE = """
import threading


class Hits:
    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()

    def hit(self):
        self.count += 1

    def locked(self):
        with self.lock:
            self.count += 1
"""


def graded(folder: Path, call: str, model: str = GIL, without: bool = True) -> Report:
    """The report on two such calls."""
    tasks = ((call,), (call,))
    choice = Choice("hits:Hits", str(folder), "hits", "", "Hits()", tasks, then=("it.count",), model=model)
    with Processes(1) as processes:
        return Session(choice, 20, processes, 1, without=without).run()


def test_a_pass_that_needs_the_gil_says_so(tmp_path: Path) -> None:
    """The verdict stays that of the model; the lines below it name the program. Of the locked one they say nothing."""
    (tmp_path / "hits.py").write_text(SOURCE, encoding="utf-8")
    report = graded(tmp_path, "it.hit()")
    assert (report.verdict, report.findings) == (NONE, [])
    told, command = report.without_gil()
    assert told == "Only with the GIL. Without it: lost update, in it.hit() | it.hit()."
    assert "--model free-threaded --replay " in command
    assert graded(tmp_path, "it.locked()").without_gil() == []
    assert graded(tmp_path, "it.hit()", without=False).without_gil() == []
    assert graded(tmp_path, "it.hit()", FREE_THREADED).verdict == FOUND
