"""Keeps real locks, threads and sleeps out of an exploration: with one of them inside, nothing it says would be true.

While something is explored in this thread, making or using one raises `NotModelled`, and a manager that brought one
along is refused. An exploration that meets one ends with *cannot tell*, never with a pass. Other threads of the process
notice nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

_PATCHED: list[tuple[Any, str]] = [
    (threading, "Lock"),
    (threading, "RLock"),
    (time, "sleep"),
    (threading.Thread, "start"),
]
"""What is guarded. Every other primitive of `threading` is made of the first two."""
_FACTORIES = {
    id(thing): name
    for name, thing in {
        "threading.Lock": threading.Lock,
        "threading.RLock": threading.RLock,
        "threading.Condition": threading.Condition,
        "threading.Event": threading.Event,
        "threading.Semaphore": threading.Semaphore,
        "threading.Barrier": threading.Barrier,
        "threading.Thread": threading.Thread,
        "time.sleep": time.sleep,
    }.items()
}
_KINDS = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.Barrier,
    threading.Thread,
)
DEEPEST = 3
_here = threading.local()
_patching = threading.Lock()
_users = 0


class NotModelled(BaseException):
    """Something real stands where the explorer needs a model. No manager's `except Exception` may swallow this."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is real, and the explorer can only decide about what it models. Take locks, naps, the clock and "
            "threads from the runtime that the manager is given."
        )


@contextmanager
def modelled_only() -> Iterator[None]:
    """While it lasts, nothing real may be made or used in this thread."""
    global _users  # noqa: PLW0603 - what is patched is global as well
    with _patching:
        _users += 1
        if _users == 1:
            _patch()
    _here.depth = getattr(_here, "depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1
        with _patching:
            _users -= 1
            if not _users:
                _restore()


def refuse_real_parts(manager: object) -> None:
    """Look for real locks and threads that the manager holds, or that its module has made or imported by name.

    Raises:
        NotModelled: it has one.
    """
    _look_into(f"{type(manager).__name__}", vars(manager), DEEPEST)
    for kind in type(manager).__mro__[:-1]:
        _look_into(kind.__name__, vars(kind), 0)
        module = sys.modules.get(kind.__module__)
        if module is not None and not module.__name__.endswith(".sync"):
            _look_into(module.__name__, vars(module), 0)


def _look_into(where: str, things: Any, deeper: int) -> None:
    for name, thing in list(things.items()):
        if isinstance(thing, _KINDS) or id(thing) in _FACTORIES:
            raise NotModelled(f"{name!r} of {where}")
        if deeper and isinstance(thing, dict):
            _look_into(f"{where}.{name}", thing, deeper - 1)
        elif deeper and isinstance(thing, (list, tuple)):
            _look_into(f"{where}.{name}", dict(enumerate(thing)), deeper - 1)


def _patch() -> None:
    for owner, name in _PATCHED:
        setattr(owner, name, _guarded(getattr(owner, name), f"{owner.__name__}.{name}"))


def _restore() -> None:
    for owner, name in _PATCHED:
        setattr(owner, name, getattr(owner, name).real)


def _guarded(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    def guard(*arguments: Any, **named: Any) -> Any:
        if getattr(_here, "depth", 0):
            _refuse(name)
        return real(*arguments, **named)

    guard.real = real  # type: ignore[attr-defined]
    return guard


def _refuse(name: str) -> NoReturn:
    raise NotModelled(name)
