"""Which programs are graded: pairs first, none twice, the most promising first."""

from __future__ import annotations

import itertools

from racelab.grading.classes.choosing.choice import ALIKE
from racelab.grading.classes.running.growth import MOST_CALLS, SHAPES, Growth
from racelab.grading.classes.running.symmetry import canonical, once

PAIRS, _, TWO_BY_TWO, THREE, _ = SHAPES
CALLS = ('it.put("a", 1)', 'it.put("b", 1)', 'it.get("a")', "it.clear()")


def test_no_program_comes_twice() -> None:
    """Programs that differ in the order of threads, or in exchanged keys, are one."""
    growth = Growth(CALLS, ALIKE)
    for shape in SHAPES:
        programs = growth.programs(shape)
        assert programs
        assert len({canonical(tasks, ALIKE) for tasks in programs}) == len(programs)


def test_every_program_comes_once() -> None:
    """What is left out is the same as one that is there."""
    pairs = {canonical(tasks, ALIKE) for tasks in Growth(CALLS, ALIKE).programs(PAIRS)}
    assert pairs == {canonical(((one,), (other,)), ALIKE) for one, other in itertools.product(CALLS, CALLS)}
    two = {canonical(tasks, ()) for tasks in Growth(CALLS[:2]).programs(TWO_BY_TWO)}
    calls = list(itertools.product(CALLS[:2], repeat=2))
    assert two == {canonical((one, other), ()) for one, other in itertools.product(calls, calls)}


def test_keys_of_the_author_are_not_exchanged() -> None:
    """Only values that the grader has chosen are alike."""
    assert len(Growth(CALLS[:2], ALIKE).programs(PAIRS)) == 2
    assert len(Growth(CALLS[:2]).programs(PAIRS)) == 3
    one, other = (('f("a")',), ('f("b")',)), (('f("a")',), ('f("a")',))
    assert list(once([one, other], ALIKE)) == [one, other]


def test_calls_that_meet_come_first() -> None:
    """Longer programs in which every call meets another thread's come before others."""
    growth = Growth(("it.a()", "it.b()", "it.c()"))
    for one, other in itertools.combinations_with_replacement(("it.a()", "it.b()", "it.c()"), 2):
        growth.met(((one,), (other,)), {one, other} == {"it.b()", "it.c()"})
    first, *_, last = growth.programs(TWO_BY_TWO)
    assert {call for task in first for call in task} == {"it.b()", "it.c()"}
    assert {call for task in last for call in task} <= {"it.a()", "it.c()"}
    assert first == growth.programs(TWO_BY_TWO)[0]


def test_calls_that_cannot_be_decided_are_left_out_of_longer_programs() -> None:
    """What nothing can be said of in a pair is in no longer program; the rest is."""
    growth = Growth(("it.a()", "it.b()", "it.c()"))
    growth.undecided((("it.a()",), ("it.b()",)))
    growth.undecided((("it.c()",), ("it.c()",)))
    programs = [{call for task in tasks for call in task} for tasks in growth.programs(TWO_BY_TWO)]
    assert {"it.a()"} in programs
    assert not [calls for calls in programs if "it.c()" in calls or {"it.a()", "it.b()"} <= calls]


def test_many_calls_make_pairs_of_all_and_longer_programs_of_the_best() -> None:
    """Every pair is there, and longer programs are made of the calls that meet most."""
    calls = tuple(f"it.f{number}()" for number in range(MOST_CALLS + 4))
    growth = Growth(calls)
    assert len(growth.programs(PAIRS)) == len(calls) * (len(calls) + 1) // 2
    for one, other in itertools.combinations_with_replacement(calls, 2):
        growth.met(((one,), (other,)), calls[-1] in (one, other))
    assert calls[-1] in growth.used(THREE)
    assert len(growth.used(THREE)) == MOST_CALLS
    assert growth.used(PAIRS) == calls
