"""Keeps everything real out of an exploration: with a real lock, clock or random number in it, no verdict holds.

While something is explored in this thread, using what `real` names raises `NotModelled`, and such an exploration ends
with *cannot tell*, never with a pass and never with an accusation. Other threads of the process notice nothing. What a
manager has brought along is found by `look`.

The lab's own code may use everything, by the location of its file; so may `logging` and the import of a module, which
read the clock and take locks that no manager can notice.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import update_wrapper
from random import Random
from types import CoroutineType, FrameType
from typing import Any, Final, NoReturn

from . import origin, real
from .garbage import without_collecting

_AUDITED = {
    "_thread.start_new_thread": "_thread.start_new_thread",
    "_thread.start_joinable_thread": "_thread.start_joinable_thread",
    "os.exec": "os.exec",
    "os.fork": "os.fork",
    "os.forkpty": "os.forkpty",
    "os.posix_spawn": "os.posix_spawn",
    "os.spawn": "os.spawn",
    "os.system": "os.system",
    "socket.__new__": "A socket",
    "socket.connect": "A socket",
    "socket.bind": "A socket",
    "socket.sendto": "A socket",
    "socket.sendmsg": "A socket",
    "socket.getaddrinfo": "socket.getaddrinfo",
    "sqlite3.connect": "sqlite3.connect",
    "subprocess.Popen": "subprocess.Popen",
    "time.sleep": "time.sleep",
}
"""What Python itself reports, however it is called; the name for it in a sentence."""
_MAY_USE_ALL = {"logging", "logging.handlers", "logging.config"}
_IMPORTS = tuple(map(id, (vars(importlib._bootstrap), vars(importlib._bootstrap_external))))
_here = threading.local()
_patching = threading.Lock()
_users = 0
_patched: list[tuple[Any, str, Any, Any]] = []
_guards: dict[tuple[int, str], tuple[Any, Any]] = {}
_hooked = False


FROM_THE_RUNTIME: Final = (
    "Take locks, sleeps, clock readings, random ids and threads from the runtime that is given to the manager."
)
"""What the author of a manager can do about it."""


class NotModelled(BaseException):
    """Something real stands where the explorer needs a model. No manager's `except Exception` may swallow this.

    Args:
        what: the real thing, as the subject of a sentence.
        said: the whole sentence instead, if it is another one.
    """

    def __init__(self, what: str, said: str = "") -> None:
        super().__init__(
            said or f"{what} is real, and the explorer can only decide about what it models. {FROM_THE_RUNTIME}"
        )


@contextmanager
def modelled_only() -> Iterator[None]:
    """While it lasts, nothing real may be made or used in this thread, nor garbage be collected. It may be nested."""
    with without_collecting(), _refusing():  # in this order: what ends when it is left may use real things
        yield


@contextmanager
def _refusing() -> Iterator[None]:
    global _users  # noqa: PLW0603 - what is patched is global as well
    with _patching:
        _users += 1
        if _users == 1:
            _patch()
    depth, refused = _depth(), getattr(_here, "refused", None)
    _here.depth, _here.refused = depth + 1, None
    try:
        yield
    finally:
        _here.depth, _here.refused = depth, refused
        with _patching:
            _users -= 1
            if not _users:
                _restore()


@contextmanager
def real_again() -> Iterator[None]:
    """Inside of an exploration: what a caller of the explorer does meanwhile, such as showing progress, may be real."""
    depth, _here.depth = _depth(), 0
    try:
        yield
    finally:
        _here.depth = depth


def refuse_what_was_swallowed() -> None:
    """Raise once more what a manager has caught.

    Raises:
        NotModelled: something real was made or used since the last time.
    """
    name, _here.refused = getattr(_here, "refused", None), None
    if name is not None:
        raise NotModelled(name)


def refuse_coroutine(answer: object, method: str) -> None:
    """Refuse what an operation has returned if it has not run yet, but waits for an event loop.

    Raises:
        NotModelled: it is a coroutine, an asynchronous generator, or awaitable otherwise.
    """
    if hasattr(type(answer), "__await__") or hasattr(type(answer), "__aiter__"):
        if isinstance(answer, CoroutineType):
            answer.close()  # or Python warns that nobody has awaited it
        _refuse(f"The event loop that {method} (a coroutine) needs")


def _depth() -> int:
    depth: int = getattr(_here, "depth", 0)
    return depth


def _patch() -> None:
    """Put guards in place of everything. `_restore` undoes exactly this."""
    _install_hook()
    try:
        for owner, name, said in (*_PLACES, *_loops()):
            before = vars(owner)[name]
            guard = _guard_for(owner, name, before, said)
            setattr(owner, name, guard)
            _patched.append((owner, name, before, guard))
    except BaseException:
        _restore()
        raise


def _restore() -> None:
    while _patched:
        owner, name, before, guard = _patched.pop()
        if vars(owner).get(name) is guard:  # or somebody has replaced it since
            setattr(owner, name, before)


def _places() -> Iterator[tuple[Any, str, str]]:
    """What is guarded: owner, attribute, and its name in a sentence."""
    for table in (real.MAKES, real.IDENTITY, real.CLOCKS, real.SOMETIMES, real.CHANCE):
        for module, names in table.items():
            yield from _of(sys.modules.get(module), names, module)
    for module, kinds in real.METHODS.items():
        for kind, names in kinds.items():
            yield from _of(vars(sys.modules[module]).get(kind), names, f"{module}.{kind}")
    yield from _of(Random, "seed", "random.Random")


def _loops() -> Iterator[tuple[Any, str, str]]:
    for module, names in real.LOOPS.items():
        yield from _of(sys.modules.get(module), names, module)


def _of(owner: Any, names: str, said: str) -> Iterator[tuple[Any, str, str]]:
    if owner is not None:
        for name in names.split():
            if name in vars(owner) and not _has_guarded_methods(vars(owner)[name]):
                yield owner, name, f"{said}.{name}".removesuffix(".__init__")


def _has_guarded_methods(thing: Any) -> bool:
    """Such a class stays what it is: others ask whether something is an object of it."""
    return isinstance(thing, type) and any(
        kind.__name__ in real.METHODS.get(kind.__module__, ()) for kind in thing.__mro__
    )


_PLACES = tuple(_places())


def _guard_for(owner: Any, name: str, before: Any, said: str) -> Any:
    key = id(owner), name
    known = _guards.get(key)
    if known is None or known[0] is not before:
        make = _GuardedClass if isinstance(before, type) else _guarded
        known = _guards[key] = before, make(before, said)
        if not isinstance(owner, type):
            real.GUARDS[id(known[1])] = known[1]
    return known[1]


def _guarded(before: Callable[..., Any], said: str) -> Callable[..., Any]:
    harmless = real.sometimes(said)
    allowed = _python_asks if said.rpartition(".")[2] in _IDENTITY else _is_allowed

    def guard(*given: Any, **named: Any) -> Any:
        if (
            getattr(_here, "depth", 0)
            and not (harmless is not None and harmless(*given, **named))
            and not allowed(sys._getframe(1))
        ):
            _refuse(said)
        return before(*given, **named)

    return update_wrapper(guard, before) if hasattr(before, "__name__") else guard


class _GuardedClass:
    """In place of a class of C, whose methods cannot be guarded: makes its objects, and knows them."""

    def __init__(self, before: type, said: str) -> None:
        self._before, self._said = before, said

    def __call__(self, *given: Any, **named: Any) -> Any:
        if getattr(_here, "depth", 0) and not _is_allowed(sys._getframe(1)):
            _refuse(self._said)
        return self._before(*given, **named)

    def __instancecheck__(self, thing: Any) -> bool:
        return isinstance(thing, self._before)

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, self._before)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self._before,)

    def __or__(self, other: Any) -> Any:
        return self._before | other

    def __ror__(self, other: Any) -> Any:
        return other | self._before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._before, name)


_IDENTITY = {name for names in real.IDENTITY.values() for name in names.split()}


def _python_asks(frame: FrameType) -> bool:
    return origin.of_file(frame.f_code.co_filename) in (origin.PYTHON, origin.LIBRARY) or _is_allowed(frame)


def _is_allowed(frame: FrameType | None) -> bool:
    """Whether the lab, `logging` or an import has called, not the manager. Python's own code acts for its caller."""
    while frame is not None:
        whose = origin.of_file(frame.f_code.co_filename)
        if whose == origin.LAB:
            return frame.f_code.co_filename.startswith(origin.RACELAB)
        if whose == origin.AUTHOR:
            return False
        name = frame.f_globals.get("__name__")
        if (whose == origin.PYTHON and name in _MAY_USE_ALL) or id(frame.f_globals) in _IMPORTS:
            return True
        frame = frame.f_back
    return False


def _refuse(name: str) -> NoReturn:
    _here.refused = name
    raise NotModelled(name)


def _install_hook() -> None:
    """Python keeps an audit hook for ever. It does nothing outside of explorations."""
    global _hooked  # noqa: PLW0603 - one for the process
    if not _hooked:
        _hooked = True
        with suppress(RuntimeError):  # another hook may refuse it; the guards are there all the same
            sys.addaudithook(_hear)


def _hear(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in _AUDITED and _depth() and not _is_allowed(sys._getframe(1)):
        _refuse(_AUDITED[event])
