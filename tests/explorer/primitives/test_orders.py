"""What orders accesses: after waiting for something, what was done before it was signalled is no race."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from racelab.explorer.kernel.cells import READ, WRITE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here
from racelab.explorer.primitives.modules import FUTURES, QUEUE, THREADING
from tests.explorer.primitives.exploring import Body, World, endings
from tests.explorer.touching import Box, touch

WRITER, READER = 1, 2


def tell(condition: Any) -> None:
    """Let whoever waits go on."""
    with condition:
        condition.told = True
        condition.notify_all()


def wait_to_be_told(condition: Any) -> None:
    """Wait until told."""
    with condition:
        condition.wait_for(lambda: hasattr(condition, "told"))


def finish(line: Any) -> None:
    """Get something and say that it is done."""
    line.get()
    line.task_done()


ORDERS: dict[str, tuple[Callable[[], Any], Callable[[Any], object], Callable[[Any], object]]] = {
    "event": (THREADING.Event, lambda one: one.set(), lambda one: one.wait()),
    "event, looked at": (THREADING.Event, lambda one: one.set(), lambda one: one.wait() and one.is_set()),
    "semaphore": (lambda: THREADING.Semaphore(0), lambda one: one.release(), lambda one: one.acquire()),
    "condition": (THREADING.Condition, tell, wait_to_be_told),
    "barrier": (lambda: THREADING.Barrier(2), lambda one: one.wait(), lambda one: one.wait()),
    "queue": (QUEUE.Queue, lambda one: one.put(1), lambda one: one.get()),
    "simple queue": (QUEUE.SimpleQueue, lambda one: one.put(1), lambda one: one.get()),
    "future": (FUTURES.Future, lambda one: one.set_result(1), lambda one: one.result()),
    "futures": (FUTURES.Future, lambda one: one.set_result(1), lambda one: FUTURES.wait([one])),
    "as completed": (FUTURES.Future, lambda one: one.set_result(1), lambda one: list(FUTURES.as_completed([one]))),
}


def racy(make: Callable[[], list[Body]]) -> set[int]:
    """The places that are found to race under any schedule."""
    places = Places()
    endings(make, places)
    return places.racy


def writes_and(box: Box, then: Body) -> Body:
    """Write, and do something."""

    def body() -> None:
        touch(box, "x", WRITE, WRITER, 1)
        then()

    return body


def reads_after(box: Box, first: Body) -> Body:
    """Do something, and read."""

    def body() -> None:
        first()
        touch(box, "x", READ, READER)

    return body


@pytest.mark.parametrize("name", ORDERS)
def test_who_has_waited_sees_what_was_done_before(name: str) -> None:
    """Write, signal; wait, read: no race."""
    make, signal, wait = ORDERS[name]

    def bodies() -> list[Body]:
        box, one = Box(x=0), make()
        return [writes_and(box, lambda: signal(one)), reads_after(box, lambda: wait(one))]

    assert racy(bodies) == set()


@pytest.mark.parametrize("name", ORDERS)
def test_who_has_not_waited_races(name: str) -> None:
    """The twin: the same signal, and a read that waits for nothing."""
    make, signal, _ = ORDERS[name]

    def bodies() -> list[Body]:
        box, one = Box(x=0), make()
        return [writes_and(box, lambda: signal(one)), reads_after(box, lambda: None)]

    assert racy(bodies) == {WRITER, READER}


@pytest.mark.parametrize("joined", [True, False])
def test_a_join_orders_what_the_thread_has_done(joined: bool) -> None:
    """With `join` there is no race, and without it there is."""

    def bodies() -> list[Body]:
        box = Box(x=0)

        def body() -> None:
            thread = THREADING.Thread(target=writes_and(box, lambda: None))
            thread.start()
            if joined:
                thread.join()
            touch(box, "x", READ, READER)

        return [body]

    assert racy(bodies) & {WRITER, READER} == (set() if joined else {WRITER, READER})


@pytest.mark.parametrize("kind", [THREADING.Lock, THREADING.RLock, THREADING.Condition])
def test_a_lock_protects_while_it_is_held_and_no_longer(kind: Any) -> None:
    """Its name is among the locks that the task holds, once, until it is released for the last time."""

    def body() -> tuple[int, int, int]:
        lock = kind()
        assert here.task is not None
        with lock:
            inside = len(here.task.held)
            if kind is THREADING.Condition:
                with lock:
                    inside *= len(here.task.held)
        after = len(here.task.held)
        lock.acquire()
        if kind is THREADING.Lock:
            thread = THREADING.Thread(target=lock.release)
            thread.start()
            thread.join()
        else:
            lock.release()
        return inside, after, len(here.task.held)

    assert set(endings(lambda: [body])) == {((1, 0, 0),)}


def test_notifications_go_to_who_has_waited_longest() -> None:
    """One notification wakes the first of two; who waits first is part of the state."""
    states, places = [], Places()
    for turns, first in (("ABC", "A"), ("BAC", "B")):

        def make() -> list[Body]:
            condition = THREADING.Condition()

            def wait() -> None:
                with condition:
                    condition.wait()

            def notify() -> None:
                with condition:
                    condition.notify()

            return [wait, wait, notify]

        world = World(places, make)
        try:
            world.go(turns[:2])
            states.append(world.memory.state())
            world.go(turns[2])
            assert world.ready() == [first]
        finally:
            world.close()
    assert states[0] != states[1]
