"""Where no lock protects a cell, which accesses are ordered before which tasks is part of the state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, WRITE
from racelab.explorer.kernel.memory import BESIDE_SET_UP
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import Thread, here, spawn
from tests.explorer.touching import Body, Box, Mutex, get, put, running, touch

Bodies = Sequence[Body]


def pass_through(*locks: Mutex) -> None:
    """Take locks one after another."""
    for lock in locks:
        with lock:
            pass


def orders(make: Callable[[], Bodies], *turns: str, racy: Sequence[int] = (), unordered: Sequence[int] = ()) -> list:  # type: ignore[type-arg] # parts of states
    """The order in the state after each of these executions."""
    places = Places()
    places.racy |= set(racy)
    places.unordered |= set(unordered)
    found = []
    for each in turns:
        with running(places, make) as run:
            run.go(each)
            found.append(run.memory.state()[1])
    return found


def with_set_up(box: Box, access: int) -> None:
    """What set-up does to an attribute that tasks write, as is known."""
    memory = here.memory
    assert memory is not None
    memory.places.written.add((memory.things[id(box)].name, "x"))
    here.task = Thread(memory.stage, "", [], alone=True, memory=memory, index=0)
    touch(box, "x", access, 8, 0)
    here.task = None


@pytest.mark.parametrize("access", [WRITE, CHANGE, BOTH, READ])
def test_whether_an_access_is_ordered_before_a_task_counts(access: int) -> None:
    """If B takes the lock after A, what A has done before is ordered before B."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()
        with_set_up(box, WRITE)

        def run_a() -> None:
            touch(box, "x", access, 1)
            pass_through(lock)

        return [run_a, lambda: pass_through(lock)]

    one, other, again = orders(make, "AB", "BA", "AB")
    assert one != other
    assert one == again


def test_where_nothing_was_written_order_does_not_count() -> None:
    """Reads of what set-up has not written either lead to one state in every order."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()

        def run_a() -> None:
            touch(box, "x", READ, 1)
            pass_through(lock)

        return [run_a, lambda: pass_through(lock)]

    one, other = orders(make, "AB", "BA")
    assert one == other


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("access", [WRITE, READ])
def test_order_counts_under_a_lock_where_another_access_has_none(access: int, known: bool) -> None:
    """What a lock protects is one state in every order; what no lock protects is not."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()
        with_set_up(box, WRITE)

        def run_a() -> None:
            with lock:
                touch(box, "x", access, 1)

        return [run_a, lambda: pass_through(lock)]

    one, other = orders(make, "AB", "BA", unordered=[1] if known else [])
    assert (one != other) is known


def test_what_a_lock_hands_over_counts() -> None:
    """A lock that was released after a write is not one that was released before."""

    def make() -> Bodies:
        box, first, second = Box(x=0), Mutex(), Mutex()

        def run_a() -> None:
            touch(box, "x", WRITE, 1)
            pass_through(first)

        return [run_a, lambda: pass_through(first, second, first)]

    early, late = orders(make, "BBAB", "ABBB")
    assert early != late


def test_a_read_that_a_write_has_followed_does_not_count() -> None:
    """Whoever is ordered after the write is ordered after the read too."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()

        def run_a() -> None:
            touch(box, "x", READ, 1)
            pass_through(lock)

        def run_c() -> None:
            pass_through(lock)
            touch(box, "x", WRITE, 2)

        return [run_a, lambda: pass_through(lock), run_c]

    one, other = orders(make, "ABC", "BAC")
    assert one == other


def unprotected(*tasks: tuple[int, int, bool], racy: Sequence[int] = ()) -> tuple[set[int], bool]:
    """The unprotected places, and whether the exploration begins anew; for each task: access, place, with the lock."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()

        def one(access: int, site: int, locked: bool) -> None:
            if locked:
                with lock:
                    touch(box, "x", access, site)
            else:
                touch(box, "x", access, site)

        return [lambda task=task: one(*task) for task in tasks]  # type: ignore[misc] # one body each

    places = Places()
    places.racy |= set(racy)
    with running(places, make) as run:
        for task in run.tasks:
            while task.ready():
                task.resume()
        return places.unordered, run.memory.grown


def test_one_access_without_the_lock_leaves_all_unprotected() -> None:
    """All places of a cell are unprotected if one is, and the search begins anew."""
    assert unprotected((WRITE, 1, True), (WRITE, 2, False), racy=[1, 2]) == ({1, 2}, True)
    assert unprotected((WRITE, 1, False), (WRITE, 2, True), racy=[1, 2]) == ({1, 2}, True)
    assert unprotected((READ, 1, True), (WRITE, 2, False), racy=[1, 2]) == ({1, 2}, True)
    assert unprotected((WRITE, 1, True), (WRITE, 2, True)) == (set(), False)


def test_what_one_task_uses_or_nobody_writes_needs_no_protection() -> None:
    """One writer alone, and two readers, leave nothing unprotected."""
    assert unprotected((WRITE, 1, False)) == (set(), False)
    assert unprotected((READ, 1, False), (READ, 2, False)) == (set(), False)


@pytest.mark.parametrize("known", [1, 2])
def test_a_race_with_a_known_place_makes_the_other_one_a_stop(known: int) -> None:
    """A place that has raced before may race with a new one."""
    places = Places()
    places.racy.add(known)

    def make() -> Bodies:
        box = Box(x=0)
        return [lambda: put(box, "x", 1, 1), lambda: put(box, "x", 2, 2)]

    with running(places, make) as run:
        for task in run.tasks:
            while task.ready():
                task.resume()
        assert (places.racy, run.memory.grown) == ({1, 2}, True)


@pytest.mark.parametrize("late", [True, False])
def test_set_up_that_goes_on_beside_its_thread_leaves_a_gap(late: bool) -> None:
    """What set-up writes after a start is not explored; what comes before is ordered."""
    places = Places()
    places.racy.add(1)

    def make() -> Bodies:
        box, memory = Box(x=0), here.memory
        assert memory is not None
        here.task = Thread(memory.stage, "", [], alone=True, memory=memory, index=0)
        if not late:
            touch(box, "x", WRITE, 2, 5)
        spawn(memory, "worker", lambda: get(box, "x", 1))
        if late:
            touch(box, "x", WRITE, 2, 5)
        here.task = None
        return []

    with running(places, make) as run:
        for task in run.stage.tasks:
            while task.ready():
                task.resume()
    assert bool(places.gaps[BESIDE_SET_UP]) is late
    assert places.starts_threads


def test_all_that_is_known_of_places_is_counted() -> None:
    """A search has to begin anew whatever of the three it did not know."""
    places = Places()
    counted = [places.found()]
    for known in (places.racy, places.unordered):
        known.add(1)
        counted.append(places.found())
    places.looked.add("tried lock")
    counted.append(places.found())
    assert len(set(counted)) == 4
