"""`threading.Condition`: it keeps the order of those who wait, and a notification can be lost to one that gives up.

A wait with a time-out has two steps, as the real one has: first it is told or gives up, then it takes the lock again.
Between them it is still in the queue, so that a notification may go to it although it returns False.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ..kernel.points import Point
from ..kernel.threads import Thread as Task
from ..kernel.waiting import Until, gave_up_waiting
from .calling import call_given
from .faces import Face, Inner, names_of, refuse
from .locks import Plain, RLock

T = TypeVar("T")


class Waiter:
    """One task that waits, and whether it was told."""

    __slots__ = ("task", "told")

    def __init__(self, task: Task) -> None:
        self.task, self.told = task, False


class Notification(Until):
    """To be told while the lock is free, or to give up before."""

    __slots__ = ("_limit", "_lock", "_waiter")

    def __init__(self, waiter: Waiter, lock: Plain | RLock, limit: float | None, words: Callable[[], str]) -> None:
        self._waiter, self._lock, self._limit = waiter, lock, limit
        super().__init__(self._may_return, None, words)

    @property
    def timeout(self) -> float | None:
        """Whoever was told does not give up any more."""
        return None if self._waiter.told else self._limit

    @timeout.setter
    def timeout(self, _: float | None) -> None:
        """The limit says it."""

    def _may_return(self, task: Task) -> bool:
        return self._waiter.told and self._lock.is_free(task)

    def holders(self) -> str:
        """What it waits for: the notification, or then the lock."""
        return self._lock.words() if self._waiter.told else super().holders()


class Queued(Inner):
    """The state of a condition: its lock, who waits, and who was told and has not gone on yet.

    Attributes:
        notified: how often somebody was to be told, for a trace: no state, as it makes no difference to what follows.
    """

    __slots__ = ("lock", "notified", "told", "waiters")

    def __init__(self, lock: Plain | RLock) -> None:
        super().__init__("condition")
        self.lock = lock
        self.waiters: list[Waiter] = []
        self.told: list[Waiter] = []
        self.notified = 0

    def key(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """Who waits, in order; who was told."""
        return tuple([one.task.name for one in self.waiters]), frozenset([one.task.name for one in self.told])

    def words(self) -> str:
        """What a waiter waits for."""
        return f"a notification of the {self.name}"

    def wait(self, task: Task, timeout: float | None) -> bool:
        """Release the lock, wait, and take it again.

        Raises:
            RuntimeError: another task has released the lock. Then this one is told in vain, for ever.
        """
        memory, _ = self.running()
        limit = None if timeout is None else max(timeout, 0)
        waiter = Waiter(task)
        self.waiters.append(waiter)
        count = self.lock.count
        if self.lock.owner is task and not self.lock.is_looked_at():
            self.lock.drop(task)
        else:
            self.lock.release_all(task)
        until = Notification(waiter, self.lock, limit, self.words)
        task.pause(Point("operation", f"wait for the {self.name}", until))
        told = waiter.told
        if limit is not None:
            task.learns("told" if told else "late")
            if not told:
                gave_up_waiting(memory, task, limit)
                again = Until(self.lock.is_free, None, self.lock.words)
                task.pause(Point("operation", f"take the {self.lock.name} again", again))
        self.lock.take(task, count)
        task.fresh = True
        (self.told if waiter.told else self.waiters).remove(waiter)
        return told

    def tell(self, task: Task, many: int) -> None:
        """Wake those that have waited longest. Whoever does not hold the lock may be interrupted at each."""
        self.notified += 1
        while many > 0:
            if self.lock.owner is not task:
                self.stop("notify")
            if not self.waiters:
                break
            waiter = self.waiters.pop(0)
            waiter.told = True
            self.told.append(waiter)
            many -= 1


class Condition(Face):
    """`threading.Condition`."""

    __slots__ = ()

    _called = "threading.Condition"
    _real = names_of(threading.Condition())
    _lab: Queued

    def __init__(self, lock: Plain | RLock | None = None) -> None:
        lock = RLock() if lock is None else lock
        if not isinstance(lock, (Plain, RLock)):
            refuse(f"A condition over a lock of the class {type(lock).__name__}")
        self._lab = Queued(lock)
        self.acquire, self.release = lock.acquire, lock.release

    def __enter__(self) -> bool:
        return self._lab.lock.__enter__()

    def __exit__(self, *error: object) -> None:
        self._lab.lock.__exit__(*error)

    def _is_owned(self) -> bool:
        _, task = self._lab.running()
        return task is not None and self._lab.lock.is_owned_by(task)

    def wait(self, timeout: float | None = None) -> bool:
        """As the real one.

        Raises:
            RuntimeError: the lock is not held.
        """
        _, task = self._lab.running()
        if task is None:
            return True
        if not self._lab.lock.is_owned_by(task):
            raise RuntimeError("cannot wait on un-acquired lock")
        return self._lab.wait(task, timeout)

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """As the real one. When a wait has given up, the time is over."""
        result: T = call_given(predicate)
        while not result:
            in_time = self.wait(timeout)
            result = call_given(predicate)
            if not in_time:
                break
        return result

    def notify(self, n: int = 1) -> None:
        """As the real one.

        Raises:
            RuntimeError: the lock is not held.
        """
        _, task = self._lab.running()
        if task is None:
            return
        if not self._lab.lock.is_owned_by(task):
            raise RuntimeError("cannot notify on un-acquired lock")
        self._lab.tell(task, n)
        task.fresh = True

    def notify_all(self) -> None:
        """As the real one."""
        self.notify(len(self._lab.waiters))

    notifyAll = notify_all  # noqa: N815 - as the real one
