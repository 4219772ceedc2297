"""`threading.Barrier`, with the states of the real one: filling, draining, resetting, broken.

The real one holds an inner lock while the action runs, so that nobody else comes in, leaves or breaks it meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ..kernel.threads import Thread as Task
from .calling import call_given
from .faces import Face, Inner, names_of

FILLING, DRAINING, RESETTING, BROKEN = "filling", "draining", "resetting", "broken"
CLOSED: Final = (DRAINING, RESETTING)


class Gate(Inner):
    """The state of a barrier.

    Attributes:
        phase: one of the four; here: who has come and not left.
        acting: whether its action is under way.
    """

    __slots__ = ("acting", "action", "here", "parties", "phase", "timeout")

    def __init__(self, parties: int, action: Callable[[], object] | None, timeout: float | None) -> None:
        super().__init__("barrier")
        self.parties, self.action, self.timeout = parties, action, timeout
        self.phase, self.here, self.acting = FILLING, 0, False

    def key(self) -> tuple[str, int, bool]:
        """All of it that changes."""
        return self.phase, self.here, self.acting

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, where {self.here} of {self.parties} have come"

    def is_quiet(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether its action is not under way."""
        return not self.acting

    def is_open(self, task: Task) -> bool:
        """Whether the ones before have all left."""
        return self.is_quiet(task) and self.phase not in CLOSED

    def may_leave(self, task: Task) -> bool:
        """Whether a waiter may go on."""
        return self.is_quiet(task) and self.phase != FILLING

    def enter(self) -> tuple[Task | None, int]:
        """Come to it, and tell how many were there.

        Raises:
            BrokenBarrierError: it is broken.
        """
        task, _ = self.wait_until("come to", self.is_open)
        if task is None:
            return None, 0
        self.touched(task)
        task.learns((self.phase, self.here))
        if self.phase == BROKEN:
            raise threading.BrokenBarrierError
        self.here += 1
        return task, self.here - 1

    def release(self, task: Task) -> None:
        """All have come: do the action, and let them go."""
        if self.action is not None:
            self.acting = True
            try:
                call_given(self.action)
            except BaseException:
                self.phase = BROKEN
                raise
            finally:
                self.acting = False
                self.touched(task)
        self.phase = DRAINING

    def wait(self, timeout: float | None) -> None:
        """Wait for the others.

        Raises:
            BrokenBarrierError: it is broken or reset, or the time is over.
        """
        task, in_time = self.wait_until("wait at", self.may_leave, timeout)
        if task is None:
            return
        self.touched(task)
        if not in_time:
            self.phase = BROKEN
        task.learns(self.phase)
        if self.phase != DRAINING:
            raise threading.BrokenBarrierError

    def leave(self) -> None:
        """The last one opens it again."""
        self.here -= 1
        if not self.here and self.phase in CLOSED:
            self.phase = FILLING

    def reset(self) -> None:
        """Whoever waits gets an error; when the last of them has left, it is open again."""
        task, _ = self.wait_until("reset", self.is_quiet)
        if task is not None:
            if not self.here:
                self.phase = FILLING
            elif self.phase != DRAINING:
                self.phase = RESETTING
            self.touched(task)

    def abort(self) -> None:
        """Whoever waits or comes gets an error."""
        task, _ = self.wait_until("break", self.is_quiet)
        if task is not None:
            self.phase = BROKEN
            self.touched(task)

    def touched(self, task: Task) -> None:
        """The inner lock was taken and is released."""
        self.acquired(task)
        self.released(task)


class Barrier(Face):
    """`threading.Barrier`."""

    __slots__ = ()

    _called = "threading.Barrier"
    _real = names_of(threading.Barrier(1))
    _lab: Gate

    def __init__(self, parties: int, action: Callable[[], None] | None = None, timeout: float | None = None) -> None:
        threading.Barrier(parties, action, timeout)  # what it refuses depends on the version
        self._lab = Gate(parties, action, timeout)

    def wait(self, timeout: float | None = None) -> int:
        """As the real one.

        Raises:
            BrokenBarrierError: it is broken or reset, or the time is over.
        """
        lab = self._lab
        task, index = lab.enter()
        try:
            if task is not None and index + 1 == lab.parties:
                lab.release(task)
            else:
                lab.wait(lab.timeout if timeout is None else timeout)
        finally:
            if task is not None:
                lab.leave()
        return index

    def reset(self) -> None:
        """As the real one."""
        self._lab.reset()

    def abort(self) -> None:
        """As the real one."""
        self._lab.abort()

    @property
    def parties(self) -> int:
        """As the real one."""
        return self._lab.parties

    @property
    def n_waiting(self) -> int:
        """As the real one."""
        task = self._lab.stop("look at")
        waiting = self._lab.here if self._lab.phase == FILLING else 0
        if task is not None:
            task.learns(waiting)
        return waiting

    @property
    def broken(self) -> bool:
        """As the real one."""
        task = self._lab.stop("look at")
        if task is not None:
            task.learns(self._lab.phase == BROKEN)
        return self._lab.phase == BROKEN
