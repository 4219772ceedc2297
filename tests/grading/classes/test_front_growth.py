"""Which programs are graded: pairs first, none twice, the most promising first."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

from racelab.grading.classes.choosing.choice import ALIKE
from racelab.grading.classes.result import NONE
from racelab.grading.classes.running.growth import MOST_CALLS, OF_FOUR, SHAPES, Growth
from racelab.grading.classes.running.symmetry import canonical, once
from racelab.grading.classes.search import grade_program
from tests.grading.classes.front import chosen

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


def test_programs_of_four_calls_have_each_method_and_are_few() -> None:
    """Six methods with twelve calls make at most 1,300 programs two by two, and no method is missing."""
    keyed = [f'it.{name}("{key}")' for name in ("put", "get", "remove", "take") for key in "ab"]
    calls = (*keyed, 'it.put("a", 2)', 'it.take("a", 2)', "it.clear()", "it.size()")
    growth = Growth(calls, ALIKE)
    used = growth.used(TWO_BY_TWO)
    assert len(used) == OF_FOUR
    assert {call.partition("(")[0] for call in used} == {call.partition("(")[0] for call in calls}
    assert len(growth.programs(TWO_BY_TWO)) <= 1_300
    assert growth.used(THREE) == growth.used(PAIRS) == calls
    assert Growth(calls, ALIKE, of_four=MOST_CALLS).used(TWO_BY_TWO) == calls


def test_a_class_of_a_hundred_lines_is_soon_graded_two_by_two() -> None:
    """Its pairs and programs two by two are at most 1,300, of at most 20 executions each, and all of them pass."""
    path = Path(__file__).parent / "zoo" / "right" / "timed_cache.py"
    choice = chosen(path, "TimedCache")
    growth = Growth(choice.calls, choice.alike())
    pairs, two = growth.programs(PAIRS), growth.programs(TWO_BY_TWO)
    assert len(path.read_text(encoding="utf-8").splitlines()) >= 100
    assert len(pairs) + len(two) <= 1_300
    results = [grade_program(choice.program(tasks)) for tasks in random.Random(18).sample(two, 12)]
    assert {result.verdict for result in results} == {NONE}
    assert sum(result.executions for result in results) <= 12 * 20


def test_a_call_that_is_made_of_many_meets_single_calls_only() -> None:
    """With another one of its kind it would be no small program; one that is made of two is as any other."""
    growth = Growth(("it.a()", "own = it.b(); it.c(own)", "it.on(1); it.on(2); it.go()"))
    single, two, three = growth._calls
    pairs = growth.programs(SHAPES[0])
    assert ((three,), (single,)) in pairs or ((single,), (three,)) in pairs
    assert ((two,), (two,)) in pairs
    together = {frozenset(call for task in tasks for call in task) for tasks in pairs}
    assert not together & {frozenset((three,)), frozenset((two, three))}
    assert not any(three in task for tasks in growth.programs(SHAPES[1]) for task in tasks)
