"""The standard library's own source over modelled locks: what the single steps of a model are measured against.

Every lock that it takes inside is a point there. It has far more schedules, and must have the same endings.
"""

from __future__ import annotations

import ast
import builtins
import queue
import threading
from collections import deque
from functools import cache
from itertools import islice
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

from racelab.explorer.kernel.threads import here
from racelab.explorer.primitives import modules
from racelab.explorer.primitives.locks import Lock, RLock

CLASSES = ("Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier")


def _now() -> float:
    assert here.memory is not None
    return here.memory.clock.seconds


def _threading() -> SimpleNamespace:
    tree = ast.parse(Path(threading.__file__).read_text(encoding="utf-8"))
    tree.body = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name in CLASSES]
    names: dict[str, Any] = {
        "__name__": "threading",
        "_allocate_lock": Lock,
        "Lock": Lock,
        "RLock": RLock,
        "_deque": deque,
        "_islice": islice,
        "_time": _now,
        "BrokenBarrierError": threading.BrokenBarrierError,
    }
    exec(compile(tree, threading.__file__, "exec"), names)
    return SimpleNamespace(**{name: names[name] for name in ("Lock", "RLock", *CLASSES)})


def _queue() -> SimpleNamespace:
    tree = ast.parse(Path(queue.__file__).read_text(encoding="utf-8"))
    tree.body = [one for one in tree.body if isinstance(one, ast.ClassDef) and issubclass_of_queue(one.name)]
    names = {**vars(queue), "threading": THREADING, "time": _now}
    exec(compile(tree, queue.__file__, "exec"), names)
    return SimpleNamespace(**{name: names[name] for name in ("Queue", "LifoQueue", "PriorityQueue")})


def issubclass_of_queue(name: str) -> bool:
    """Whether it is one of the queues with a mutex."""
    found = getattr(queue, name, None)
    return isinstance(found, type) and issubclass(found, queue.Queue)


THREADING = _threading()
QUEUE = _queue()


def futures() -> SimpleNamespace:
    """`concurrent.futures` as it is, over the models of locks, queues and threads. Each execution needs its own."""
    silent = SimpleNamespace(exception=lambda *_, **__: None, critical=lambda *_, **__: None)
    logging = SimpleNamespace(getLogger=lambda _: silent)
    modelled = SimpleNamespace(
        **{name: getattr(modules.THREADING, name) for name in ("Lock", "RLock", "Condition", "Event", "Semaphore")},
        Thread=modules.THREADING.Thread,
        _register_atexit=lambda _: None,
    )
    clock = SimpleNamespace(monotonic=_now)
    base = _own_module("concurrent/futures/_base.py", {"threading": modelled, "logging": logging, "time": clock})
    others = {"threading": modelled, "queue": modules.QUEUE, "os": SimpleNamespace(cpu_count=lambda: 2)}
    pool = _own_module("concurrent/futures/thread.py", {**others, "concurrent.futures": SimpleNamespace(_base=base)})
    return SimpleNamespace(
        **{name: getattr(base, name) for name in ("Future", "wait", "as_completed", "CancelledError")},
        **{name: getattr(base, name) for name in ("FIRST_COMPLETED", "FIRST_EXCEPTION")},
        ThreadPoolExecutor=pool.ThreadPoolExecutor,
    )


def _own_module(path: str, instead: dict[str, Any]) -> SimpleNamespace:
    """A module of the library's that imports some modules of ours."""

    def imports(name: str, *others: Any) -> Any:
        return instead[name] if name in instead else __import__(name, *others)

    names: dict[str, Any] = {"__name__": path, "__builtins__": {**vars(builtins), "__import__": imports}}
    exec(_compiled(path), names)
    return SimpleNamespace(**names)


@cache
def _compiled(path: str) -> CodeType:
    file = Path(queue.__file__).parent / path
    text = file.read_text(encoding="utf-8").replace("except BaseException", "except Exception")  # or nothing ends it
    return compile(text, str(file), "exec")
