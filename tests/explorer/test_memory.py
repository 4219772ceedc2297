"""What ordinary code touches: which places race, what orders accesses, and when two states are one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, WHOLE, WRITE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here
from tests.explorer.touching import Body, Box, Mutex, get, put, running, touch

Bodies = Sequence[Body]
SECOND = 10
"""Added to the places of B, so that every access has a place of its own."""


def racy(make: Callable[[], Bodies]) -> set[int]:
    """The places that are found to race when A runs before B."""
    places = Places()
    with running(places, make) as run:
        for task in run.tasks:
            while task.ready():
                task.resume()
        assert run.errors() == [None] * len(run.tasks)
    return places.racy


def two(one: Callable[[Box], object], other: Callable[[Box], object]) -> Callable[[], Bodies]:
    """A and B on one box."""

    def make() -> Bodies:
        box = Box(x=0, y=0)
        return [lambda: one(box), lambda: other(box)]

    return make


def test_a_write_races_with_a_write_and_with_a_read() -> None:
    """Conflicting accesses that nothing orders make both places racy."""
    assert racy(two(lambda box: put(box, "x", 1, 1), lambda box: put(box, "x", 2, 2))) == {1, 2}
    assert racy(two(lambda box: get(box, "x", 1), lambda box: put(box, "x", 2, 2))) == {1, 2}
    assert racy(two(lambda box: put(box, "x", 1, 1), lambda box: get(box, "x", 2))) == {1, 2}


def test_two_reads_and_two_cells_do_not_race() -> None:
    """Where nothing is written, or not the same location, nothing races."""
    assert racy(two(lambda box: get(box, "x", 1), lambda box: get(box, "x", 2))) == set()
    assert racy(two(lambda box: put(box, "x", 1, 1), lambda box: put(box, "y", 2, 2))) == set()


def test_an_access_to_all_of_a_container_meets_every_item() -> None:
    """Who looks at the whole looks at each item, and the other way round."""
    whole, item = (lambda box: touch(box, WHOLE, READ, 1)), (lambda box: touch(box, "k", WRITE, 2))
    assert racy(two(whole, item)) == {1, 2}
    assert racy(two(lambda box: touch(box, WHOLE, CHANGE, 1), lambda box: touch(box, "k", READ, 2))) == {1, 2}
    assert racy(two(lambda box: touch(box, "j", WRITE, 1), lambda box: touch(box, "k", WRITE, 2))) == set()


@pytest.mark.parametrize("one_lock", [True, False])
def test_a_lock_orders_what_it_protects_and_no_other_does(one_lock: bool) -> None:
    """With one lock for both nothing races; with a lock each it does."""

    def make() -> Bodies:
        box = Box(x=0)
        first = Mutex()
        second = first if one_lock else Mutex()

        def add(lock: Mutex, site: int) -> None:
            with lock:
                put(box, "x", site + 1, get(box, "x", site) + 1)

        return [lambda: add(first, 1), lambda: add(second, 1 + SECOND)]

    assert bool(racy(make)) is not one_lock


def counter() -> Bodies:
    """A and B add one each, with a call between reading and writing."""
    box = Box(x=0)

    def add(site: int) -> int:
        value: int = get(box, "x", site)
        put(box, "x", site + 1, value + 1)
        return value + 1

    return [lambda: add(1), lambda: add(1 + SECOND)]


def known() -> Places:
    """What is known after the races of `counter` were found."""
    places = Places()
    before = None
    while before != places.found():
        before = places.found()
        for first in (0, 1):
            with running(places, counter) as run:
                for task in (run.tasks[first], run.tasks[1 - first]):
                    while task.ready():
                        task.resume()
    return places


def test_a_racy_place_becomes_a_stop() -> None:
    """The second time tasks stop there, so that an update can be lost."""
    places = known()
    with running(places, counter) as run:
        run.go("ABAB")
        assert [task.calls[0].value for task in run.tasks] == [1, 1]
    with running(places, counter) as run:
        run.go("AABB")
        assert [task.calls[0].value for task in run.tasks] == [1, 2]


def test_a_stop_needs_a_place_where_a_switch_can_happen() -> None:
    """Under the GIL there is none between two accesses without a call; without the GIL there is."""

    def make() -> Bodies:
        box = Box(x=0)

        def add(site: int) -> None:
            touch(box, "x", READ, site)
            touch(box, "x", WRITE, site + 1, box.__dict__["x"] + 1)

        return [lambda: add(1), lambda: add(1 + SECOND)]

    for free_threaded, stops in ((False, 1), (True, 2)):
        places = Places(free_threaded)
        places.racy |= {1, 2, 11, 12}
        with running(places, make) as run:
            run.go("A" * stops)
            assert run.tasks[0].done


def test_two_orders_that_lead_to_the_same_are_one_state() -> None:
    """Whoever adds first, the same was left behind; what was read makes the difference."""
    places = known()
    states = []
    for turns in ("AABB", "BBAA", "ABAB", "ABBA"):
        with running(places, counter) as run:
            run.go(turns)
            states.append(run.state())
    assert states[2] == states[3]
    assert len(set(map(str, states[:3]))) == 3


def test_an_unknown_content_is_known_by_who_made_it() -> None:
    """A list that was appended to is another one for each order of appending."""
    places = Places()
    places.racy |= {1, 2}

    def make() -> Bodies:
        box = Box()
        return [lambda: touch(box, WHOLE, CHANGE, 1), lambda: touch(box, WHOLE, CHANGE, 2)]

    states = []
    for turns in ("AB", "BA"):
        with running(places, make) as run:
            run.go(turns)
            states.append(run.memory.state())
    assert states[0] != states[1]


def test_a_replaced_content_forgets_what_was_there() -> None:
    """A write of a plain value leaves the same behind, whatever was there before."""
    places = Places()
    places.racy |= {1, 2, 3}

    def make() -> Bodies:
        box = Box(x=0)

        def last() -> None:
            put(box, "x", 3, 7)

        return [lambda: touch(box, "x", WRITE, 1, 1), lambda: touch(box, "x", WRITE, 2, 2), last]

    states = []
    for turns in ("ABC", "BAC"):
        with running(places, make) as run:
            run.go(turns)
            states.append(run.memory.state()[0])
    assert states[0] == states[1]


def test_what_a_task_has_put_itself_in_a_step_it_has_not_read() -> None:
    """Reading back one's own write teaches nothing; reading what one has only changed does."""

    def knows(*accesses: int) -> int:
        places = Places()
        places.racy |= {5}

        def run_all(box: Box) -> None:
            touch(box, "y", READ, 5)
            for access in accesses:
                touch(box, "x", access, 1)
            touch(box, "y", READ, 6)
            assert here.task is not None
            seen.append(len(here.task.seen))

        seen: list[int] = []
        with running(places, two(run_all, lambda _: None)) as run:
            run.go("A")
        return seen[0]

    assert knows(WRITE, READ) == knows(WRITE)
    assert knows(CHANGE, READ) == knows(CHANGE) + 1


def test_the_clock_is_part_of_the_state_from_its_first_reading_on() -> None:
    """Whoever reads it later learns who slept when, so all executions before were merged too far."""
    places = Places()
    with running(places, lambda: [lambda: None]) as run:
        run.memory.clock.seconds += 1
        unread = run.memory.state()
        run.memory.now(None)
        assert run.memory.grown
        assert run.memory.state() != unread
    with running(places, lambda: [lambda: None]) as run:
        run.memory.now(None)
        assert not run.memory.grown


def test_two_zeros_are_not_one_content() -> None:
    """0.0 and -0.0 are equal, and a program can tell them apart."""

    def state(places: Places, zero: float) -> object:
        with running(places, two(lambda box: put(box, "x", 1, zero), lambda _: None)) as run:
            return run.memory.state()

    places = Places()
    assert state(places, 0.0) != state(places, -0.0)
    assert state(places, 0.0) == state(places, 0.0)


def test_both_looks_and_replaces() -> None:
    """`BOTH` races with a read as a write does, and is a look."""
    assert racy(two(lambda box: touch(box, "x", BOTH, 1), lambda box: touch(box, "x", READ, 2))) == {1, 2}


def test_a_lock_that_another_task_holds_is_waited_for() -> None:
    """Whoever holds it goes on; the other is not ready, and why is said."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()

        def add(site: int) -> None:
            with lock:
                touch(box, "x", WRITE, site, 1)
                lock.stop("look at")

        return [lambda: add(1), lambda: add(2)]

    with running(Places(), make) as run:
        run.go("A")
        assert not run.tasks[1].ready()
        assert "lock" in run.tasks[1].why_not()
        run.go("ABB")
        assert run.errors() == [None, None]


def test_a_primitive_of_another_execution_is_refused() -> None:
    """What lives longer than an execution would carry its state into the next one."""
    kept: list[Mutex] = []

    def make() -> Bodies:
        if not kept:
            kept.append(Mutex())
        return [kept[0].__enter__]

    with running(Places(), make):
        pass
    with pytest.raises(CannotDecide, match="belongs to an execution that is over"), running(Places(), make) as run:
        run.go("A")


def test_a_race_alone_makes_the_exploration_begin_anew() -> None:
    """Also between an item and the whole, which are cells that one task each has touched; in either order."""
    item, whole = (lambda box: touch(box, "k", WRITE, 1)), (lambda box: touch(box, WHOLE, READ, 2))
    for first, second in ((item, whole), (whole, item)):
        places = Places()
        with running(places, two(first, second)) as run:
            assert (places.racy, run.memory.grown) == ({1, 2}, True)
    with running(Places(), two(item, lambda _: None)) as run:
        assert not run.memory.grown


def test_what_follows_a_release_is_not_ordered_by_it() -> None:
    """A lock orders what came before its release; a write after it races with whoever takes the lock next."""

    def make(late: bool) -> Bodies:
        box, lock = Box(x=0), Mutex()

        def write() -> None:
            with lock:
                if not late:
                    put(box, "x", 1, 1)
            if late:
                put(box, "x", 1, 1)

        def read() -> None:
            with lock:
                get(box, "x", 2)

        return [write, read]

    assert racy(lambda: make(late=True)) == {1, 2}
    assert racy(lambda: make(late=False)) == set()


def test_a_change_keeps_what_was_there() -> None:
    """A list that is appended to still differs as it did before."""
    places = Places()
    places.racy |= {1, 2, 3}

    def state(value: int) -> object:
        def make() -> Bodies:
            box = Box(x=0)
            return [lambda: put(box, "x", 1, value), lambda: touch(box, "x", CHANGE, 2)]

        with running(places, make) as run:
            run.go("AB")
            return run.memory.state()[0]

    assert state(1) != state(2)
    assert state(1) == state(1)


def test_callers_that_were_answered_the_same_are_still_two() -> None:
    """Which of them makes the next change is part of what is there."""
    places = Places()
    places.racy |= {1, 2, 3, 4}

    def make() -> Bodies:
        box = Box(x=0)
        return [
            (lambda: touch(box, "y", READ, 1), lambda: touch(box, "x", CHANGE, 3)),
            (lambda: touch(box, "y", READ, 2), lambda: touch(box, "x", CHANGE, 4)),
        ]

    states = []
    for turns in ("AABB", "BBAA"):
        with running(places, make) as run:
            run.go(turns)
            states.append(run.memory.state()[0])
    assert states[0] != states[1]
