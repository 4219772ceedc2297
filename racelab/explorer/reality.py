"""Keeps real locks, threads and sleeps out of an exploration: with one of them inside, nothing it says would be true.

While something is explored in this thread, making or using one raises `NotModelled`, and a manager that brought one
along is refused. An exploration that meets one ends with *cannot tell*, never with a pass. Other threads of the process
notice nothing.
"""

from __future__ import annotations

import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CellType, FunctionType, ModuleType
from typing import Any, NoReturn

_PATCHED: list[tuple[Any, str]] = [
    (threading, "Lock"),
    (threading, "RLock"),
    (time, "sleep"),
    (threading.Thread, "__init__"),
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
        "threading.local": threading.local,
        "threading.get_ident": threading.get_ident,
        "threading.current_thread": threading.current_thread,
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
    threading.local,
)
_NOT_THE_AUTHORS: tuple[str | Path, ...] = (
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    *(Path(__file__).resolve().parents[2] / folder for folder in ("racelab", "session_manager")),
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
    _here.refused = None
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

    And for what tells threads apart, because all tasks run in one. Modules of the manager's author are looked at as
    well, if the manager's module imports something from them.

    Raises:
        NotModelled: it has one.
    """
    _look_into(type(manager).__name__, _parts(manager), DEEPEST)
    for kind in type(manager).__mro__[:-1]:
        _look_into(kind.__name__, vars(kind), 1)
        module = sys.modules.get(kind.__module__)
        if module is not None and not module.__name__.endswith(".sync"):
            for looked_at in (module, *_helpers(module)):
                _look_into(looked_at.__name__, _own(looked_at), 1)


def _helpers(module: ModuleType) -> list[ModuleType]:
    """The modules that it imports or takes something from, but for those of Python, of libraries and of the lab."""
    things = vars(module).values()
    names = [
        thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None) for thing in things
    ]
    found = {name: sys.modules.get(name) for name in names if isinstance(name, str)}
    return [helper for helper in found.values() if helper is not None and helper is not module and _is_own(helper)]


def _is_own(module: ModuleType) -> bool:
    path = getattr(module, "__file__", None)
    return path is not None and not any(Path(path).is_relative_to(elsewhere) for elsewhere in _NOT_THE_AUTHORS)


def _own(module: ModuleType) -> dict[str, Any]:
    """What a module has made itself: its containers, and names of locks; not the modules and classes it imports."""
    return {name: thing for name, thing in vars(module).items() if not name.startswith("__") and not _is_code(thing)}


def _is_code(thing: object) -> bool:
    return isinstance(thing, (ModuleType, type)) and id(thing) not in _FACTORIES


def _look_into(where: str, things: Mapping[Any, Any], deeper: int) -> None:
    for name, thing in list(things.items()):
        factory = getattr(thing, "default_factory", None)  # of a defaultdict
        if isinstance(thing, _KINDS) or id(thing) in _FACTORIES or id(factory) in _FACTORIES:
            raise NotModelled(f"{name!r} of {where}")
        if deeper and (parts := _parts(thing)):
            _look_into(f"{where}.{name}", parts, deeper - 1)


def _parts(thing: object) -> Mapping[Any, Any]:
    """What a thing holds: items, attributes, a function's defaults. The runtime's own locks are no part of it."""
    if isinstance(thing, dict):
        return thing
    if isinstance(thing, (list, tuple, set, frozenset)):
        return dict(enumerate(thing))
    if isinstance(thing, FunctionType):
        kept = [cell.cell_contents for cell in thing.__closure__ or () if cell != CellType()]
        return dict(enumerate([*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values(), *kept]))
    if isinstance(thing, type) or type(thing).__module__.startswith((__package__, "session_manager.sync")):
        return {}
    names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return {**{name: getattr(thing, name) for name in names if hasattr(thing, name)}, **getattr(thing, "__dict__", {})}


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
    _here.refused = name
    raise NotModelled(name)


def refuse_what_was_swallowed() -> None:
    """Raise once more what a manager has caught.

    Raises:
        NotModelled: something real was made or used since the last time.
    """
    name, _here.refused = getattr(_here, "refused", None), None
    if name is not None:
        raise NotModelled(name)
