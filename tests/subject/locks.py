"""The four ways to hold a lock of the seam, for tests that hold for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from session_manager.sync import ThreadRuntime
from tests.subject.threads import run_together

HOLDS = ["lock", "rlock", "read", "write"]


def held(runtime: ThreadRuntime, how: str, value: list[str]) -> tuple[Any, Callable[[], AbstractContextManager[Any]]]:
    """A lock of the runtime around `value`, and how to take it."""
    if how in ("lock", "rlock"):
        lock = runtime.rlock("the lock", value) if how == "rlock" else runtime.lock("the lock", value)
        return lock, lambda: lock
    rwlock = runtime.rwlock("the lock", value)
    return rwlock, rwlock.read if how == "read" else rwlock.write


def is_free(lock: Any, how: str) -> bool:
    """Whether another thread can take the lock alone."""
    taken = threading.Event()

    def take() -> None:
        with lock.write() if how in ("read", "write") else lock:
            taken.set()

    run_together([take], patience=10)
    return taken.is_set()
