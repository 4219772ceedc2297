"""Of all schedules that end badly the smallest one is kept, and it is known where the order of the calls can matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from racelab.explorer.kernel.clock import Clock
from racelab.grading.classes.endings import Concurrent, has_two_calls
from racelab.grading.classes.execution import has_own_threads
from racelab.grading.classes.exploring import Limits, Tally
from racelab.grading.classes.in_time import InTime
from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import Answer, Ending
from racelab.grading.classes.serial import InOrder

TWO = Program("", "m", "C()", (("it.f()",), ("it.g()",)))
MORE = Program("", "m", "C()", (("it.f()", "it.f()"), ("it.g()",)))
WRONG = Ending(((Answer("ok", 9),), (Answer("ok", 9),)), ())


@dataclass
class Ended:
    """An execution at its end."""

    preemptions: int = 0
    turns: list[str] = field(default_factory=list)
    program: Program = TWO
    threads: list[Any] = field(default_factory=list)
    memory: Any = field(default_factory=lambda: SimpleNamespace(clock=Clock()))
    told: Ending = WRONG

    def ending(self) -> Ending:
        """How it has ended."""
        return self.told

    def precedence(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Both calls have overlapped."""
        return ((0, 0),), ((0, 0),)


def concurrent(*runs: Any) -> Concurrent:
    """What is kept of executions that all end badly, or as one after another."""
    serial = InOrder(TWO)
    serial.judge.add(Ending(((Answer("ok", 1),), (Answer("ok", 1),)), ()), (((0, 0),), ((1, 0),)))
    serial.judge.add(Ending(((Answer("ok", 2),), (Answer("ok", 2),)), ()), (((0, 1),), ((0, 0),)))
    tally = Tally(Limits(10))
    found = Concurrent(InTime(serial.judge, TWO, GIL, tally), tally, True, 10)
    for run in runs:
        found.end(run)()
    return found


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        (Ended(1, ["A", "B", "A", "B"]), Ended(2, ["A", "B", "A"])),
        (Ended(1, ["A", "B", "A"]), Ended(1, ["A", "B", "A", "B"])),
    ],
)
def test_the_smallest_schedule_is_kept(smaller: Ended, larger: Ended) -> None:
    """Fewest preemptions first, then fewest steps, whichever was found first."""
    for runs in ((smaller, larger), (larger, smaller)):
        witness = concurrent(*runs).witness
        assert witness is not None
        assert (witness.preemptions, list(witness.turns)) == (smaller.preemptions, smaller.turns)


def test_two_calls_at_once_need_no_order() -> None:
    """Two calls come in their order anyway; with more calls they may not."""
    assert has_two_calls(TWO)
    assert not has_two_calls(MORE)
    one = Ending(((Answer("ok", 1),), (Answer("ok", 1),)), ())
    assert not concurrent(Ended(told=one)).order_matters()
    assert concurrent(Ended(told=one, program=MORE)).order_matters()


def test_a_thread_of_the_class_makes_the_order_matter() -> None:
    """What it does with one call may come after the next one."""
    one = Ending(((Answer("ok", 1),), (Answer("ok", 1),)), ())
    for started in (True, False):
        run: Any = Ended(told=one, threads=[SimpleNamespace(started=started)])
        assert has_own_threads(run) is started
        assert concurrent(run).order_matters() is started
