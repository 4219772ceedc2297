"""The state of the Rust original: three lazily built globals, each behind its own lock.

Managers made without arguments share them; that is the module's point. A `State` of one's own is the same three,
private to one manager.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .model import CachedSession, SessionStats
from .sync import RUNTIME, Runtime, RWGuarded

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value that is built at its first use, once, whichever threads come first.

    Args:
        build: makes the value. If it raises, the next caller tries again.
        runtime: where the lock comes from.
    """

    def __init__(self, build: Callable[[], T], runtime: Runtime = RUNTIME) -> None:
        self._build = build
        self._built: list[T] = []
        self._once = runtime.lock("lazy", self._built)

    def get(self) -> T:
        """The value."""
        if not self._built:
            # Two threads may come here together: the second finds the value when it gets the lock.
            with self._once as built:
                if not built:
                    built.append(self._build())
        return self._built[0]


SESSION_STORE: Lazy[RWGuarded[dict[str, CachedSession]]] = Lazy(lambda: RUNTIME.rwlock("store", {}))
CLEANUP_QUEUE: Lazy[RWGuarded[list[str]]] = Lazy(lambda: RUNTIME.rwlock("queue", []))
STATS: Lazy[RWGuarded[SessionStats]] = Lazy(lambda: RUNTIME.rwlock("stats", SessionStats()))


class State:
    """The store, the cleanup queue and the statistics of one manager.

    Args:
        store, queue, stats: each behind its own lock.
    """

    __slots__ = ("queue", "stats", "store")

    def __init__(
        self,
        store: RWGuarded[dict[str, CachedSession]],
        queue: RWGuarded[list[str]],
        stats: RWGuarded[SessionStats],
    ) -> None:
        self.store = store
        self.queue = queue
        self.stats = stats

    @classmethod
    def shared(cls) -> State:
        """The three globals."""
        return cls(SESSION_STORE.get(), CLEANUP_QUEUE.get(), STATS.get())

    @classmethod
    def private(cls, runtime: Runtime) -> State:
        """Three fresh ones."""
        return cls(runtime.rwlock("store", {}), runtime.rwlock("queue", []), runtime.rwlock("stats", SessionStats()))
