"""The seam: the only file of the subject that uses threads, clocks and randomness.

Managers are given a runtime and take from it every lock, nap, clock reading, id and thread. A lock guards a value
and hands it out, as `RwLock<T>` does in the original. `ThreadRuntime` is the real thing; another runtime can model
the same locks and decide who runs next, and the managers do not notice.

`ThreadRuntime` owns the two dials. They stand here, after *every* release of *every* lock (of a re-entrant one, after
the outermost release), so that a buggy and a fixed manager get exactly the same treatment and no manager holds any
staging of its own.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from .model import InjectedFault

T = TypeVar("T")
Held_co = TypeVar("Held_co", covariant=True)


class Guarded(Protocol[Held_co]):
    """A value behind a lock that one thread at a time may hold: `with lock as value`.

    `Runtime.lock` makes one that is not re-entrant: a thread that acquires it again while it holds it waits for ever.
    `Runtime.rlock` makes one that is.
    """

    def __enter__(self) -> Held_co: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def peek(self) -> Held_co:
        """The value for one unsynchronized, atomic read, such as `len` or `dict.get`, and never for a change."""


class RWGuarded(Protocol[Held_co]):
    """A value behind a reader-writer lock: many readers or one writer. Not reentrant: a second acquire deadlocks."""

    def read(self) -> AbstractContextManager[Held_co]:
        """Hold the value for reading, together with other readers."""

    def write(self) -> AbstractContextManager[Held_co]:
        """Hold the value exclusively, for writing."""

    def peek(self) -> Held_co:
        """The value for one unsynchronized, atomic read, such as `len` or `dict.get`, and never for a change."""


class Task(Protocol):
    """A thread that was started."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it ends, at most `timeout` seconds."""

    def is_alive(self) -> bool:
        """Whether it still runs."""


class Signal(Protocol):
    """An event: once set, it stays set."""

    def set(self) -> None:
        """Wake all waiting threads; later waits return at once."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds; true if it was set."""


class Runtime(Protocol):
    """The source of everything in a manager that another thread could notice."""

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock around `value`. Not reentrant: a second acquire deadlocks."""

    def rlock(self, name: str, value: T) -> Guarded[T]:
        """A reentrant lock around `value`.

        The thread that holds it may acquire it again without waiting. It is free after the outermost release: the dials
        apply there alone, and only the outermost acquire and release are points at which another thread may come in.
        """

    def rwlock(self, name: str, value: T) -> RWGuarded[T]:
        """A reader-writer lock around `value`."""

    def nap(self, seconds: float) -> None:
        """Sleep; other threads run meanwhile."""

    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Monotonic time in seconds."""

    def new_id(self) -> str:
        """A session id that cannot be guessed; about half of all ids have an odd length."""

    def start(self, name: str, target: Callable[[], None]) -> Task:
        """Run `target` in a thread of its own."""

    def signal(self) -> Signal:
        """A signal, not yet set."""


class Dials:
    """The two dials, and their effect at each release of a lock.

    Attributes:
        window: longest nap after a release, in seconds. Each nap is a random part of it: a fixed one on one busy
            session would lose exactly (threads - 1) / threads of all updates, and look staged.
        fault_rate: the chance, 0 to 1, that the operation dies there.
        armed: whether either is up. Kept beside them because every release asks.
    """

    __slots__ = ("_chance", "armed", "fault_rate", "window")

    def __init__(self, window: float = 0.0, fault_rate: float = 0.0, seed: int | None = None) -> None:
        self._chance = random.Random(seed)
        self.turn(window, fault_rate)

    def turn(self, window: float, fault_rate: float) -> None:
        """Set both dials.

        Raises:
            ValueError: a negative window, or a rate outside 0 to 1.
        """
        if not 0 <= window < float("inf"):
            raise ValueError(f"The window must be a number of seconds, 0 or more; got {window!r}.")
        if not 0 <= fault_rate <= 1:
            raise ValueError(f"The fault rate must be a probability between 0 and 1; got {fault_rate!r}.")
        self.window, self.fault_rate = window, fault_rate
        self.armed = window > 0 or fault_rate > 0

    def reseed(self, seed: int) -> None:
        """Seed the random numbers, so that a sequence can be repeated."""
        self._chance.seed(seed)

    def released(self, lock: str, failing: bool) -> None:
        """Called after each release. An operation that is failing already gets no second error."""
        if self.window:
            time.sleep(self._chance.random() * self.window)
        if self.fault_rate and not failing and self._chance.random() < self.fault_rate:
            raise InjectedFault(lock)


class ThreadLock(Generic[T]):
    """A value behind a real lock."""

    __slots__ = ("_dials", "_lock", "_name", "_value")

    def __init__(self, name: str, value: T, dials: Dials) -> None:
        self._name = name
        self._value = value
        self._dials = dials
        self._lock: threading.Lock | threading.RLock = threading.Lock()

    def __enter__(self) -> T:
        self._lock.acquire()
        return self._value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
        if self._dials.armed:
            self._dials.released(self._name, kind is not None)

    def peek(self) -> T:
        """The value without the lock."""
        return self._value


class ThreadRLock(ThreadLock[T]):
    """A value behind a real reentrant lock.

    The dials apply after the outermost release alone. After an inner one the thread still holds the lock: a wait there
    would hold up every other thread and let none in, and a fault there would end the operation in the middle of its
    section, which at a plain lock no fault does.
    """

    __slots__ = ("_depth",)

    def __init__(self, name: str, value: T, dials: Dials) -> None:
        super().__init__(name, value, dials)
        self._lock = threading.RLock()
        self._depth = 0  # read and written only by the thread that holds the lock

    def __enter__(self) -> T:
        value = super().__enter__()
        self._depth += 1
        return value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth:
            self._lock.release()
        else:
            super().__exit__(kind, error, trace)


class ThreadRWLock(Generic[T]):
    """A value behind a real reader-writer lock. A waiting writer goes before new readers, so none starves."""

    __slots__ = ("_changed", "_dials", "_name", "_readers", "_value", "_waiting", "_writing")

    def __init__(self, name: str, value: T, dials: Dials) -> None:
        self._name = name
        self._value = value
        self._dials = dials
        self._changed = threading.Condition(threading.Lock())
        self._readers = 0
        self._waiting = 0
        self._writing = False

    def read(self) -> AbstractContextManager[T]:
        """Hold the value for reading, together with other readers."""
        return _Reading(self)

    def write(self) -> AbstractContextManager[T]:
        """Hold the value exclusively, for writing."""
        return _Writing(self)

    def peek(self) -> T:
        """The value without the lock."""
        return self._value

    def _released(self, failing: bool) -> None:
        if self._dials.armed:
            self._dials.released(self._name, failing)


class _Reading(Generic[T]):
    __slots__ = ("_lock",)

    def __init__(self, lock: ThreadRWLock[T]) -> None:
        self._lock = lock

    def __enter__(self) -> T:
        lock = self._lock
        with lock._changed:
            while lock._writing or lock._waiting:
                lock._changed.wait()
            lock._readers += 1
        return lock._value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lock = self._lock
        with lock._changed:
            lock._readers -= 1
            if not lock._readers:
                lock._changed.notify_all()
        lock._released(kind is not None)


class _Writing(Generic[T]):
    __slots__ = ("_lock",)

    def __init__(self, lock: ThreadRWLock[T]) -> None:
        self._lock = lock

    def __enter__(self) -> T:
        lock = self._lock
        with lock._changed:
            lock._waiting += 1
            try:
                while lock._writing or lock._readers:
                    lock._changed.wait()
            finally:
                lock._waiting -= 1
            lock._writing = True
        return lock._value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lock = self._lock
        with lock._changed:
            lock._writing = False
            lock._changed.notify_all()
        lock._released(kind is not None)


class ThreadRuntime:
    """Real threads, real locks, the real clock. See `Runtime` for what each method is for."""

    def __init__(self, dials: Dials | None = None) -> None:
        self.dials = dials or Dials()

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock around `value`."""
        return ThreadLock(name, value, self.dials)

    def rlock(self, name: str, value: T) -> Guarded[T]:
        """A reentrant lock around `value`."""
        return ThreadRLock(name, value, self.dials)

    def rwlock(self, name: str, value: T) -> RWGuarded[T]:
        """A reader-writer lock around `value`."""
        return ThreadRWLock(name, value, self.dials)

    def nap(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def now(self) -> datetime:
        """The time of day, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Monotonic time in seconds."""
        return time.monotonic()

    def new_id(self) -> str:
        """31 or 32 random hexadecimal digits: at least 124 bits, and half of all ids have an odd length."""
        return secrets.token_hex(16)[secrets.randbelow(2) :]

    def start(self, name: str, target: Callable[[], None]) -> Task:
        """Run `target` in a daemon thread, so that the end of the process does not wait for it."""
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    def signal(self) -> Signal:
        """A signal, not yet set."""
        return threading.Event()


RUNTIME = ThreadRuntime()
"""The process-wide runtime: the one behind the three globals."""
