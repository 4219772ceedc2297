"""Tasks of ordinary code: where they may stop, what a start and a wait teach and order, and what a call leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.cells import READ, WRITE
from racelab.explorer.kernel.places import MOVING, Places
from racelab.explorer.kernel.threads import MOST_LATE, Thread, here, spawn
from racelab.explorer.kernel.waiting import LATE
from racelab.explorer.primitives import clock
from tests.explorer.touching import Body, Box, Flag, Mutex, Run, get, put, running, touch

Bodies = Sequence[Body]


def to_the_end(run: Run) -> None:
    """Each task in turn, those included that were started."""
    for task in run.stage.tasks:
        while task.ready():
            task.resume()


def start(target: Callable[[], object]) -> Thread:
    """A thread that the running task starts."""
    assert here.memory is not None
    return spawn(here.memory, "worker", target)


@pytest.mark.parametrize("what", [lambda _, flag: flag.set(), lambda lock, _: lock.__enter__(), lambda *_: start(str)])
def test_after_an_operation_a_switch_can_happen(what: Callable[[Mutex, Flag], object]) -> None:
    """Who has used a primitive or started a thread stops at the next racy access."""
    places = Places()
    places.racy |= {1, 2}

    def make() -> Bodies:
        box, lock, flag = Box(x=0), Mutex(), Flag()

        def run_a() -> None:
            touch(box, "x", READ, 1)
            what(lock, flag)
            touch(box, "x", READ, 2)

        return [run_a]

    with running(places, make) as run:
        while (point := run.tasks[0].pending) is not None and point.name != places.point(2).name:
            run.tasks[0].resume()
        assert run.tasks[0].pending is places.point(2)


def test_a_call_begins_with_a_place_for_a_switch() -> None:
    """A second call stops before a racy access, even if the first has made no call."""
    places = Places()
    places.racy |= {1, 2}

    def make() -> Bodies:
        box = Box(x=0)
        return [(lambda: touch(box, "x", READ, 1), lambda: touch(box, "x", READ, 2))]

    with running(places, make) as run:
        run.go("A")
        assert run.tasks[0].pending is places.point(2)


@pytest.mark.parametrize("late", [True, False])
def test_a_start_orders_what_came_before_it_and_no_more(late: bool) -> None:
    """A write before a start does not race with the thread; one after it does."""
    places = Places()

    def make() -> Bodies:
        box, flag = Box(x=0), Flag()

        def work() -> None:
            flag.stop("look at")
            get(box, "x", 2)

        def run_a() -> None:
            if not late:
                put(box, "x", 1, 1)
            start(work)
            if late:
                put(box, "x", 1, 1)

        return [run_a]

    with running(places, make) as run:
        to_the_end(run)
    assert places.racy == ({1, 2} if late else set())


def test_a_thread_knows_what_its_maker_knew() -> None:
    """Its arguments come from what the maker has read."""
    places = Places()
    places.racy |= {1, 2}

    def make() -> Bodies:
        box, flag = Box(x=0), Flag()

        def run_a() -> None:
            get(box, "x", 1)
            start(flag.wait)

        return [run_a, lambda: put(box, "x", 2, 7)]

    known = []
    for turns in ("AB", "BA", "AB"):
        with running(places, make) as run:
            run.go(turns)
            known.append(run.stage.tasks[-1].local)
    assert known[0] != known[1]
    assert known[0] == known[2]


def test_a_thread_can_be_found_alive_after_its_last_step() -> None:
    """It ends with a step of its own."""
    with running(Places(), lambda: [lambda: start(str)]) as run:
        worker = run.stage.tasks[-1]
        assert not worker.done
        worker.resume()
        assert worker.done


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_call_leaves_in_a_local_is_known_after_it(kept: bool) -> None:
    """What was read counts after the call only if a `threading.local` may have it."""
    places = Places()
    places.racy |= {1, 2, 3}

    def make() -> Bodies:
        box = Box(x=0)

        def first() -> None:
            value = get(box, "x", 1)
            assert here.task is not None
            if kept:
                here.task.locals[1] = {"x": value}

        return [(first, lambda: get(box, "x", 3)), lambda: put(box, "x", 2, 7)]

    known = []
    for turns in ("AB", "BA"):
        with running(places, make) as run:
            run.go(turns)
            known.append(run.local("A"))
    assert (known[0] != known[1]) is kept


def test_what_a_call_has_answered_is_known_after_it() -> None:
    """Two callers that were answered differently are two states."""
    places = Places()
    places.racy |= {1, 2, 3}

    def make() -> Bodies:
        box = Box(x=0)
        return [(lambda: get(box, "x", 1), lambda: get(box, "x", 3)), lambda: put(box, "x", 2, 7)]

    known = []
    for turns in ("AB", "BA"):
        with running(places, make) as run:
            run.go(turns)
            known.append(run.local("A"))
    assert known[0] != known[1]


def test_what_time_a_call_has_read_is_known_after_it() -> None:
    """Answered the same, at another time: an ending is judged by the times."""
    places = Places()
    places.racy |= {1, 2, 3}
    places.clock_read = True
    places.looked.add(MOVING)

    def wait() -> None:
        memory, task = here.memory, here.task
        assert memory is not None
        assert task is not None
        touch(memory, "z", READ, 2)
        memory.pass_time(task, 1)

    def make() -> Bodies:
        box = Box(x=0)
        return [(lambda: str(clock.read())[:0], lambda: get(box, "x", 3)), wait]

    known = []
    for turns in ("AB", "BA"):
        with running(places, make) as run:
            run.go(turns)
            known.append(run.local("A"))
    assert known[0] != known[1]


def test_a_refusal_that_the_code_catches_is_one_all_the_same() -> None:
    """Code that goes on after it was told that nothing can be said gets no verdict."""
    places = Places()
    places.racy.add(1)

    def make() -> Bodies:
        box = Box(x=0)

        def run_a() -> None:
            touch(box, "x", READ, 1)
            try:
                here.memory.stage.give_up("not modelled")  # type: ignore[union-attr] # there is one
            except BaseException:  # noqa: BLE001 - as such code does
                return

        return [run_a]

    with running(places, make) as run, pytest.raises(CannotDecide, match="not modelled"):
        run.go("A")


def waiting(places: Places) -> Callable[[], Bodies]:
    """A waits twice with a time-out, B sets what it waits for."""
    places.racy.add(1)

    def make() -> Bodies:
        box, flag = Box(x=0), Flag()

        def run_a() -> None:
            flag.wait(5)
            touch(box, "x", READ, 1)
            flag.wait(5)

        return [run_a, flag.set]

    return make


def test_a_task_knows_whether_it_has_given_up() -> None:
    """A wait that was given up is not one that was in time; giving up is assumed."""
    places = Places()
    make = waiting(places)
    known = []
    for turns in ("AB", "BA"):
        with running(places, make) as run:
            run.go(turns)
            known.append(run.local("A"))
        assert (LATE in places.assumed) is (turns == "AB" or len(known) == 2)
    assert known[0] != known[1]


def test_how_often_a_wait_was_given_up_is_part_of_the_state() -> None:
    """It decides whether the next wait may be given up too."""
    places = Places()
    with running(places, waiting(places)) as run:
        before = run.memory.state()
        run.go("A")
        assert run.memory.state() != before
        run.tasks[0].late = MOST_LATE
        run.go("A")
        assert not run.tasks[0].ready()
        run.tasks[0].late = 0
        assert run.tasks[0].ready()


def test_each_release_is_ordered_before_who_acquires() -> None:
    """A flag that two tasks set orders what either has done before."""
    places = Places()

    def make() -> Bodies:
        box, flag = Box(x=0, y=0), Flag()

        def write(name: str, site: int) -> None:
            touch(box, name, WRITE, site)
            flag.set()

        def run_c() -> None:
            flag.wait()
            touch(box, "x", READ, 3)
            touch(box, "y", READ, 4)

        return [lambda: write("x", 1), lambda: write("y", 2), run_c]

    for turns in ("ABC", "BAC"):
        with running(places, make) as run:
            run.go(turns)
    assert places.racy == set()


def test_who_holds_a_lock_is_part_of_the_state() -> None:
    """A lock that A holds, one that B holds and one that is free are three states."""

    def make() -> Bodies:
        box, lock = Box(x=0), Mutex()

        def hold() -> None:
            with lock:
                touch(box, "x", READ, 1)
                lock.stop("look at")

        return [hold, hold]

    places, found = Places(), []
    for turns in ("", "A", "B"):
        with running(places, make) as run:
            run.go(turns)
            found.append(run.memory.state()[2])
    assert len(set(found)) == 3


def test_a_crash_is_part_of_the_state() -> None:
    """An execution in which a thread has crashed is not one in which none has."""
    with running(Places(), lambda: [lambda: None]) as run:
        before = run.memory.state()
        run.memory.crashes += ("ValueError",)
        assert run.memory.state() != before
