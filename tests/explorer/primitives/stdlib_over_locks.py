"""The standard library's own source over modelled locks: what the single steps of a model are measured against.

Every lock that it takes inside is a point there. It has far more schedules, and must have the same endings.
"""

from __future__ import annotations

import ast
import queue
import threading
from collections import deque
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from racelab.explorer.kernel.threads import here
from racelab.explorer.primitives.locks import Lock, RLock

CLASSES = ("Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier")


def _now() -> float:
    assert here.memory is not None
    return here.memory.clock


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
