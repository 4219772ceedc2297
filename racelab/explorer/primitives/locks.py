"""`threading.Lock` and `RLock`.

Taking one is a point. Releasing one is not, as long as every other task only ever waits for it: then the release may as
well have happened right after the step before it. Once a task *looks* at a lock without waiting for ever (a try, a
time-out, `locked()`), it could see the lock held for a while that no step shows: then a release is a point too.
"""

from __future__ import annotations

import _thread
from typing import ClassVar, NoReturn

from ..kernel.threads import Thread as Task
from ..kernel.waiting import Primitive
from .faces import refuse

UNSET = -1
MISUSED = "lock that others misuse"
UNLOCKED = "release unlocked lock"
NO_SUCH_BASE = "type '_thread.lock' is not an acceptable base type"
NOT_PICKLED = "cannot pickle '_thread.{}' object"


class Exclusive(Primitive):
    """What both have in common.

    Attributes:
        owner: who holds it; in set-up the task of set-up.
        count: how often the owner has taken it.
    """

    __slots__ = ("count", "owner")

    _called: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(self._called)
        self.owner: Task | None = None
        self.count = 0

    def key(self) -> tuple[str, int] | None:
        """Who holds it, and how often."""
        return None if self.owner is None else (self.owner.name, self.count)

    def words(self) -> str:
        """'the lock 1, which B holds'."""
        if self.owner is None:
            return f"the {self.name}"
        if not self.owner.index:
            return f"the {self.name}, which was taken before the first step"
        ended = " although it has ended" if self.owner.done else ""
        return f"the {self.name}, which {self.owner.name} holds{ended}"

    def is_free(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether it could be taken."""
        return self.owner is None

    def is_held_by(self, task: Task) -> bool:
        """Whether that task has it."""
        return self.owner is task

    def take(self, task: Task, count: int = 1) -> None:
        """It was free, and now it is that task's. No point."""
        self.owner, self.count = task, count
        task.held |= {self.name}
        self.acquired(task)

    def drop(self, task: Task) -> int:
        """Give it up altogether, whoever has it, and tell how often it was taken. No point."""
        count, owner = self.count, self.owner or task
        self.owner, self.count = None, 0
        owner.held -= {self.name}
        task.fresh = True
        self.released(task)
        return count

    def release_all(self, task: Task) -> None:
        """The same as an operation of its own.

        Raises:
            RuntimeError: it is not taken any more.
        """
        self.stop("release")
        task.learns(self.owner is None)
        if self.owner is None:
            raise RuntimeError(UNLOCKED)
        self.drop(task)

    def is_looked_at(self) -> bool:
        """Whether any task looks at locks of this kind without waiting for ever."""
        return self.kind in self._memory.places.looked

    def looked_at_by(self, task: Task) -> None:
        """Note that one does."""
        self._memory.notice(task, self.kind)

    def try_to_take(self) -> bool:
        """Take it if it is free now."""
        task = self.stop("try to take")
        if task is None:
            return True
        self.looked_at_by(task)
        free = self.owner is None
        task.learns(free)
        if free:
            self.take(task)
        return free

    def take_within(self, timeout: float) -> bool:
        """Wait for it, for ever if the time-out is negative, and take it."""
        task, got = self.wait_until("take", self.is_free, None if timeout < 0 else timeout)
        if task is not None:
            if timeout >= 0:
                self.looked_at_by(task)
            if got:
                self.take(task)
        return got

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Plain(Exclusive):
    """A lock that any task may release, and that its owner cannot take twice."""

    __slots__ = ()

    _called = "lock"

    def acquire(self, blocking: bool = True, timeout: float = UNSET) -> bool:
        """As the real one.

        Raises:
            TypeError, ValueError, OverflowError: as the real one, which is asked.
        """
        if blocking is not True or timeout != UNSET:
            _thread.allocate_lock().acquire(blocking, timeout)
        return self.take_within(timeout) if blocking else self.try_to_take()

    def release(self) -> None:
        """As the real one: by any task.

        Raises:
            RuntimeError: it is not locked.
        """
        _, task = self.running()
        if task is None:
            return
        if self.owner is not task or self.is_looked_at():
            self.stop("release")
            if self.owner is not task:  # then its owner, too, has to stop before it releases it
                self.looked_at_by(task)
                self._memory.notice(task, MISUSED)
                task.learns(self.owner is None)
        if self.owner is None:
            raise RuntimeError(UNLOCKED)
        self.drop(task)

    def locked(self) -> bool:
        """As the real one."""
        task = self.stop("look at")
        if task is not None:
            self.looked_at_by(task)
            task.learns(self.owner is None)
        return self.owner is not None

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def is_owned_by(self, task: Task) -> bool:
        """What a condition takes for that: whether anybody holds it. It tries to take it."""
        if self.owner is task and MISUSED not in self._memory.places.looked:
            return True
        self._memory.notice(task, MISUSED)  # what the owner does is looked at by one that does not hold the lock
        if not self.try_to_take():
            return True
        self.release()
        return False

    def __enter__(self) -> bool:
        return self.take_within(UNSET)

    def __exit__(self, *_: object) -> None:
        self.release()

    def __reduce__(self) -> str:
        raise TypeError(NOT_PICKLED.format("lock"))


class Lock(Plain):
    """`threading.Lock`."""

    __slots__ = ()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(NO_SUCH_BASE)


class RLock(Exclusive):
    """`threading.RLock`. Its owner takes it again without a point: no other task can come between."""

    __slots__ = ()

    _called = "rlock"

    def __init_subclass__(cls) -> NoReturn:
        refuse("A class that is derived from RLock")

    def acquire(self, blocking: bool = True, timeout: float = UNSET) -> bool:
        """As the real one.

        Raises:
            TypeError, ValueError, OverflowError: as the real one, which is asked.
        """
        if blocking is not True or timeout != UNSET:
            _thread.RLock().acquire(blocking, timeout)
        _, task = self.running()
        if task is not None and self.owner is task:
            self.count += 1
            return True
        return self.take_within(timeout) if blocking else self.try_to_take()

    def release(self) -> None:
        """As the real one: by its owner.

        Raises:
            RuntimeError: another task has it, or none.
        """
        _, task = self.running()
        if task is None:
            return
        if self.owner is not task:
            raise RuntimeError("cannot release un-acquired lock")
        if self.count > 1:
            self.count -= 1
            return
        if self.is_looked_at():
            self.stop("release")
        self.drop(task)

    def is_owned_by(self, task: Task) -> bool:
        """Whether that task has it."""
        return self.owner is task

    def _is_owned(self) -> bool:
        _, task = self.running()
        return task is not None and self.owner is task

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __reduce__(self) -> str:
        raise TypeError(NOT_PICKLED.format("RLock"))
