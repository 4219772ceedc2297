"""Keeps real locks, threads and sleeps out of an exploration: with one of them inside, nothing it says would be true.

While something is explored in this thread, making or using one raises `NotModelled`, and a manager that brought one
along is refused. An exploration that meets one ends with *cannot tell*, never with a pass. Other threads of the process
notice nothing.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

FORBIDDEN: dict[str, tuple[Any, ...]] = {
    "threading": ("Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"),
    "time": ("sleep",),
}
_REAL = [(sys.modules[module], name) for module, names in FORBIDDEN.items() for name in names]
_FACTORIES = {id(getattr(module, name)): f"{module.__name__}.{name}" for module, name in _REAL}
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


class NotModelled(Exception):
    """Something real stands where the explorer needs a model."""

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
    for module, name in _REAL:
        setattr(module, name, _guarded(getattr(module, name), f"{module.__name__}.{name}"))
    threading.Thread.start = _guarded(threading.Thread.start, "A thread")  # type: ignore[method-assign]


def _restore() -> None:
    for module, name in _REAL:
        setattr(module, name, getattr(module, name).real)
    threading.Thread.start = threading.Thread.start.real  # type: ignore[attr-defined,method-assign]


def _guarded(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    def guard(*arguments: Any, **named: Any) -> Any:
        if getattr(_here, "depth", 0):
            _refuse(name)
        return real(*arguments, **named)

    guard.real = real  # type: ignore[attr-defined]
    return guard


def _refuse(name: str) -> NoReturn:
    raise NotModelled(name)
