"""Finds functions that read the clock by `datetime.now` and the like: methods of C, in whose place no guard can be put.

The bytecode is read: every chain of names that begins with a global, a captured or an imported one is resolved to the
very object, so `runtime.now()`, `datetime(2026, 1, 2)` and a `now` of one's own are not mistaken.
"""

from __future__ import annotations

import builtins
import dis
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import resolve_name
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from . import real

_READS: Final = frozenset({"now", "utcnow", "today"})
_SILENT: Final = frozenset({"EXTENDED_ARG", "NOP", "CACHE", "PUSH_NULL", "RESUME", "NOT_TAKEN"})
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class _Chain:
    """`root.a.b`, perhaps stored as a variable. The root is a name, or a module that is imported at this place."""

    root: str
    attributes: tuple[str, ...] = ()
    imported: bool = False
    level: int = 0
    stored: str = ""

    def and_then(self, *names: str) -> _Chain:
        return _Chain(self.root, (*self.attributes, *names), self.imported, self.level)

    def stored_as(self, name: str) -> _Chain:
        return _Chain(self.root, self.attributes, self.imported, self.level, name)


def clock_read(function: FunctionType) -> str:
    """'datetime.now' if a function or one inside it mentions that, whatever it calls it; else empty."""
    if _READS.isdisjoint(_all_names(function.__code__)):
        return ""
    known = _with_defaults(function)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            known[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return _read_in(function.__code__, function.__globals__, known)


def _with_defaults(function: FunctionType) -> dict[str, Any]:
    code, defaults = function.__code__, function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    return {**dict(zip(reversed(arguments), reversed(defaults), strict=False)), **(function.__kwdefaults__ or {})}


def _read_in(code: CodeType, space: dict[str, Any], known: dict[str, Any]) -> str:
    known = dict(known)
    for one in _chains(code):
        value: Any = _root(one, space, known)
        for name in one.attributes:
            if isinstance(value, type) and (found := real.date_method(value, name)):
                return found
            value = _attribute(value, name)
        if one.stored:
            known[one.stored] = value
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return next(filter(None, (_read_in(one, space, known) for one in inner)), "")


def _root(one: _Chain, space: dict[str, Any], known: dict[str, Any]) -> Any:
    if not one.imported:
        return known.get(one.root, space.get(one.root, vars(builtins).get(one.root, _MISSING)))
    if not one.level:
        return sys.modules.get(one.root, _MISSING)
    try:
        name = resolve_name("." * one.level + one.root, str(space.get("__package__") or ""))
    except ImportError:
        return _MISSING
    return sys.modules.get(name, _MISSING)


def _attribute(value: Any, name: str) -> Any:
    """An attribute of a module or class, without running any code of theirs."""
    if isinstance(value, ModuleType):
        return vars(value).get(name, sys.modules.get(f"{value.__name__}.{name}", _MISSING))
    if isinstance(value, type):
        return next((vars(kind)[name] for kind in value.__mro__ if name in vars(kind)), _MISSING)
    return _MISSING


@lru_cache(maxsize=4096)
def _all_names(code: CodeType) -> frozenset[str]:
    inner = [_all_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(code.co_names).union(*inner)


@lru_cache(maxsize=1024)
def _chains(code: CodeType) -> tuple[_Chain, ...]:
    """Every chain of names in the order of the code, each as far as it goes at once."""
    reader = _Reader()
    for step in dis.get_instructions(code):
        if step.opname not in _SILENT:
            reader.read(step.opname, step.argval)
    return tuple(reader.found)


class _Reader:
    """Follows instructions. `_now` is the chain whose value is on top of the stack, if it is one."""

    def __init__(self) -> None:
        self.found: list[_Chain] = []
        self._now: _Chain | None = None
        self._module: _Chain | None = None
        self._constants: tuple[Any, Any] = (0, None)

    def read(self, name: str, value: Any) -> None:
        """One instruction."""
        before, self._now = self._now, None
        names = value if isinstance(value, tuple) else (value,)
        if name in ("LOAD_ATTR", "LOAD_METHOD"):
            self._now = before and before.and_then(value)
        elif name == "IMPORT_NAME":
            level, taken = self._constants
            whole = taken or level  # `import a.b` gives a
            self._now = self._module = _Chain(value if whole else value.partition(".")[0], (), True, level or 0)
        elif name == "IMPORT_FROM":
            self._now = self._module and self._module.and_then(value)
        elif name.startswith("STORE_"):
            self._store(before, names, "LOAD" in name)
        elif name.startswith("LOAD_"):
            self._load(name, value, names[-1:])
        if self._now is not None:
            self.found.append(self._now)

    def _store(self, before: _Chain | None, names: tuple[Any, ...], loads: bool) -> None:
        if before is not None and isinstance(names[0], str):
            self.found.append(before.stored_as(names[0]))
        if loads:
            self._now = _Chain(names[-1])

    def _load(self, name: str, value: Any, last: tuple[Any, ...]) -> None:
        if name in ("LOAD_CONST", "LOAD_SMALL_INT"):
            self._constants = (self._constants[1], value)
        elif last and isinstance(last[0], str):
            self._now = _Chain(last[0])
