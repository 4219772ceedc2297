"""A runtime whose schedule is written in the test: which operation comes in where, and what fails, with no clock.

`Script.interleave(first, second, at)` runs `first` and, at one of its points, all of `second`. If `second` needs a
lock that `first` holds, it waits there until `first` is done: what a real lock would make it do. `everywhere` does
that for each point that `first` has, each time in a fresh world.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Generic, NoReturn, TypeVar

from session_manager.model import InjectedFault, SessionError
from session_manager.sync import Guarded, RWGuarded, Signal, Task

T = TypeVar("T")
PATIENCE = 20.0
"""Seconds after which a test that hangs is given up. Nothing waits that long when all is well."""


@dataclass(frozen=True)
class Point:
    """Where somebody else may come in: `before` taking a lock, when one was `released`, or during a `nap`."""

    kind: str
    lock: str = ""


NAP = Point("nap")
GAP = Point("released", "store")
"""The gap after the first release of the buggy manager's store."""


@dataclass
class Outcome:
    """How the two operations ended: what each returned, or the `SessionError` it died of.

    `where` is the point at which the second came in, None if the first has no such point. `waited` says that the
    second met a lock that the first held.
    """

    first: Any = None
    second: Any = None
    where: Point | None = None
    waited: bool = False


class Script:
    """A `Runtime` that does what the test says. `clock` and `next_ids` are the test's to set."""

    def __init__(self) -> None:
        self.clock = 1000.0
        self.next_ids: list[str] = []
        self.naps: list[float] = []
        self._numbers = itertools.count(1)
        self._watch: Callable[[Point], None] | None = None
        self._releases_left: int | None = None
        self.second: Second | None = None

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock around `value`."""
        return ScriptedLock(self, name, value)

    def rlock(self, name: str, value: T) -> Guarded[T]:
        """Not here."""
        return _not_here("take re-entrant locks")

    def rwlock(self, name: str, value: T) -> RWGuarded[T]:
        """A reader-writer lock around `value`."""
        return ScriptedLock(self, name, value)

    def nap(self, seconds: float) -> None:
        """The script's clock moves, and somebody else may come in."""
        self.naps.append(seconds)
        self.clock += seconds
        self.point(NAP)

    def now(self) -> datetime:
        """The script's clock as a time of day."""
        return datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=self.clock)

    def monotonic(self) -> float:
        """The script's clock."""
        return self.clock

    def new_id(self) -> str:
        """The test's next id, or one of even length."""
        return self.next_ids.pop(0) if self.next_ids else f"{next(self._numbers):032x}"

    def start(self, name: str, target: Callable[[], None]) -> Task:
        """Not here."""
        return _not_here("start threads")

    def signal(self) -> Signal:
        """Not here."""
        return _not_here("wait for signals")

    def point(self, point: Point) -> None:
        """Called by the locks at each point."""
        if self._watch is not None:
            self._watch(point)

    def released(self, lock: str, failing: bool) -> None:
        """Called by the locks after each release: as the fault dial does, but at a release that the test chose."""
        if self._releases_left is not None:
            self._releases_left -= 1
            if self._releases_left == 0 and not failing:
                raise InjectedFault(lock)
        self.point(Point("released", lock))

    def fail(self, operation: Callable[[], object], release: int) -> bool:
        """Run the operation with a fault at its n-th release, counted from 1. False if it has fewer releases."""
        self._releases_left = release
        with suppress(InjectedFault):
            operation()
        left, self._releases_left = self._releases_left, None
        return left <= 0

    def interleave(
        self, first: Callable[[], object], second: Callable[[], object], at: int | Point | tuple[Point, int]
    ) -> Outcome:
        """Run `first`, and `second` at one of its points.

        Args:
            first, second: two operations.
            at: the number of the point, or the point itself when it comes up first, or for the n-th time (from 1).
        """
        outcome = Outcome()
        seen: list[Point] = []
        me = threading.get_ident()

        def watch(point: Point) -> None:
            if outcome.where is not None or threading.get_ident() != me:
                return
            seen.append(point)
            if _reached(seen, at):
                outcome.where = point
                self.second = Second(second)
                self.second.run_until_done_or_blocked()

        self._watch = watch
        try:
            outcome.first = _result(first)
        finally:
            self._watch = None
        if self.second is not None:
            outcome.second, outcome.waited = self.second.finish(), self.second.waited
            self.second = None
        return outcome


class Second:
    """The operation that comes in, on a thread of its own: either it runs or the first does, never both."""

    def __init__(self, operation: Callable[[], object]) -> None:
        self.waited = False
        self._result: object = None
        self._mine = threading.Event()
        self._first_is_done = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(operation,), daemon=True)

    def is_me(self) -> bool:
        """Whether the thread that asks is this one."""
        return threading.current_thread() is self._thread

    def run_until_done_or_blocked(self) -> None:
        """Called by the first."""
        self._thread.start()
        assert self._mine.wait(PATIENCE), "the second operation hangs"

    def wait_for_first(self) -> None:
        """Called by the second when it meets a lock that the first holds."""
        self.waited = True
        self._mine.set()
        assert self._first_is_done.wait(PATIENCE), "the first operation hangs"

    def finish(self) -> object:
        """Called by the first at its end. Returns what the second returned, or its `SessionError`."""
        self._first_is_done.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the second operation hangs"
        if isinstance(self._result, BaseException) and not isinstance(self._result, SessionError):
            raise self._result
        return self._result

    def _run(self, operation: Callable[[], object]) -> None:
        try:
            self._result = operation()
        except BaseException as error:  # noqa: BLE001 -- `finish` raises it again, in the test's own thread
            self._result = error
        self._mine.set()


class ScriptedLock(Generic[T]):
    """Either kind of lock. It never blocks the thread: it knows who holds it."""

    def __init__(self, script: Script, name: str, value: T) -> None:
        self.script = script
        self.name = name
        self.value = value
        self.readers = 0
        self.writing = False
        self._alone = Holding(self, shared=False)

    def __enter__(self) -> T:
        return self._alone.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alone.__exit__(kind, error, trace)

    def read(self) -> AbstractContextManager[T]:
        """Hold the value together with other readers."""
        return Holding(self, shared=True)

    def write(self) -> AbstractContextManager[T]:
        """Hold the value alone."""
        return Holding(self, shared=False)

    def peek(self) -> T:
        """The value without the lock."""
        return self.value


class Holding(Generic[T]):
    """A lock that is being held, shared or alone."""

    def __init__(self, lock: ScriptedLock[T], shared: bool) -> None:
        self._lock = lock
        self._shared = shared

    def __enter__(self) -> T:
        lock = self._lock
        lock.script.point(Point("before", lock.name))
        if self._is_taken() and lock.script.second is not None and lock.script.second.is_me():
            lock.script.second.wait_for_first()
        assert not self._is_taken(), f"deadlock at the lock {lock.name!r}"
        if self._shared:
            lock.readers += 1
        else:
            lock.writing = True
        return lock.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shared:
            self._lock.readers -= 1
        else:
            self._lock.writing = False
        self._lock.script.released(self._lock.name, kind is not None)

    def _is_taken(self) -> bool:
        return self._lock.writing or (self._lock.readers > 0 and not self._shared)


def everywhere(
    build: Callable[[], tuple[T, Script, Callable[[], object], Callable[[], object]]],
) -> Iterator[tuple[T, Outcome]]:
    """For each point of the first operation: a fresh world, and the second operation run at that point.

    Args:
        build: makes a world and says which script drives it and what the two operations are.
    """
    for at in itertools.count():
        world, script, first, second = build()
        outcome = script.interleave(first, second, at)
        if outcome.where is None:
            assert at > 0, "the first operation has no point at all"
            return
        yield world, outcome


def _reached(seen: list[Point], at: int | Point | tuple[Point, int]) -> bool:
    if isinstance(at, int):
        return len(seen) == at + 1
    point, time = at if isinstance(at, tuple) else (at, 1)
    return seen[-1] == point and seen.count(point) == time


def _result(operation: Callable[[], object]) -> object:
    try:
        return operation()
    except SessionError as error:
        return error


def _not_here(what: str) -> NoReturn:
    raise AssertionError(f"A manager has no business to {what}.")
