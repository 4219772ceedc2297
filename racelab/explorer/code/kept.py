"""Modules to which nothing was written: they serve the next execution as they are, which is most of its set-up saved.

What belongs to a module is everything that can be reached from its names: containers, instances, classes, defaults and
closures of functions, and what it has taken from other modules of the author's. If a task has written to any of that,
the module is imported anew for each execution. So is one that holds a primitive, because a primitive belongs to one
execution, and one that was seen to hold too much.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from importlib.machinery import ModuleSpec
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.places import Places

from .private_importlib import import_now

MOST: Final = 50_000
"""Objects that are looked at for one module."""
_NOT_ITS_OWN: Final = frozenset({"__builtins__", "__spec__", "__loader__"})


class Kept:
    """See the module. One for all executions of a program.

    Attributes:
        modules: those that serve the next execution, by name.
        unfaithful: why no verdict may be given, as far as imports have shown it.
        specs: where modules were found; None for those that there are not.
        in_root: whether the author's folder has a module.
        of_others: whether a package is somebody else's.
        watched: how many executions there have been since all began anew.
    """

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.unfaithful: set[str] = set()
        self.specs: dict[str, ModuleSpec | None] = {}
        self.in_root: dict[str, bool] = {}
        self.of_others: dict[str, bool] = {}
        self.watched = 0
        self._belongings: dict[str, frozenset[int]] = {}
        self._anew: set[str] = set()
        self._rewritten: frozenset[str] = frozenset()

    def begin_anew(self, places: Places) -> None:
        """If more packages are rewritten than before, forget all that was known with fewer."""
        if places.rewritten == self._rewritten:
            return
        self._rewritten = frozenset(places.rewritten)
        for known in (self.modules, self.unfaithful, self._belongings, self._anew, places.unfaithful, places.gaps):
            known.clear()
        places.opaque.clear()
        self.watched = 0
        places.others -= self._rewritten

    def import_anew(self, name: str) -> None:
        """Its import has set something of the process, which is put back at the end of each execution."""
        self._anew.add(name)

    def keep_unchanged(self, modules: Mapping[str, ModuleType], memory: Memory, late: Iterable[str]) -> None:
        """At the end of an execution, before its tasks are ended: decide which modules serve the next one.

        Args:
            modules: the author's, by name.
            late: those that a task has imported. If one of them is kept all has to begin anew, because from now on it
                is there at once.
        """
        written = written_in(memory)
        goes = written | {id(one) for name in self._anew & modules.keys() for one in _of_module(modules[name])}
        for name in [name for name, own in self._belongings.items() if not own.isdisjoint(written)]:
            self._anew.add(name)
            del self.modules[name], self._belongings[name]
            memory.grown = True  # objects have other names in what follows
        for name, module in modules.items():
            if name not in self.modules and name not in self._anew:
                own = belongings(module, modules)
                if own is None or not own.isdisjoint(goes) or self._is_below_anew(name):
                    self._anew.add(name)
                else:
                    self.modules[name], self._belongings[name] = module, own
                    memory.grown |= name in late

    def _is_below_anew(self, name: str) -> bool:
        """Whether it is a submodule of a package that is imported anew, of which it has to become an attribute."""
        above = name.rpartition(".")[0]
        return bool(above) and (above in self._anew or self._is_below_anew(above))


def _of_module(module: ModuleType) -> tuple[object, ...]:
    """What others have of it: it is another one in the next execution, if it is imported anew."""
    return module, vars(module)


def written_in(memory: Memory) -> set[int]:
    """The addresses of what was written to."""
    written = [one for one in memory.things.items() if any(cell.written for cell in one[1].cells.values())]
    return {address for address, _ in written} | {id(thing.object) for _, thing in written}


def belongings(module: ModuleType, modules: Mapping[str, ModuleType]) -> frozenset[int] | None:
    """The addresses of all that belongs to a module; None if it cannot be kept.

    Args:
        modules: the author's: what one of them has taken from another belongs to both.
    """
    waiting: list[Any] = [module]
    seen: dict[int, object] = {}
    while waiting:
        one = waiting.pop()
        if type(one) in ATOMS or id(one) in seen or isinstance(one, CodeType):
            continue
        if isinstance(one, Modelled):
            if not getattr(type(one), "outlives_execution", False):
                return None
            continue
        seen[id(one)] = one  # kept until the end, so that no other object gets its address
        if len(seen) > MOST:
            return None
        waiting += _parts(one, modules)
    return frozenset(seen)


def _parts(one: object, modules: Mapping[str, ModuleType]) -> Iterable[Any]:
    if isinstance(one, ModuleType):
        if modules.get(one.__name__) is not one:
            return ()
        names = vars(one)
        return [names, *[value for name, value in names.items() if name not in _NOT_ITS_OWN]]
    if isinstance(one, FunctionType):
        return _parts_of_function(one)
    if isinstance(one, type):
        if one.__module__ not in modules:
            return ()
        return [*vars(one).values(), *one.__bases__]
    if type(one) is dict and "__builtins__" in one:  # the names of a module, reached through a function
        return [value for name, value in one.items() if name not in _NOT_ITS_OWN]
    return gc.get_referents(one)


def _parts_of_function(one: FunctionType) -> Iterable[Any]:
    parts: list[Any] = [one.__defaults__, one.__kwdefaults__, vars(one), *(one.__closure__ or ())]
    if is_private(one.__globals__):
        parts.append(one.__globals__)
    return parts


def is_private(namespace: Mapping[str, Any]) -> bool:
    """Whether these are the names of a module that a loader has made."""
    names = namespace.get("__builtins__")
    return isinstance(names, dict) and names.get("__import__") is import_now
