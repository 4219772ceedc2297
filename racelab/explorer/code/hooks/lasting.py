"""Attributes of what outlives an execution: classes, functions and objects of Python's that the author's code sets.

What was there is put back at the end of the execution (see `lent`). They are locations as any others; and Python's own
functions, whose looks are not recorded, are taken to look at all of them that tasks are known to set.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, Modelled, own_names
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from .. import lent
from ..python_modules import is_of_python
from . import foreign, whose

CALLED: Final = "{} of {} is replaced while tasks run: what looks there, as calls do, is not recorded."
_LOOKED_AT: Final = {
    FunctionType: frozenset({"__code__", "__defaults__", "__kwdefaults__"}),
    CellType: frozenset({"cell_contents"}),
}
DICTIONARIES: Final = frozenset({"__annotations__", "__kwdefaults__"})
"""Which functions have beside that of their attributes."""
_WORDS: Final = frozenset({"__name__", "__qualname__", "__doc__"})
"""Of functions: `total_ordering` gives some of Python's own another name, and nothing goes by that."""
_BASES: Final = frozenset({"__bases__"})
_found: Final[dict[int, tuple[object, str]]] = {}
"""What modules of Python's hold, by `id`: the object or container, and where it was found."""
_noted: Final[dict[str, dict[str, Any]]] = {}
"""What each module held when that was last looked at."""
_DEEPEST: Final = 2
"""Attributes of attributes of what a module holds."""
known_kinds: dict[type, bool] = {}
"""What `is_authors` has said."""


def is_authors(kind: type) -> bool:
    """Whether objects of a class are made by each execution for itself, and Python itself does not look at them."""
    found = known_kinds.get(kind)
    if found is None:
        if len(known_kinds) > whose.MOST_KINDS:
            known_kinds.clear()
        if issubclass(kind, (type, FunctionType, CellType)):
            found = False
        else:
            module = str(kind.__module__)
            made = module == "builtins" or not is_of_python(module) or foreign.is_authors(kind)
            found = made and not issubclass(kind, Modelled)
        known_kinds[kind] = found
    return found


def change(memory: Memory, task: Thread, owner: Any, name: str) -> None:
    """An attribute of something else than an object of the author's is about to be set or deleted."""
    kind = type(owner)
    looked_at = _BASES if issubclass(kind, type) else _LOOKED_AT.get(kind, ())
    if name in looked_at and task.index:
        memory.places.gaps[CALLED.format(name, getattr(owner, "__qualname__", "a captured variable"))] += 1
    if issubclass(kind, (type, FunctionType)):
        module = str(owner.__module__)
        if not is_of_python(module) and not module.startswith(whose.OWN):  # a model stays as well
            return
    if kind is FunctionType and name in _WORDS:
        return
    lent.keep(owner, name)
    where = _where(owner)
    if task.index and where and where not in memory.places.lent:
        memory.grown = True
        memory.places.lent[where] = owner


def hand_out(memory: Memory, task: Thread, owner: Any, name: str) -> None:
    """A dictionary that a function or class has: to change it is to change that."""
    names = getattr(owner, name, None)
    if type(names) is dict:
        foreign.one_place(memory, task, owner, names)


def tell_handed_out(memory: Memory, task: Thread, names: object) -> None:
    """A dictionary is about to be changed: do calls of a function look there?"""
    thing = memory.things.get(id(names))
    function = thing.object if thing is not None else None
    if type(function) is FunctionType and function.__kwdefaults__ is names and task.index:
        memory.places.gaps[CALLED.format("__kwdefaults__", function.__qualname__)] += 1


def note(module: ModuleType) -> None:
    """The author's code has imported a module of Python's: what it holds outlives the execution."""
    names = vars(module)
    if _noted.get(module.__name__) == names:
        return
    _noted[module.__name__] = dict(names)  # a module may make what it holds anew, as `mimetypes` does
    for name, value in list(names.items()):
        if not _is_fixed(value) and not found(value):
            _note(value, f"{module.__name__}.{name}")


def found(value: object) -> str:
    """Where a module of Python's holds it; empty if none is known to."""
    known = _found.get(id(value))
    return known[1] if known is not None and known[0] is value else ""


def note_container(container: object, where: str) -> None:
    """A container was found in a module of Python's."""
    _found[id(container)] = container, where


def _note(value: Any, where: str, deep: int = 0) -> None:
    _found[id(value)] = value, where
    names: Mapping[str, Any] = vars(value) if issubclass(type(value), type) else own_names(value) or {}
    if type(names) is dict and names:
        _found[id(names)] = names, where
    for name, part in list(names.items()) if deep < _DEEPEST else ():
        if not _is_fixed(part):
            _note(part, f"{where}.{name}", deep + 1)


def _is_fixed(value: Any) -> bool:
    """Whether nothing can be set in it, or what it is is known by its name."""
    kind = type(value)
    return kind in ATOMS or issubclass(kind, (ModuleType, BuiltinFunctionType, FunctionType, Modelled))


def _where(owner: Any) -> str:
    """Under which name Python's own functions may look at it; empty if they have none for it."""
    if issubclass(type(owner), (type, FunctionType)):
        module = sys.modules.get(str(owner.__module__))
        top = str(owner.__qualname__).partition(".")[0]
        return f"{owner.__module__}.{owner.__qualname__}" if top in vars(module or sys) else ""
    return found(owner)
