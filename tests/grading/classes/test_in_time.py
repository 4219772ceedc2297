"""What a call reads from the clock is an input of it: another time is no anomaly. What is lost is lost at any time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from racelab.explorer.kernel.clock import START, Clock
from racelab.explorer.primitives.clock import NONE_PASSED, TIME_STANDS
from racelab.grading.classes.conclusion import in_all
from racelab.grading.classes.program import FREE_THREADED, GIL, Program
from racelab.grading.classes.running.replaying import replay
from racelab.grading.classes.search import grade_program

from .front import saved

SOURCE = """
import threading
import time
from datetime import datetime


class Job:
    def __init__(self):
        self.stamp = time.time()
        self.seen = self.tokens = 0
        self.lock = threading.Lock()

    def work(self):
        time.sleep(1)
        time.sleep(1)

    def touch(self):
        self.stamp = time.time()

    def dated(self):
        self.stamp = datetime.now()

    def later(self):
        threading.Timer(1, self.touch).start()

    def span(self):
        begun = time.monotonic()
        self.work()
        return time.monotonic() - begun

    def hurry(self):
        begun = time.monotonic()
        len([])
        if time.monotonic() - begun > 1:
            raise TimeoutError
        return "in time"

    def since(self):
        return time.time() - self.stamp

    def seen_at(self):
        with self.lock:
            self.seen = time.time()
            return self.seen

    def seen_late(self):
        now = time.time()
        with self.lock:
            self.seen = now
            return now

    def slow(self):
        old = self.tokens
        time.sleep(1)
        self.tokens = old + 1
        return time.time()

    def slow_locked(self):
        with self.lock:
            return self.slow()

    def refill(self):
        with self.lock:
            now = time.time()
            self.tokens += now - self.stamp
            self.stamp = now

    def refill_late(self):
        now = time.time()
        with self.lock:
            self.tokens += now - self.stamp
            self.stamp = now

    def once(self):
        if time.time() - self.stamp >= 2:
            self.stamp = time.time()
            return "done"
        return "too early"

    def once_locked(self):
        with self.lock:
            return self.once()

"""
RIGHT = (
    (("it.touch()",), ("it.work()",)),
    (("it.dated()",), ("it.work()",)),
    (("it.touch()",), ("it.later()",)),
    (("it.span()",), ("it.work()",)),
    (("it.span()",), ("it.touch()",)),
    (("it.hurry()",), ("it.work()",)),
    (("it.work()", "it.since()"), ("it.work()",)),
    (("it.seen_at()",), ("it.seen_at()",), ("it.work()",)),
    (("it.slow_locked()",), ("it.slow_locked()",)),
    (("it.work()", "it.refill()"), ("it.refill()",)),
    (("it.once_locked()",), ("it.once_locked()",), ("it.work()",)),
)
WRONG = (
    ((("it.seen_late()",), ("it.seen_late()",), ("it.work()",)), "atomicity violation"),
    ((("it.slow()",), ("it.slow()",)), "lost update"),
    ((("it.work()", "it.refill_late()"), ("it.refill_late()",)), "atomicity violation"),
    ((("it.once()",), ("it.once()",), ("it.work()",)), "check-then-act"),
)


def program(folder: Path, tasks: Sequence[Sequence[str]]) -> Program:
    """Of these calls. What is left is observed."""
    saved(folder, SOURCE)
    return Program(str(folder), "sample", "Job()", tuple(map(tuple, tasks)), ("it.stamp", "it.seen", "it.tokens"))


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize("tasks", RIGHT, ids=str)
def test_another_time_is_no_anomaly(tasks: Sequence[Sequence[str]], model: str, tmp_path: Path) -> None:
    """One after another these calls read other times than beside each other."""
    result = grade_program(program(tmp_path, tasks), model, 30)
    assert result.verdict == "none", (result.unsure, result.gaps, result.schedule, result.ending)


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize(("tasks", "name"), WRONG, ids=str)
def test_what_is_lost_is_lost_at_any_time(
    tasks: Sequence[Sequence[str]], name: str, model: str, tmp_path: Path
) -> None:
    """The twins: an older time overwrites a later one, an update is lost, a time counts twice, or it is done twice."""
    result = grade_program(program(tmp_path, tasks), model, 30)
    assert (result.verdict, result.name) == ("found", name), (result.unsure, result.gaps)


def test_a_schedule_is_judged_at_its_times(tmp_path: Path) -> None:
    """A schedule that leads to a time in between is harmless, and its order is told; the one that loses is found."""
    between = program(tmp_path, RIGHT[0])
    told = replay(lambda _: None, between, GIL, "B1 A1 B1", 20, 100)
    assert (told.verdict, told.story is not None) == ("none", True), told
    lost = program(tmp_path, WRONG[1][0])
    schedule = grade_program(lost, GIL, 20).schedule
    assert replay(lambda _: None, lost, GIL, schedule, 20, 100).verdict == "found"


@pytest.mark.parametrize(("task", "says"), [("it.work()", TIME_STANDS), ("it.touch()", NONE_PASSED)])
def test_a_report_says_whether_any_time_has_passed(task: str, says: str, tmp_path: Path) -> None:
    """Where nothing slept, nothing has expired."""
    result = grade_program(program(tmp_path, (("it.since()",), (task,))), GIL, 30)
    assert {TIME_STANDS, NONE_PASSED} & {*result.assumed} == {says}
    assert in_all([NONE_PASSED, "else", TIME_STANDS]) == ("else", TIME_STANDS)
    assert in_all([NONE_PASSED, "else"]) == (NONE_PASSED, "else")


def test_a_clock_gives_what_it_was_given() -> None:
    """In the order in which it was read, and never earlier afterwards."""
    reader, other = ("A", "", 0), ("B", "", 0)
    clock = Clock(((reader, (START + 5, START + 7)),))
    assert [clock.read(reader), clock.read(reader), clock.read(reader)] == [START + 5, START + 7, START + 7]
    clock.seconds += 1
    assert clock.read(other) == START + 8
    assert clock.times_of([other]) == ((other, (START + 8,)),)


def test_where_no_time_passes_nothing_depends_on_it() -> None:
    """Then every reading is the same."""
    clock = Clock()
    clock.read(("A", "", 0))
    assert clock.times() == ()
    clock.seconds += 1
    assert clock.times() == ((("A", "", 0), (START,)),)
