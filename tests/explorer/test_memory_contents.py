"""What a task has read and what is there now: two states are one only if no task could tell them apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, UNKNOWN, WHOLE, WRITE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here
from tests.explorer.touching import Body, Box, Run, get, put, running, touch

Bodies = Sequence[Body]
STOP = 9
"""The place of an access that only makes a task stop in the middle of its call."""


def after(make: Callable[[], Bodies], *turns: str, look: Callable[[Run], object]) -> list[object]:
    """What `look` finds after each of these executions; every place is a stop."""
    places = Places()
    places.racy |= set(range(1, 10))
    found = []
    for each in turns:
        with running(places, make) as run:
            run.go(each)
            found.append(look(run))
    return found


def knowledge(run: Run) -> object:
    """What A knows."""
    return run.local("A")


def contents(run: Run) -> object:
    """What is there."""
    return run.memory.state()[0]


def reading(read: Callable[[Box], object], *writes: Callable[[Box], object]) -> Callable[[], Bodies]:
    """A reads and stops in the middle of its call; B, C and so on write."""

    def make() -> Bodies:
        box = Box(x=0, k=0, stop=None)

        def run_a() -> None:
            read(box)
            here.task.fresh = True  # type: ignore[union-attr] # A runs
            get(box, "stop", STOP)

        return [run_a, *[lambda write=write: write(box) for write in writes]]

    return make


def test_a_task_knows_what_it_has_read() -> None:
    """In the middle of a call, what was read before or after a write makes two states."""
    make = reading(lambda box: get(box, "x", 1), lambda box: put(box, "x", 2, 7))
    before, later = after(make, "AB", "BA", look=knowledge)
    assert before != later


def test_a_task_does_not_know_what_it_has_not_read() -> None:
    """A write of what it does not look at changes nothing for it."""
    make = reading(lambda box: get(box, "x", 1), lambda box: put(box, "k", 2, 7))
    before, later = after(make, "AB", "BA", look=knowledge)
    assert before == later


@pytest.mark.parametrize("access", [READ, BOTH])
def test_a_change_of_the_whole_is_read_with_an_item(access: int) -> None:
    """After `clear` an item is not what it was, also for `pop`."""
    make = reading(lambda box: touch(box, "k", access, 1), lambda box: touch(box, WHOLE, CHANGE, 2))
    before, later = after(make, "AB", "BA", look=knowledge)
    assert before != later


def test_a_look_at_the_whole_reads_each_item() -> None:
    """Whoever goes over a dict knows which value came last."""
    make = reading(
        lambda box: touch(box, WHOLE, READ, 1),
        lambda box: touch(box, "k", WRITE, 2, 1),
        lambda box: touch(box, "k", WRITE, 3, 2),
    )
    one, other = after(make, "BCA", "CBA", look=knowledge)
    assert one != other


def test_what_a_task_has_put_is_its_own_for_one_step() -> None:
    """In its next step it reads what others have put there since."""

    def write_and_read(box: Box) -> None:
        touch(box, "x", WRITE, 1)
        here.task.fresh = True  # type: ignore[union-attr] # A runs
        get(box, "stop", STOP)
        touch(box, "x", READ, 2)

    make = reading(write_and_read, lambda box: put(box, "x", 3, 5), lambda box: put(box, "x", 4, 6))
    one, other = after(make, "ABCAA", "ACBAA", look=knowledge)
    assert one != other


def test_everything_that_a_task_has_learnt_counts() -> None:
    """Of two lessons in one step the first is known as well."""

    def known(*lessons: str) -> object:
        def learn(_: Box) -> None:
            for lesson in lessons:
                here.task.learns(lesson)  # type: ignore[union-attr] # A runs

        with running(places, reading(learn)) as run:
            return run.local("A")

    places = Places()
    places.racy.add(STOP)
    assert len({known("a", "b"), known("c", "b"), known("b"), known()}) == 4
    assert known("a", "b") == known("a", "b")


def test_what_was_known_before_a_step_is_known_after_it() -> None:
    """Two tasks that read the same last still differ by what they have read first."""

    def read_twice(box: Box) -> None:
        get(box, "x", 1)
        get(box, "k", 3)

    make = reading(read_twice, lambda box: put(box, "x", 2, 7))
    one, other = after(make, "ABA", "BAA", look=knowledge)
    assert one != other


def written(*values: object) -> list[object]:
    """The contents after each of these values was written by the same step."""

    def make(value: object) -> Bodies:
        box = Box(x=0)
        return [lambda: put(box, "x", 1, value)]

    places, found = Places(), []
    for value in values:
        with running(places, partial(make, value)) as run:
            found.append(contents(run))
    return found


def test_values_that_are_equal_are_one_only_if_they_are_the_same() -> None:
    """1, True and 1.0 are three contents; 1 and 1 are one."""
    assert len(set(map(str, written(1, True, 1.0)))) == 3
    one, other = written(1, 1)
    assert one == other


def test_which_object_a_cell_refers_to_is_its_content() -> None:
    """A list that is stored in place of another one like it is another content."""

    def make(chosen: int) -> Bodies:
        box = Box(x=None, lists=([], []))
        return [lambda: put(box, "x", 1, vars(box)["lists"][chosen])]

    places = Places()
    found = []
    for chosen in (0, 1, 0):
        with running(places, partial(make, chosen)) as run:
            found.append(contents(run))
    assert found[0] != found[1]
    assert found[0] == found[2]


@pytest.mark.parametrize("named", [True, False])
def test_what_a_new_object_holds_depends_on_what_its_maker_knew(named: bool) -> None:
    """An object that was made after another read is another one, with a name or not."""

    def make_and_store(box: Box) -> None:
        get(box, "x", 1)
        made: list[object] = []
        if named:
            assert here.memory is not None
            here.memory.adopt(made, here.task)
        put(box, "k", 2, made if named else UNKNOWN)

    make = reading(make_and_store, lambda box: put(box, "x", 3, 7))
    one, other, again = after(make, "AAB", "BAA", "AAB", look=contents)
    assert one != other
    assert one == again


class Plain:
    """It holds something."""

    def __init__(self, held: object) -> None:
        self.held = held


@pytest.mark.parametrize("holder", [lambda one: [one], lambda one: {"k": one}, lambda one: (one,), Plain])
def test_what_is_held_has_a_name_before_it_is_touched(holder: Callable[[object], object]) -> None:
    """The name of an inner object does not depend on who touches it first."""

    def make() -> Bodies:
        inner.append([])
        Box(holder=holder(inner[-1]))
        return [lambda: touch(inner[-1], WHOLE, READ, 1), lambda: touch(inner[-1], WHOLE, READ, 2)]

    inner: list[object] = []
    one, other = after(make, "AB", "BA", look=lambda run: run.memory.things[id(inner[-1])].name)
    assert one == other


def test_code_is_not_entered_in_search_of_objects() -> None:
    """A list gets its name although a module is stored beside it."""
    inner: list[object] = []

    def make() -> Bodies:
        Box(module=threading, function=after, items=inner)
        return []

    with running(Places(), make) as run:
        assert id(inner) in run.memory.things
        assert id(after) not in run.memory.things
