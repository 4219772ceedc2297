"""Why a task waits, in words, and what the state of a lock says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives.modules import FUTURES, QUEUE, THREADING
from tests.explorer.primitives.exploring import Body, World

WAITING: list[tuple[Callable[[], list[Body]], str, str]] = []


def waits(words: str, turns: str = "A") -> Callable[[Callable[[], list[Body]]], None]:
    """After these steps A waits, for that."""

    def note(make: Callable[[], list[Body]]) -> None:
        WAITING.append((make, turns, f"A waits for {words}"))

    return note


def holding(lock: Any) -> Body:
    """Hold it and wait for ever."""

    def hold() -> None:
        with lock:
            THREADING.Event().wait()

    return hold


@waits("the lock 1, which B holds", "B")
def _lock() -> list[Body]:
    lock = THREADING.Lock()
    return [lock.acquire, holding(lock)]


@waits("the lock 1, which B holds although it has ended", "B")
def _kept() -> list[Body]:
    lock = THREADING.Lock()
    return [lock.acquire, lock.acquire]


@waits("the rlock 1, which was taken before the first step", "")
def _taken() -> list[Body]:
    lock = THREADING.RLock()
    lock.acquire()
    return [lock.acquire]


@waits("a notification of the condition 2")
def _condition() -> list[Body]:
    condition = THREADING.Condition()

    def wait() -> None:
        with condition:
            condition.wait()

    return [wait]


@waits("the rlock 1, which B holds", "AB")
def _told() -> list[Body]:
    condition = THREADING.Condition()

    def wait() -> None:
        with condition:
            condition.wait()

    def tell() -> None:
        with condition:
            condition.notify()
            THREADING.Event().wait()

    return [wait, tell]


@waits("the event 1, which is not set", "")
def _event() -> list[Body]:
    return [THREADING.Event().wait]


@waits("the semaphore 1, of which none is left", "")
def _semaphore() -> list[Body]:
    return [THREADING.Semaphore(0).acquire]


@waits("the barrier 1, where 1 of 2 have come")
def _barrier() -> list[Body]:
    return [THREADING.Barrier(2).wait]


@waits("the queue 1, which is empty", "")
def _queue() -> list[Body]:
    return [QUEUE.Queue().get]


@waits("the queue 1, which is full", "A")
def _full() -> list[Body]:
    line = QUEUE.Queue(1)
    return [lambda: (line.put(1), line.put(2))]


@waits("the queue 1, which is not done", "A")
def _undone() -> list[Body]:
    line = QUEUE.Queue()
    return [lambda: (line.put(1), line.join())]


@waits("the queue 1, which is empty", "")
def _simple() -> list[Body]:
    return [QUEUE.SimpleQueue().get]


@waits("the future 1, which is pending", "")
def _future() -> list[Body]:
    return [FUTURES.Future().result]


@waits("the futures future 1, future 2", "A")
def _futures() -> list[Body]:
    one, two = FUTURES.Future(), FUTURES.Future()
    return [lambda: (one.cancel(), FUTURES.wait([one, two]))]


@waits("the end of B", "")
def _thread() -> list[Body]:
    def body() -> None:
        thread = THREADING.Thread(target=THREADING.Event().wait)
        thread.start()
        thread.join()

    return [body]


@pytest.mark.parametrize("number", range(len(WAITING)))
def test_why_a_task_waits(number: int) -> None:
    """A task that cannot go on says what it waits for, and who has it."""
    make, turns, words = WAITING[number]
    world = World(Places(), make)
    try:
        world.go(turns)
        assert not world.tasks[0].ready()
        assert world.tasks[0].why_not() == words
    finally:
        world.close()
