"""Calls that only succeed together: one after another each waits for ever, and that is no fault of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.search import NOTHING_SUCCEEDS, grade_program
from tests.grading.classes.graded import program

MEETINGS = """
    import threading

    class Gate:
        def __init__(self):
            self.barrier = threading.Barrier(2)
            self.lock = threading.Lock()
            self.met = 0

        def meet(self):
            self.barrier.wait()
            with self.lock:
                self.met += 1

        def count(self):
            with self.lock:
                return self.met

    class Racy(Gate):
        def meet(self):
            self.barrier.wait()
            met = int(self.met)
            self.met = met + 1

    class Apart:
        def __init__(self):
            self.changed, self.here = threading.Condition(), 0

        def meet(self):
            with self.changed:
                self.here += 1
                if self.here == 2:
                    self.changed.notify_all()
                    return
            with self.changed:
                self.changed.wait()

    class OneWakes:
        def __init__(self):
            self.changed, self.here = threading.Condition(), 0

        def meet(self, wakes):
            with self.changed:
                self.here += 1
                if self.here == 2 and wakes:
                    self.changed.notify_all()
                while self.here < 2:
                    self.changed.wait()

    class Never:
        def __init__(self):
            self.event = threading.Event()

        def meet(self):
            self.event.wait()

    class Hand:
        def __init__(self):
            self.changed, self.item, self.full = threading.Condition(), None, False

        def give(self, item):
            with self.changed:
                while self.full:
                    self.changed.wait()
                self.item, self.full = item, True
                self.changed.notify_all()
                while self.full:
                    self.changed.wait()

        def take(self):
            with self.changed:
                while not self.full:
                    self.changed.wait()
                return self.taken()

        def taken(self):
            item, self.item, self.full = self.item, None, False
            self.changed.notify_all()
            return item

    class Greedy(Hand):
        def take(self):
            with self.changed:
                if not self.full:
                    self.changed.wait()
                return self.taken()

    class Deaf:
        def __init__(self):
            self.changed, self.items = threading.Condition(), []

        def put(self, item):
            with self.changed:
                self.items.append(item)

        def get(self):
            with self.changed:
                while not self.items:
                    self.changed.wait()
                return self.items.pop()
"""
"""Right ones and wrong ones: who waits is woken by another call, or is not."""
MEET, GIVE, TAKE = "it.meet()", "it.give(1)", "it.take()"


def graded(folder: Path, kind: str, *tasks: str) -> tuple[str, str]:
    """The verdict on a program, and how it ends badly or why nothing can be said."""
    result = grade_program(program(folder, MEETINGS, f"{kind}()", *tasks))
    return result.verdict, result.kind or result.unsure


@pytest.mark.parametrize(
    ("kind", "tasks"),
    [
        ("Gate", (MEET, MEET)),
        ("Gate", (MEET, MEET, MEET)),
        ("Gate", ("it.meet(); it.count()", "it.count(); it.meet()")),
        ("Gate", (MEET, "it.count()")),
        ("Hand", (GIVE, TAKE)),
        ("Hand", ("it.give(1); it.give(2)", TAKE, TAKE)),
    ],
)
def test_calls_that_succeed_together_are_a_pass(tmp_path: Path, kind: str, tasks: tuple[str, ...]) -> None:
    """A barrier, and a queue without a place, end as their calls do when one lets the next begin."""
    assert graded(tmp_path, kind, *tasks) == ("none", "")


@pytest.mark.parametrize(
    ("kind", "tasks", "ending"),
    [
        ("Racy", (MEET, MEET), "found"),
        ("Apart", (MEET, MEET), "deadlock"),
        ("Greedy", (GIVE, TAKE, TAKE), "answers"),
        ("Hand", (GIVE, "it.give(2)", TAKE), "deadlock"),  # what the other has given is no reason to wait
        ("Deaf", ("it.get()", "it.put(1)"), "deadlock"),
        ("Deaf", ("it.get(); it.get()", "it.put(1)"), "deadlock"),
    ],
)
def test_what_goes_wrong_among_them_is_found(tmp_path: Path, kind: str, tasks: tuple[str, ...], ending: str) -> None:
    """A lost wake-up, a stolen one and a lost update are no order of calls that wait for each other."""
    result = grade_program(program(tmp_path, MEETINGS, f"{kind}()", *tasks, then=("it.met",) * (kind == "Racy")))
    assert ending in (result.verdict, result.kind)


def test_a_call_that_nobody_ever_wakes_is_no_pass(tmp_path: Path) -> None:
    """Where no call succeeds in any way, or only the order says who is woken, nothing can be told."""
    assert graded(tmp_path, "Never", MEET, MEET) == ("cannot tell", NOTHING_SUCCEEDS)
    verdict, why = graded(tmp_path, "OneWakes", "it.meet(True)", "it.meet(False)")
    assert verdict == "cannot tell"
    assert why.startswith("Its calls only succeed together")
