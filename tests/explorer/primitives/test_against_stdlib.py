"""The single steps of a model have the endings of the standard library's own source, run over modelled locks."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import pytest

from racelab.explorer.primitives.modules import QUEUE, THREADING
from tests.explorer.primitives import stdlib_over_locks
from tests.explorer.primitives.exploring import MostSchedules, endings
from tests.explorer.primitives.scripts import Step, choose, scripts_over

MOST = 4_000
"""Schedules of the standard library's own source; a program that has more is left out."""
FEW = 500
MANY, SEED = 40, 18
"""Programs of each kind."""
BRIEFLY = 0.001
"""Seconds: to a model any time-out is the same, and real threads have to wait for it."""
LEAST = 0.8
"""At least so many of the programs have to be compared."""
SHAPES = [(1, 1), (1, 2), (2, 1), (2, 2), (1, 1, 1)]


class Kind(NamedTuple):
    """Objects of a kind, what may be done with them, and something that never waits."""

    make: Callable[[Any], Any]
    steps: list[Step]
    last: Step


OF_A_SEMAPHORE: list[Step] = [
    *[("acquire", ()), ("release", ()), ("acquire", (False,)), ("acquire", (True, BRIEFLY)), ("release", (2,))],
    *[("_value", ()), ("release", (0,)), ("acquire", (False, 1))],
]
OF_A_CONDITION: list[Step] = [
    *[
        ("with wait", ()),
        ("with wait", (BRIEFLY,)),
        ("with notify", ()),
        ("with notify", (2,)),
        ("with notify_all", ()),
    ],
    *[("notify", ()), ("wait", ()), ("with", ())],
]
OF_A_QUEUE: list[Step] = [
    *[("put", (1,)), ("put", (2,)), ("get", ()), ("put", (3, False)), ("get", (False,)), ("get", (True, BRIEFLY))],
    *[("put", (4, True, BRIEFLY)), ("qsize", ()), ("task_done", ()), ("join", ()), ("full", ()), ("empty", ())],
    *[("get", (True, -1)), ("put", (5, True, -1))],
]
if sys.version_info >= (3, 13):
    OF_A_QUEUE += [("shutdown", ()), ("shutdown", (True,)), ("is_shutdown", ())]
KINDS: dict[str, Kind] = {
    "event": Kind(
        lambda of: of.Event(),
        [("set", ()), ("clear", ()), ("wait", ()), ("wait", (BRIEFLY,)), ("is_set", ()), ("wait", (0,))],
        ("is_set", ()),
    ),
    "semaphore of none": Kind(lambda of: of.Semaphore(0), OF_A_SEMAPHORE, ("_value", ())),
    "semaphore of one": Kind(lambda of: of.Semaphore(1), OF_A_SEMAPHORE, ("_value", ())),
    "bounded semaphore": Kind(lambda of: of.BoundedSemaphore(1), OF_A_SEMAPHORE[:4], ("_value", ())),
    "condition": Kind(lambda of: of.Condition(), OF_A_CONDITION, ("with", ())),
    "condition over a lock": Kind(lambda of: of.Condition(of.Lock()), OF_A_CONDITION, ("with", ())),
    "barrier": Kind(
        lambda of: of.Barrier(2),
        [
            *[("wait", ()), ("wait", ()), ("wait", (BRIEFLY,)), ("reset", ()), ("abort", ()), ("n_waiting", ())],
            ("broken", ()),
        ],
        ("broken", ()),
    ),
    "queue": Kind(lambda of: of.Queue(1), OF_A_QUEUE, ("qsize", ())),
    "queue without a bound": Kind(lambda of: of.Queue(), OF_A_QUEUE, ("qsize", ())),
    "stack": Kind(lambda of: of.LifoQueue(), OF_A_QUEUE, ("qsize", ())),
    "heap": Kind(lambda of: of.PriorityQueue(), [*OF_A_QUEUE, ("put", ("x",))], ("qsize", ())),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_model_has_the_endings_of_the_standard_library(name: str) -> None:
    """Random small programs end in the same ways, no more and no fewer."""
    kind, chance, compared = KINDS[name], random.Random(f"{SEED} {name}"), 0
    model, own = (
        (QUEUE, stdlib_over_locks.QUEUE) if kind.steps[0][0] == "put" else (THREADING, stdlib_over_locks.THREADING)
    )
    for _ in range(MANY):
        program = choose(chance, kind.steps, *chance.choice(SHAPES))
        try:
            wanted = set(endings(scripts_over(lambda: kind.make(own), program), most=MOST))
        except MostSchedules:
            continue
        compared += 1
        assert set(endings(scripts_over(lambda: kind.make(model), program))) == wanted, program
    assert compared >= LEAST * MANY


@pytest.mark.parametrize("name", KINDS)
def test_two_prefixes_in_one_state_have_the_same_endings(name: str) -> None:
    """A search that goes on from each state once misses no ending."""
    kind, chance = KINDS[name], random.Random(f"{SEED} states {name}")
    model = QUEUE if kind.steps[0][0] == "put" else THREADING
    for _ in range(MANY):
        steps = choose(chance, kind.steps, *chance.choice([*SHAPES, (2, 1, 1)]))
        program = scripts_over(lambda: kind.make(model), steps)
        try:
            every = set(endings(program, most=FEW))
        except MostSchedules:
            continue
        assert set(endings(program, merge=True)) == every, steps


@pytest.mark.parametrize("name", KINDS)
def test_what_an_operation_has_answered_is_known(name: str) -> None:
    """Each operation beside each other one, with one more after it: no ending is missed by recognising states."""
    kind = KINDS[name]
    model = QUEUE if kind.steps[0][0] == "put" else THREADING
    for one, other in product(kind.steps, kind.steps):
        program = scripts_over(lambda: kind.make(model), [[one, kind.last], [other]])
        assert set(endings(program, merge=True)) == set(endings(program)), (one, other)
