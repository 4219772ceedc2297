"""`threading.Semaphore` and `BoundedSemaphore`. Their operations are single steps: the real ones hold an inner lock."""

from __future__ import annotations

import threading

from ..kernel.threads import Thread as Task
from .faces import Face, Inner, names_of


class Count(Inner):
    """The state of a semaphore: how many may still take it, and how many there may be; None if that has no bound."""

    __slots__ = ("bound", "left")

    def __init__(self, left: int, bound: int | None) -> None:
        super().__init__("semaphore")
        self.left, self.bound = left, bound

    def key(self) -> int:
        """How many may still take it."""
        return self.left

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, of which none is left"

    def is_left(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether it could be taken."""
        return self.left != 0

    def take(self, blocking: bool, timeout: float | None) -> bool:
        """Take one."""
        if blocking:
            task, got = self.wait_until("take", self.is_left, timeout)
        else:
            task = self.stop("try to take")
            got = self.left != 0
            if task is not None:
                task.learns(got)
        if task is not None and got:
            self.left -= 1
        self.acquired(task)
        return got

    def give_back(self, many: int) -> None:
        """Give back some.

        Raises:
            ValueError: they would be more than there were.
        """
        task = self.stop("release")
        if task is None:
            return
        if self.bound is not None and self.left + many > self.bound:
            task.learns("too often")
            raise ValueError("Semaphore released too many times")
        self.left += many
        self.acquired(task)
        self.released(task)


class Semaphore(Face):
    """`threading.Semaphore`."""

    __slots__ = ()

    _called = "threading.Semaphore"
    _real = names_of(threading.Semaphore())
    _lab: Count

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._lab = Count(value, None)

    @property
    def _value(self) -> int:
        task = self._lab.stop("look at")
        if task is not None:
            task.learns(self._lab.left)
        return self._lab.left

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """As the real one.

        Raises:
            ValueError: a time-out without waiting.
        """
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        return self._lab.take(blocking, timeout)

    __enter__ = acquire

    def release(self, n: int = 1) -> None:
        """As the real one.

        Raises:
            ValueError: fewer than one.
        """
        if n < 1:
            raise ValueError("n must be one or more")
        self._lab.give_back(n)

    def __exit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """`threading.BoundedSemaphore`."""

    __slots__ = ()

    _called = "threading.BoundedSemaphore"
    _real = names_of(threading.BoundedSemaphore())

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._lab.bound = value
