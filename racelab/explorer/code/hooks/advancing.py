"""Python's iterators: each changes when it is used, and looks at something else."""

from __future__ import annotations

import gc
import itertools
import operator
import types
from collections.abc import Callable, Iterable
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, BOTH, READ, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import foreign, of_process, others, whose
from .tables import HAS_ITEM, LOOKS_AT_ITEM, MUTABLE, VIEWS, table_of

Look = Callable[[Memory, Thread, Any, int, str], None]
_EMPTY: Final[tuple[Any, ...]] = ([], (), set(), {}, {}.values(), {}.items(), "", "ä", b"", bytearray(), range(0))
_EMPTY_BACK: Final[tuple[Any, ...]] = ([], {}, {}.values(), {}.items(), range(0))
_ITERATORS: Final = (
    *(type(iter(one)) for one in _EMPTY),
    *(type(reversed(one)) for one in _EMPTY_BACK),
    *(type(iter(range(1 << 99))), type(iter(int, 0)), type(iter(memoryview(b"")))),
    *(zip, enumerate, map, filter, reversed, types.GeneratorType),
    type(gc.get_referents(itertools.tee(())[0])[-1]),  # what tees share
)
_OF_MODULES: Final = frozenset({"itertools", "collections", "_collections", "array"})
_HARMLESS_MODULES: Final = frozenset({"builtins", "_operator", "math"})
_CHANGING: Final = (
    "setattr delattr eval exec compile __import__ globals locals vars dir input open print setitem delitem call "
    "iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ixor ior iconcat"
)


class Followed:
    """An iterator of the explorer's, which records its own looks."""

    __slots__ = ()

    def container(self) -> Any:
        """What it goes over, if that is a container."""


def is_iterator(value: Any) -> bool:
    """Whether it is one of Python's iterators."""
    kind = type(value)
    return kind in _ITERATORS or (kind.__module__ in _OF_MODULES and "__next__" in kind.__dict__)


def advance(memory: Memory, task: Thread, iterator: Any, site: int, look: Look) -> None:
    """An iterator is asked for its next value.

    Args:
        look: how to look at what is neither an iterator nor a container.
    """
    waiting, seen = [iterator], {id(iterator)}
    functions: list[Any] = []
    holders: list[Any] = []
    while waiting:
        one = waiting.pop()
        parts = _parts(one)
        if parts is None:
            _advance_foreign(memory, task, one, site)
            continue
        if is_iterator(one):
            memory.mark(task, one, WHOLE, BOTH, site)
        elif issubclass(type(one), MUTABLE):
            memory.mark(task, one, WHOLE, READ, site)
            holders.append(one)
        elif issubclass(type(one), (tuple, *VIEWS, Followed)):
            holders.append(one.container() if issubclass(type(one), Followed) else one)
        elif callable(one):
            functions.append(one)
        else:
            look(memory, task, one, site, "i")
        new = [part for part in parts if type(part) not in ATOMS and id(part) not in seen]
        seen.update(map(id, new))
        waiting += new
    for function in functions:
        touch_callback(memory, task, function, holders, site, look)


def _advance_foreign(memory: Memory, task: Thread, generator: Any, site: int) -> None:
    """A generator whose body is not rewritten may do anything."""
    if foreign.reach(memory, task, [generator], site):
        foreign.half_way(memory, site, str(generator.__qualname__))


def _parts(one: Any) -> list[Any] | None:
    """What an iterator, or a view, leads to; None for a generator of which nothing is known."""
    if type(one) is types.GeneratorType:
        return whose.held_by_generator(one)
    if is_iterator(one) or issubclass(type(one), (tuple, *VIEWS)):
        return [part for part in gc.get_referents(one) if part is not type(one)]
    return []


def touch_callback(memory: Memory, task: Thread, function: Any, given: Iterable[Any], site: int, look: Look) -> None:
    """C calls a function that it was given: mark what that touches and does not record itself.

    Args:
        given: what it may get as arguments, or what these are in.
    """
    if function is None or _records_itself(function):
        return
    others.meet(memory, task, function)
    of_process.touch(memory, task, function, site)
    is_bound = type(function) in (types.BuiltinFunctionType, types.MethodWrapperType)
    owner = function.__self__ if is_bound else None
    if issubclass(type(owner), MUTABLE):
        effect = table_of(owner).get(function.__name__, BOTH)
        looks = effect in {READ, LOOKS_AT_ITEM, HAS_ITEM}
        if effect is not None:
            memory.mark(task, owner, WHOLE, READ if looks else BOTH, site)
    elif issubclass(type(function), (operator.itemgetter, operator.attrgetter)):
        foreign.looked_at(memory, task, given, site)
        return
    elif not _only_looks(function):
        marked = foreign.reach(memory, task, [*foreign.roots_of(function), *given], site)
        if marked and foreign.is_python(function):
            foreign.half_way(memory, site, foreign.name_of(function))
        return
    for one in given:
        look(memory, task, one, site, "?")


def _records_itself(function: Any) -> bool:
    if issubclass(type(function), types.MethodType):
        return whose.records(function.__func__)
    if issubclass(type(function), type):
        made = [whose.look_up(function, name) for name in ("__init__", "__new__")]
        return all(one in (object.__init__, object.__dict__["__new__"]) or whose.records(one) for one in made)
    return whose.records(function) or whose.records(whose.look_up(type(function), "__call__"))


def _only_looks(function: Any) -> bool:
    """Whether a callable looks at its arguments, and at nothing else."""
    if issubclass(type(function), type):
        return function.__module__ == "builtins" or whose.is_value(function) or issubclass(function, BaseException)
    if issubclass(type(function), (types.MethodDescriptorType, types.WrapperDescriptorType)):
        return whose.is_value(function.__objclass__)
    if not issubclass(type(function), types.BuiltinFunctionType):
        return False
    owner = function.__self__
    if owner is not None and not issubclass(type(owner), types.ModuleType):
        return whose.is_value(type(owner))
    return function.__module__ in _HARMLESS_MODULES and function.__name__ not in _CHANGING.split()
