"""What is real: locks, threads, queues, clocks and randomness of Python, by name.

Everything here is resolved when this module is imported, so it is what stands there outside of explorations.
"""

from __future__ import annotations

import _thread
import concurrent.futures.thread
import datetime
import queue
import random
import secrets
import select
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from types import BuiltinMethodType
from typing import Any, Final

from session_manager import sync

from . import origin

MAKES: Final = {
    "threading": "Lock RLock Condition Event Semaphore BoundedSemaphore Barrier Thread Timer local",
    "_thread": "allocate_lock allocate RLock start_new_thread start_new start_joinable_thread _local",
    "queue": "Queue LifoQueue PriorityQueue SimpleQueue",
    "concurrent.futures.thread": "ThreadPoolExecutor",
    "concurrent.futures._base": "Future Executor wait as_completed",
    "select": "select poll epoll kqueue",
    "random": "SystemRandom",
}
"""What makes something real, or waits for it."""
IDENTITY: Final = {
    "threading": "get_ident get_native_id current_thread currentThread",
    "_thread": "get_ident get_native_id",
}
"""What tells threads apart: all tasks are one thread. Python's own code may ask."""
CLOCKS: Final = {
    "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns thread_time"
    " thread_time_ns clock_gettime clock_gettime_ns sleep",
}
SOMETIMES: Final = {"time": "localtime gmtime ctime asctime strftime"}
"""What reads the clock if no time is given."""
CHANCE: Final = {
    "secrets": "token_bytes token_hex token_urlsafe randbelow randbits choice",
    "os": "urandom getrandom",
    "uuid": "uuid1 uuid4 uuid6 uuid7",
    "random": " ".join(n for n, thing in vars(random).items() if getattr(thing, "__self__", None) is random._inst),
}
METHODS: Final = {
    "threading": {
        "Condition": "__init__ __enter__ wait wait_for notify notify_all",
        "Event": "__init__ is_set set clear wait",
        "Semaphore": "__init__ __enter__ acquire release",
        "BoundedSemaphore": "__init__ release",
        "Barrier": "__init__ wait reset abort",
        "Thread": "__init__ start join is_alive",
        "Timer": "__init__ cancel",
    },
    "queue": {"Queue": "__init__ put get put_nowait get_nowait qsize empty full join task_done"},
    "concurrent.futures.thread": {"ThreadPoolExecutor": "__init__ submit shutdown"},
    "concurrent.futures._base": {"Executor": "map", "Future": "__init__ result exception cancel set_result done"},
    "random": {"SystemRandom": "random getrandbits randbytes"},
    "session_manager.sync": {
        "ThreadRuntime": "lock rwlock nap now monotonic new_id start signal",
        "ThreadLock": "__enter__ peek",
        "ThreadRWLock": "read write peek",
    },
}
"""Methods that are guarded at their class, so that objects made before an exploration cannot be used in it either."""
LOOPS: Final = dict.fromkeys(("asyncio", "asyncio.events"), "run new_event_loop get_event_loop")
"""Guarded if somebody has imported them."""

_REAL_CLASSES: Final[tuple[type, ...]] = (
    type(_thread.allocate_lock()),
    type(threading.RLock()),
    threading._RLock,
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.Barrier,
    threading.Thread,
    threading.local,
    queue.Queue,
    queue.SimpleQueue,
    concurrent.futures.Executor,
    concurrent.futures.Future,
    random.SystemRandom,
    sync.ThreadLock,
    sync.ThreadRWLock,
)
_REAL_PACKAGES: Final = frozenset(
    {"_asyncio", "_multiprocessing", "_socket", "_sqlite3", "asyncio", "multiprocessing"}
    | {"select", "selectors", "socket", "sqlite3", "subprocess"}
)
_DATE_METHODS: Final = {
    id(vars(kind)[name]): f"{kind.__name__}.{name}"
    for kind, names in ((datetime.datetime, ("now", "utcnow")), (datetime.date, ("today",)))
    for name in names
}


def _named(*tables: dict[str, str]) -> Iterator[Any]:
    for table in tables:
        for module, names in table.items():
            yield from (vars(sys.modules[module])[name] for name in names.split() if name in vars(sys.modules[module]))


_IDS: Final = {
    *map(id, _named(MAKES, IDENTITY, CLOCKS, SOMETIMES, CHANCE)),
    *(id(random._inst), id(threading._RLock)),
}
GUARDS: Final[dict[int, Any]] = {}
"""What stands in place of them while something is explored, kept for ever: a module may have imported it."""


def is_real(thing: Any) -> bool:
    """Whether it is one of these functions or classes, or a way to read the clock bound to a class of dates."""
    if id(thing) in _IDS or GUARDS.get(id(thing)) is thing:
        return True
    if type(thing) is not BuiltinMethodType or not isinstance(thing.__self__, type):
        return False
    return bool(date_method(thing.__self__, thing.__name__))


def is_real_class(kind: type) -> bool:
    """Whether every object of a class is real."""
    if issubclass(kind, _REAL_CLASSES):
        return True
    return any(
        str(base.__module__).partition(".")[0] in _REAL_PACKAGES and origin.of_kind(base) == origin.PYTHON
        for base in kind.__mro__
        if not issubclass(base, BaseException)
    )


def date_method(kind: type, name: str) -> str:
    """'datetime.now' if this is what the attribute of that class is; empty if it is anything else."""
    for base in kind.__mro__:
        if name in vars(base):
            return _DATE_METHODS.get(id(vars(base)[name]), "")
    return ""


def sometimes(name: str) -> Callable[..., bool] | None:
    """When a call is not to be refused; None if never."""
    return _HARMLESS.get(name)


def _is_seeded(_self: Any, a: Any = None, *_rest: Any, **_named: Any) -> bool:
    return a is not None


def _has_time(*given: Any) -> bool:
    return bool(given) and given[-1] is not None


def _has_time_too(*given: Any) -> bool:
    return len(given) > 1


_HARMLESS: Final[dict[str, Callable[..., bool]]] = {
    "random.Random.seed": _is_seeded,
    **{f"time.{name}": _has_time for name in SOMETIMES["time"].split()},
    "time.strftime": _has_time_too,
}
_KEPT: Final = (secrets, select, time, uuid)  # loaded, so that the tables find them
