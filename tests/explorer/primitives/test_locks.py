"""`Lock` and `RLock` as models: who waits, who does not, and what a misuse raises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from racelab.explorer.primitives.locks import Lock, RLock
from tests.explorer.primitives.exploring import WAITS, endings, outcome

LOCKS: list[Callable[[], Lock | RLock]] = [Lock, RLock]


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_keeps_two_tasks_apart(kind: Callable[[], Lock | RLock]) -> None:
    """With a lock around them two increments with a point inside never lose one."""

    def make() -> list[Callable[[], object]]:
        lock, other, box = kind(), Lock(), [0]

        def add() -> None:
            with lock:
                seen = box[0]
                with other:
                    pass
                box[0] = seen + 1

        def last() -> int:
            add()
            with lock:
                return box[0]

        return [add, last]

    assert set(endings(make)) == {(None, 1), (None, 2)}


def test_without_a_lock_an_update_is_lost() -> None:
    """The twin: with a lock each, the same two increments can leave one."""

    def make() -> list[Callable[[], object]]:
        box = [0]

        def add() -> int:
            seen = box[0]
            with Lock(), Lock():
                box[0] = seen + 1
            return box[0]

        return [add, add]

    assert (1, 1) in endings(make)


@pytest.mark.parametrize("kind", LOCKS)
def test_a_try_can_find_the_lock_held(kind: Callable[[], Lock | RLock]) -> None:
    """A lock that is taken and released at once can still be found held."""

    def make() -> list[Callable[[], object]]:
        lock = kind()

        def hold() -> None:
            with lock:
                pass

        return [hold, lambda: lock.acquire(False)]

    assert set(endings(make)) == {(None, True), (None, False), (WAITS, True)}


@pytest.mark.parametrize("kind", LOCKS)
def test_a_wait_with_a_time_out_can_give_up(kind: Callable[[], Lock | RLock]) -> None:
    """A lock that is held but for a moment can be held for longer than a time-out."""

    def make() -> list[Callable[[], object]]:
        lock = kind()

        def hold() -> None:
            with lock:
                pass

        def wait() -> bool:
            got = lock.acquire(timeout=0.1)
            if got:
                lock.release()
            return got

        return [hold, wait]

    assert set(endings(make)) == {(None, True), (None, False)}


def test_locked_can_tell_either() -> None:
    """`locked()` of a lock that is taken and released at once can say both."""

    def make() -> list[Callable[[], object]]:
        lock = Lock()

        def hold() -> None:
            with lock:
                pass

        return [hold, lock.locked]

    assert set(endings(make)) == {(None, True), (None, False)}


def test_two_locks_in_two_orders_deadlock() -> None:
    """Two tasks that take two locks in opposite orders can wait for each other."""

    def make() -> list[Callable[[], object]]:
        one, two = Lock(), Lock()

        def take(first: Lock, second: Lock) -> str:
            with first, second:
                return "done"

        return [lambda: take(one, two), lambda: take(two, one)]

    assert set(endings(make)) == {("done", "done"), (WAITS, WAITS)}


def test_a_lock_is_not_reentrant_and_an_rlock_is() -> None:
    """A second acquire by the same task waits for ever; on an RLock it does not."""

    def twice(kind: Callable[[], Lock | RLock]) -> set[tuple[object, ...]]:
        def make() -> list[Callable[[], object]]:
            lock = kind()

            def take() -> str:
                with lock, lock:
                    return "done"

            return [take]

        return set(endings(make))

    assert twice(Lock) == {(WAITS,)}
    assert twice(RLock) == {("done",)}


def test_a_lock_may_be_released_by_another_task() -> None:
    """A lock serves as a signal; an owner that is robbed of it finds it free."""

    def make() -> list[Callable[[], object]]:
        lock = Lock()

        def hold() -> None:
            with lock:
                pass

        return [lambda: outcome(hold), lambda: outcome(lock.release)]

    free = "RuntimeError: release unlocked lock"
    assert set(endings(make)) == {("None", free), (free, "None")}


def test_an_rlock_is_released_by_its_owner_only() -> None:
    """Another task gets an error, whether the lock is held or not."""

    def make() -> list[Callable[[], object]]:
        lock = RLock()

        def hold() -> None:
            with lock:
                pass

        return [hold, lambda: outcome(lock.release)]

    assert set(endings(make)) == {(None, "RuntimeError: cannot release un-acquired lock")}
