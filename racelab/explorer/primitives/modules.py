"""The modules of the standard library that rewritten code gets: what is modelled, and an honest answer to the rest."""

from __future__ import annotations

import _thread
import concurrent.futures
import concurrent.futures.thread
import queue
import threading
import time
import types
from typing import Any, Final

from . import clock, current, future_waits, futures, pools, queues
from .barriers import Barrier
from .conditions import Condition
from .events import Event
from .faces import refuse
from .locals import Local
from .locks import Lock, RLock
from .semaphores import BoundedSemaphore, Semaphore
from .simple_queue import SimpleQueue
from .thread_objects import Thread, Timer

PLAIN: Final = (int, float, str, tuple)


class ModelledModule(types.ModuleType):
    """A module of the model. Constants and exceptions of the real one it has, too.

    Args:
        real: the module that it stands for.
        names: what is modelled.

    Raises:
        CannotDecide: something is asked for that only the real one has, or is set.
        AttributeError: something that neither has.
    """

    def __init__(self, real: types.ModuleType, names: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(names)
        for name, value in vars(real).items():
            if name not in names and not name.startswith("__") and _serves_as_it_is(value):
                vars(self)[name] = value
        vars(self)["__all__"] = [name for name in getattr(real, "__all__", ()) if name in vars(self)]
        vars(self)["_real"] = real

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and hasattr(vars(self)["_real"], name):
            refuse(f"{self.__name__}.{name}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("__"):
            refuse(f"Setting {self.__name__}.{name}")  # it would outlive the execution
        super().__setattr__(name, value)


def _serves_as_it_is(value: object) -> bool:
    """Constants, and exceptions, which readers have to be able to catch."""
    return type(value) in PLAIN or (isinstance(value, type) and issubclass(value, BaseException))


THREADING = ModelledModule(
    threading,
    {
        "Lock": Lock,
        "RLock": RLock,
        "Condition": Condition,
        "Event": Event,
        "Semaphore": Semaphore,
        "BoundedSemaphore": BoundedSemaphore,
        "Barrier": Barrier,
        "Thread": Thread,
        "Timer": Timer,
        "local": Local,
        "current_thread": current.current_thread,
        "currentThread": current.current_thread,
        "get_ident": current.get_ident,
        "get_native_id": current.get_ident,
        "main_thread": current.main_thread,
        "active_count": current.active_count,
        "activeCount": current.active_count,
        "enumerate": current.enumerate_threads,
        "excepthook": current.excepthook,
        "ExceptHookArgs": threading.ExceptHookArgs,
        "gettrace": current.no_hook,
        "getprofile": current.no_hook,
        "stack_size": current.stack_size,
    },
)
LOW_LEVEL = ModelledModule(
    _thread,
    {
        "allocate_lock": Lock,
        "allocate": Lock,
        "LockType": Lock,
        **({"lock": Lock} if hasattr(_thread, "lock") else {}),
        "RLock": RLock,
        "_local": Local,
        "start_new_thread": current.start_new_thread,
        "start_new": current.start_new_thread,
        "exit": current.leave,
        "exit_thread": current.leave,
        "get_ident": current.get_ident,
        "get_native_id": current.get_ident,
        "stack_size": current.stack_size,
    },
)
TIME = ModelledModule(
    time,
    {
        "sleep": clock.sleep,
        **dict.fromkeys(("time", "monotonic", "perf_counter", "process_time", "thread_time"), clock.read),
        **dict.fromkeys(
            ("time_ns", "monotonic_ns", "perf_counter_ns", "process_time_ns", "thread_time_ns"), clock.read_ns
        ),
        **{name: getattr(clock, name) for name in ("localtime", "gmtime", "ctime", "asctime", "strftime")},
        **{name: getattr(time, name) for name in ("mktime", "strptime", "struct_time")},
    },
)
QUEUE = ModelledModule(
    queue,
    {
        "Queue": queues.Queue,
        "LifoQueue": queues.LifoQueue,
        "PriorityQueue": queues.PriorityQueue,
        "SimpleQueue": SimpleQueue,
    },
)
POOL_NAMES: Final = {"ThreadPoolExecutor": pools.ThreadPoolExecutor}
FUTURES = ModelledModule(
    concurrent.futures,
    {
        **POOL_NAMES,
        "Executor": pools.Executor,
        "Future": futures.Future,
        "wait": future_waits.wait,
        "as_completed": future_waits.as_completed,
    },
)
POOLS = ModelledModule(concurrent.futures.thread, POOL_NAMES)
CONCURRENT = ModelledModule(concurrent, {"futures": FUTURES})
CONCURRENT.__path__ = []
FUTURES.__path__ = []
vars(FUTURES)["thread"] = POOLS
MODELLED: Final[dict[str, types.ModuleType]] = {
    "threading": THREADING,
    "_thread": LOW_LEVEL,
    "time": TIME,
    "queue": QUEUE,
    "concurrent": CONCURRENT,
    "concurrent.futures": FUTURES,
    "concurrent.futures.thread": POOLS,
}
"""By name, for the loader."""
