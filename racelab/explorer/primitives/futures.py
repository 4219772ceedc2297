"""`concurrent.futures.Future`, with the states of the real one, and callbacks outside of its lock.

A future that was cancelled is over for whoever asks for its result; for `wait` and `as_completed` it is over only when
a worker has come upon it. The model keeps both, as the real one does.
"""

from __future__ import annotations

import concurrent.futures
import types
from collections.abc import Callable
from concurrent.futures import CancelledError, InvalidStateError
from typing import Any, Final

from ..kernel.calls import OURS
from ..kernel.threads import Thread as Task
from .calling import call_given
from .faces import Face, Inner, keep, label_of, names_of

PENDING, RUNNING, CANCELLED, FINISHED = "PENDING", "RUNNING", "CANCELLED", "FINISHED"
NOTIFIED: Final = "CANCELLED_AND_NOTIFIED"
OVER: Final = (CANCELLED, NOTIFIED, FINISHED)
COMPLETED: Final = (NOTIFIED, FINISHED)
WORDS: Final = {PENDING: "pending", RUNNING: "running", CANCELLED: "cancelled", NOTIFIED: "cancelled"}
LOGGED: Final = "An exception in a callback of a future is logged, and goes no further."


class Promise(Inner):
    """The state of a future.

    Attributes:
        completed: how many futures were complete before it; -1 before it is.
    """

    __slots__ = ("callbacks", "completed", "error", "label", "phase", "result")

    def __init__(self) -> None:
        super().__init__("future")
        self.phase = PENDING
        self.result: Any = None
        self.error: BaseException | None = None
        self.label: Any = None
        self.completed = -1
        self.callbacks: list[Callable[[Any], object]] = []

    def key(self) -> tuple[Any, ...]:
        """Its state, what came out, in which order, and what is called then."""
        called = tuple([label_of(self._memory, callback) for callback in self.callbacks])
        return self.phase, self.label, self.completed, called

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, which is {WORDS.get(self.phase, 'finished')}"

    def is_over(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether there is a result, an exception or none for ever."""
        return self.phase in OVER

    def touched(self, task: Task) -> None:
        """The inner lock was taken and is released."""
        self.acquired(task)
        self.released(task)

    def complete(self) -> None:
        """For `wait` and `as_completed` it is over now."""
        self.completed = sum(one.completed >= 0 for one in self._memory.primitives if isinstance(one, Promise))

    def begin(self, of_pool: bool) -> bool:
        """A worker is about to do it. Returns whether it should.

        Args:
            of_pool: whether one worker alone comes to it. When it begins can only be noticed by whoever looks at a
                future, or cancels one that is not over.

        Raises:
            RuntimeError: it is neither pending nor cancelled.
        """
        memory, task = self.running()
        noticed = not of_pool or self.kind in memory.places.looked
        if noticed:
            task = self.stop("begin")
        if task is None:
            return False
        task.fresh = True
        task.learns(self.phase)
        if noticed:
            self.touched(task)
        if self.phase == CANCELLED:
            self.phase = NOTIFIED
            self.complete()
            return False
        if self.phase != PENDING:
            raise RuntimeError("Future in unexpected state")
        self.phase = RUNNING
        return True

    def look(self) -> str:
        """Its state."""
        task = self.stop("look at")
        if task is not None:
            self.looked_at_by(task)
            task.learns(self.phase)
            self.touched(task)
        return self.phase

    def outcome(self, timeout: float | None) -> bool:
        """Wait until it is over. Returns whether there is an exception.

        Raises:
            CancelledError: it was cancelled.
            TimeoutError: the time is over.
        """
        task, over = self.wait_until("await", self.is_over, timeout)
        if task is None:
            return False
        self.touched(task)
        if not over:
            raise TimeoutError
        task.learns((self.phase, self.label))
        if self.phase != FINISHED:
            raise CancelledError
        return self.error is not None

    def settle(self, face: Future, result: Any, error: BaseException | None) -> None:
        """There is a result or an exception.

        Raises:
            InvalidStateError: it was over already.
        """
        task = self.stop("set the result of")
        if task is None:
            return
        task.learns(self.phase in OVER)
        if self.phase in OVER:
            raise InvalidStateError(f"{self.phase}: {face!r}")
        memory, _ = self.running()
        came = result if error is None else error
        keep(memory, came, task)
        self.phase, self.result, self.error = FINISHED, result, error
        self.label = ("result" if error is None else "exception", label_of(memory, came))
        self.complete()
        self.touched(task)
        self.call_back(face)

    def call_back(self, face: Future) -> None:
        """Call what was to be called at the end, outside of the lock."""
        for callback in self.callbacks:
            call_logged(callback, face)


class Future(Face):
    """`concurrent.futures.Future`."""

    __slots__ = ()

    _called = "concurrent.futures.Future"
    _real = names_of(concurrent.futures.Future())
    _lab: Promise

    def __init__(self) -> None:
        self._lab = Promise()

    def cancel(self) -> bool:
        """As the real one."""
        lab = self._lab
        task = lab.stop("cancel")
        if task is None:
            return False
        if lab.phase not in OVER:
            lab.looked_at_by(task)
        task.learns(lab.phase)
        lab.touched(task)
        if lab.phase in (RUNNING, FINISHED):
            return False
        if lab.phase == PENDING:
            lab.phase = CANCELLED
            lab.call_back(self)
        return True

    def cancelled(self) -> bool:
        """As the real one."""
        return self._lab.look() in (CANCELLED, NOTIFIED)

    def running(self) -> bool:
        """As the real one."""
        return self._lab.look() == RUNNING

    def done(self) -> bool:
        """As the real one."""
        return self._lab.look() in OVER

    def result(self, timeout: float | None = None) -> Any:
        """As the real one.

        Raises:
            CancelledError, TimeoutError, or what the call raised.
        """
        if self._lab.outcome(timeout) and self._lab.error is not None:
            raise self._lab.error
        return self._lab.result

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """As the real one.

        Raises:
            CancelledError, TimeoutError.
        """
        self._lab.outcome(timeout)
        return self._lab.error

    def add_done_callback(self, fn: Callable[[Any], object]) -> None:
        """As the real one: at once if it is over."""
        lab = self._lab
        task = lab.stop("add a callback to")
        if task is None:
            return
        task.learns(lab.phase in OVER)
        lab.touched(task)
        if lab.phase in OVER:
            call_logged(fn, self)
        else:
            memory, _ = lab.running()
            keep(memory, fn, task)
            lab.callbacks.append(fn)

    def set_running_or_notify_cancel(self) -> bool:
        """As the real one, for executors.

        Raises:
            RuntimeError: it is neither pending nor cancelled.
        """
        return self._lab.begin(of_pool=False)

    def set_result(self, result: Any) -> None:
        """As the real one, for executors.

        Raises:
            InvalidStateError: it was over already.
        """
        self._lab.settle(self, result, None)

    def set_exception(self, exception: BaseException | None) -> None:
        """As the real one, for executors.

        Raises:
            InvalidStateError: it was over already.
        """
        self._lab.settle(self, None, exception)

    def __repr__(self) -> str:
        lab = self._lab
        end = f" {lab.label[0]} {type(lab.error or lab.result).__name__}" if lab.label else ""
        return f"<{type(self).__name__} {lab.number} state={WORDS.get(lab.phase, 'finished')}{end}>"

    __class_getitem__: Any = classmethod(types.GenericAlias)


def call_logged(callback: Callable[[Any], object], future: Future) -> None:
    """Call it. The real one logs an exception and goes on."""
    try:
        call_given(callback, future)
    except OURS:
        raise
    except Exception:  # noqa: BLE001 - as the real one
        if (task := _running(future)) is not None:
            task.memory.places.assumed.add(LOGGED)


def _running(future: Future) -> Task | None:
    return future._lab.running()[1]
