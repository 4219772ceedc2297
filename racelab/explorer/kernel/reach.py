"""Everything that can be reached from a manager: what it holds, its classes and functions, its author's modules.

Python's own, libraries' and the lab's modules and classes are not entered, but what objects of theirs hold is. What a
runtime hands out is not entered either: whoever wants its contents looked at gives them as well.
"""

from __future__ import annotations

import gc
import logging
import re
import sys
import types
import typing
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from opcode import opmap
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from . import origin, real
from .guard import NotModelled

MOST: Final = 50_000
"""Objects; strings, numbers and times are not counted."""
_ATOMS: Final[frozenset[type]] = frozenset(
    {str, int, float, bool, complex, bytes, range, slice, type(None), type(...), type(NotImplemented), Decimal}
    | {date, datetime, time, timedelta, timezone, CodeType, re.Pattern, object}
)
_LEAVES: Final[tuple[type, ...]] = (
    *(logging.Filterer, logging.LoggerAdapter, logging.Manager, logging.Formatter),
    *(types.GenericAlias, types.UnionType, types.FrameType, types.TracebackType, typing.TypeVar),
)
_NOT_PARTS: Final = frozenset(
    {"__annotations__", "__annotations_cache__", "__annotate__", "__annotate_func__", "__dict__", "__weakref__"}
    | {"__doc__", "__module__", "__builtins__", "__loader__", "__spec__", "__abstractmethods__", "_abc_impl"}
)
_IMPORTS: Final = opmap["IMPORT_NAME"]
_Reader = Callable[["Reach", Any], Iterable[Any]]


class TooMuch(NotModelled):
    """More can be reached than the explorer looks at."""

    def __init__(self) -> None:
        super().__init__(
            "",
            f"More than {MOST:,} objects can be reached from the manager, so the explorer cannot see whether something "
            "real is among them, or outlives an execution. Explore it with less data.",
        )


class Reach:
    """See the module.

    Args:
        roots: where to begin.
        entered: classes whose contents are looked at, whoever has written them.

    Attributes:
        things: everything, by `id`, in the order in which it was found.
        parents: through what each was found, by `id`. Roots have none.
        functions: all functions; `called` are the author's that a root may call, as far as names tell.
        named: the modules from which functions take something, and by which names.
        kinds, modules: the classes and modules that were entered.

    Raises:
        TooMuch: there are more than `MOST` objects.
    """

    def __init__(self, roots: Iterable[Any], entered: Iterable[type] = ()) -> None:
        self.things: dict[int, Any] = {}
        self.parents: dict[int, Any] = {}
        self.functions: list[FunctionType] = []
        self.named: dict[str, set[str]] = {}
        self.kinds: list[type] = []
        self.modules: list[ModuleType] = []
        self._entered = set(entered)
        self._how: dict[type, _Reader] = {}
        self._queue: list[Any] = []
        for root in roots:
            self._add(root)
        self._go_on()
        self.called = [one for one in self.functions if origin.of_namespace(one.__globals__) == origin.AUTHOR]
        for module in self.modules:  # grows meanwhile
            for thing in members(module).values():
                self._enter_module_of(thing)
                self._add(thing, module)
            self._go_on()

    def _go_on(self) -> None:
        queue, how = self._queue, self._how
        for thing in queue:  # grows meanwhile
            kind = type(thing)
            read = how.get(kind)
            if read is None:
                read = how[kind] = _reader_of(kind)
            for part in read(self, thing):
                self._add(part, thing)
            if len(self.things) > MOST:
                raise TooMuch
        queue.clear()

    def _add(self, thing: Any, parent: Any = None) -> None:
        key = id(thing)
        if type(thing) not in _ATOMS and key not in self.things:
            self.things[key] = thing
            if parent is not None:
                self.parents[key] = parent
            self._queue.append(thing)

    def _enter_module_of(self, thing: Any) -> None:
        """Look at the module that defines a class or function later, if its author is the manager's."""
        if isinstance(thing, (type, FunctionType)):
            module = origin.module_of(thing)
            if module is not None:
                self._enter(module, thing)

    def _enter(self, module: ModuleType, because_of: Any = None) -> None:
        whose = origin.of_namespace(vars(module))
        wanted = whose == origin.AUTHOR or (
            because_of in self._entered and whose != origin.PYTHON and not origin.is_seam(module)
        )
        if wanted and module not in self.modules:
            self.modules.append(module)

    def of_module(self, module: ModuleType) -> Iterable[Any]:
        """Nothing yet: modules come last."""
        self._enter(module)
        return ()

    def of_kind(self, kind: type) -> Iterator[Any]:
        """The members of a class, its bases and its metaclass."""
        if kind not in self._entered and origin.of_kind(kind) != origin.AUTHOR:
            return
        self.kinds.append(kind)
        self._enter_module_of(kind)
        yield from members(kind).values()
        yield from (base for base in (*kind.__bases__, type(kind)) if origin.of_kind(base) == origin.AUTHOR)

    def of_function(self, function: FunctionType) -> Iterator[Any]:
        """What it closes over, its defaults and attributes, and what it names in modules."""
        yield from contents(function).values()
        yield from (function.__defaults__ or ())
        yield from (function.__kwdefaults__ or {}).values()
        yield from vars(function).values()
        self.functions.append(function)
        if origin.of_namespace(function.__globals__) == origin.AUTHOR:
            self._add_named(function.__globals__, function.__code__)

    def _add_named(self, namespace: dict[str, Any], code: CodeType) -> None:
        names, imports = names_of(code)
        seen: set[int] = set()
        spaces = [namespace]
        if imports:
            package = str(namespace.get("__package__") or "")
            found = [sys.modules.get(where) for name in names for where in (name, f"{package}.{name}")]
            spaces += [vars(module) for module in found if module is not None]
        for space in spaces:
            if id(space) in seen or origin.of_namespace(space) != origin.AUTHOR:
                continue
            seen.add(id(space))
            module = str(space.get("__name__"))
            self.named.setdefault(module, set()).update(names)
            for name in names:
                if name in space:
                    self._add(space[name], sys.modules.get(module))
                    if isinstance(space[name], ModuleType):
                        spaces.append(vars(space[name]))


def members(owner: type | ModuleType) -> dict[str, Any]:
    """The attributes of a class or module that are not Python's."""
    return {name: thing for name, thing in list(vars(owner).items()) if name not in _NOT_PARTS}


def contents(function: FunctionType) -> dict[str, Any]:
    """What a function closes over, by name."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return found


@lru_cache(maxsize=4096)
def names_of(code: CodeType) -> tuple[tuple[str, ...], bool]:
    """The names that code and the functions in it use, and whether it imports something."""
    names, imports = dict.fromkeys(code.co_names), _IMPORTS in code.co_code[::2]
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more, also = names_of(inner)
            names.update(dict.fromkeys(more))
            imports = imports or also
    return tuple(names), imports


def _reader_of(kind: type) -> _Reader:
    """How the parts of objects of that class are read."""
    if issubclass(kind, type):
        return Reach.of_kind
    if issubclass(kind, ModuleType):
        return Reach.of_module
    if kind is FunctionType:
        return Reach.of_function
    if issubclass(kind, weakref.ref):
        return lambda _, thing: (thing(), thing.__callback__)
    if issubclass(kind, Field):
        return lambda _, thing: (thing.default, thing.default_factory, thing.metadata)
    if is_leaf(kind) or real.is_real_class(kind):
        return lambda *_: ()
    return lambda _, thing: gc.get_referents(thing)


def is_leaf(kind: type) -> bool:
    """Whether nobody looks into objects of that class."""
    if issubclass(kind, _LEAVES) or (issubclass(kind, Enum) and origin.of_kind(kind) == origin.PYTHON):
        return True
    return kind.__module__ == "typing" or origin.is_modelled(kind)
