"""What a primitive has answered is known to the task: two answers are two states in the middle of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives import MODELLED
from tests.explorer.touching import Body, Flag, running

Operation = Callable[[Any], object]
CASES: list[tuple[str, Operation, Operation]] = [
    ("threading.Lock()", lambda it: it.locked(), lambda it: it.acquire()),
    ("threading.Lock()", lambda it: it.acquire(False), lambda it: it.acquire()),
    ("threading.Lock()", lambda it: it.release(), lambda it: it.acquire()),
    ("threading.RLock()", lambda it: it.acquire(False), lambda it: it.acquire()),
    ("threading.Semaphore()", lambda it: it.acquire(False), lambda it: it.acquire()),
    ("threading.BoundedSemaphore()", lambda it: it.release(), lambda it: it.acquire()),
    ("threading.Event()", lambda it: it.is_set(), lambda it: it.set()),
    ("queue.Queue()", lambda it: it.qsize(), lambda it: it.put(1)),
    ("queue.Queue()", lambda it: it.empty(), lambda it: it.put(1)),
    ("queue.Queue(1)", lambda it: it.full(), lambda it: it.put(1)),
    ("queue.Queue()", lambda it: it.get(block=False), lambda it: it.put(1)),
    ("queue.Queue(1)", lambda it: it.put(2, block=False), lambda it: it.put(1)),
    ("queue.SimpleQueue()", lambda it: it.empty(), lambda it: it.put(1)),
    ("queue.SimpleQueue()", lambda it: it.get(block=False), lambda it: it.put(1)),
    ("threading.Barrier(2)", lambda it: it.broken, lambda it: it.abort()),
]


@pytest.mark.parametrize(("made", "asks", "changes"), CASES, ids=[f"{case[0]}-{i}" for i, case in enumerate(CASES)])
def test_what_was_answered_is_known(made: str, asks: Operation, changes: Operation) -> None:
    """A asks before B has changed something, or after it."""

    def make() -> Sequence[Body]:
        it, flag = eval(made, dict(MODELLED)), Flag()

        def run_a() -> None:
            with suppress(Exception):
                asks(it)
            flag.stop("look at")

        return [run_a, lambda: changes(it)]

    places, known = Places(), []
    for first, second in ("AB", "BA", "AB", "BA", "AB"):  # the first two may have found new kinds of looks
        with running(places, make) as run:
            tasks = {task.name: task for task in run.tasks}
            for name in (first, second):
                while not tasks[name].done and (name == "B" or "look at the flag" not in str(tasks[name].pending)):
                    tasks[name].resume()
            known.append(run.local("A"))
    assert known[2] != known[3]
    assert known[2] == known[4]


def test_a_place_at_a_barrier_is_known() -> None:
    """The first and the second at a barrier of three are told different numbers."""

    def make() -> Sequence[Body]:
        barrier, flag = MODELLED["threading"].Barrier(3), Flag()

        def run_a() -> None:
            barrier.wait()
            flag.stop("look at")

        return [run_a, barrier.wait, barrier.wait]

    places, known = Places(), []
    for turns in ("ABC", "BAC", "ABC"):
        with running(places, make) as run:
            run.go(turns)
            while "look at the flag" not in str(run.tasks[0].pending):
                run.tasks[0].resume()
            known.append(run.local("A"))
    assert known[0] != known[1]
    assert known[0] == known[2]
