"""Loops: what a `for` goes over is looked at in each round, whoever asks for the next element."""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

from racelab.explorer.kernel.cells import BOTH, WHOLE, Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from . import foreign, interrupted, of_process, others, whose
from .advancing import Followed, advance, is_iterator
from .dropped import is_inside_of_try
from .flow import went_back
from .looking import look
from .tables import MUTABLE, VIEWS

_BY_INDEX: Final = (list, bytearray)
"""Their iterators count, and look at nothing when they are made. Others note the size, or where they begin."""
OF_NOBODY: Final = 4
"""References to a generator that only a loop has: of the loop, of what is noted of it, and of whoever asks."""
LEFT: Final = "A loop over {} is left before its end: when that is closed is not explored."
SHARED: Final = "Threads that share an iterator may get an element twice without the GIL, or miss one."
_OF_ALL: Final = (types.GeneratorType, itertools.count)
"""A generator that is busy says so, and a `count` is one atomic number."""
_NEVER_CHANGE: Final[frozenset[Any]] = frozenset({range, tuple, str, bytes, frozenset})


def iterate(values: Any, site: int, begins: bool = False) -> Any:
    """The hook: what a loop or comprehension goes over.

    Args:
        begins: whether a function begins before the first round: a generator, or in Python 3.11 any comprehension.
    """
    task = here.task
    if task is None:
        return values
    if here.memory is not None:
        _tell_of(here.memory, task, values)
    if _never_changes(values):
        return Rounds(iter(values))
    if _is_container(values) and not whose.records(whose.look_up(type(values), "__iter__")):
        if here.memory is not None and not issubclass(type(values), _BY_INDEX):
            here.memory.gate(task, site)
            look(here.memory, task, values, site, "i")
        return Looking(iter(values), values, site, begins)
    found = iter(values)
    if type(found) in (Rounds, Looking, Advancing):
        return found
    return Rounds(found) if not is_iterator(found) and _records_itself(found) else Advancing(found, site)


def _tell_of(memory: Memory, task: Thread, values: Any) -> None:
    kind = type(values)
    if kind is frozenset:
        foreign.tell_order(memory, values)
    elif kind not in MUTABLE:
        foreign.tell_weak(memory, kind)
        others.meet(memory, task, whose.look_up(kind, "__iter__"))


def _is_container(values: Any) -> bool:
    return issubclass(type(values), (*MUTABLE, *VIEWS))


def used_up(values: Any, site: int) -> Any:
    """What a star or an unpacking goes over: an iterator may call back, and tasks can go on with it meanwhile."""
    if here.task is None or not is_iterator(values):
        return values
    return (Advancing if type(values) is types.GeneratorType else Unpacked)(values, site)


def _never_changes(values: Any) -> bool:
    return type(values) in _NEVER_CHANGE


def _records_itself(iterator: Any) -> bool:
    return issubclass(type(iterator), (Modelled, Rounds)) or whose.records(whose.look_up(type(iterator), "__next__"))


def iterator_of(values: Any, found: Any, site: int) -> Any:
    """What `iter` or the like has made, so that each look is recorded, also by code that records none itself."""
    if _is_container(values) and is_iterator(found):
        return Handed(found, values, site)
    return found


class Rounds(Followed):
    """An iterator whose rounds are places where a switch can happen. It looks at nothing that could change."""

    __slots__ = ("_again", "_iterator")

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator, self._again = iterator, False

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._again:
            went_back()
        self._again = True
        return next(self._iterator)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)

    def __length_hint__(self) -> int:
        hint: int = getattr(self._iterator, "__length_hint__", int)()
        return hint

    def __repr__(self) -> str:
        return repr(self._iterator)


class Looking(Rounds):
    """Looks at a container in each round."""

    __slots__ = ("_begins", "_site", "_values")

    def __init__(self, iterator: Iterator[Any], values: Any, site: int, begins: bool = False) -> None:
        super().__init__(iterator)
        self._values, self._site, self._begins = values, site, begins

    def container(self) -> Any:
        """What it goes over."""
        return self._values

    def __next__(self) -> Any:
        task, memory = here.task, here.memory
        if task is not None and memory is not None:
            if self._again:
                went_back()
            elif self._begins:
                interrupted.switchable(task)
            self._again = True
            memory.gate(task, self._site)
            look(memory, task, self._values, self._site, "i")
        return next(self._iterator)

    def __length_hint__(self) -> int:
        task, memory = here.task, here.memory
        if task is not None and memory is not None:
            look(memory, task, self._values, self._site, "i")
        return super().__length_hint__()


class Handed(Looking):
    """Likewise, for whoever uses it: C goes over it without a place for a switch. It may be shared itself."""

    __slots__ = ()

    def __next__(self) -> Any:
        task, memory = here.task, here.memory
        if task is not None and memory is not None:
            memory.gate(task, self._site)
            memory.mark(task, self, WHOLE, BOTH, self._site)
            _tell_shared(memory, self, self._site)
            look(memory, task, self._values, self._site, "i")
        return next(self._iterator)


class Advancing(Rounds):
    """Goes over an iterator that others may use as well. What is sent to a generator reaches it."""

    __slots__ = ("_site",)

    def __init__(self, iterator: Iterator[Any], site: int) -> None:
        super().__init__(iterator)
        self._site = site

    def __next__(self) -> Any:
        if self._again:
            went_back()
        self._again = True
        return step(self._iterator, self._site, next, self._iterator)

    def __del__(self) -> None:
        """A loop was left. If nobody else has its generator, Python closes that here: it runs what is in `finally`."""
        one, memory = self._iterator, here.memory
        if type(one) is not types.GeneratorType or memory is None or here.task is None:
            return
        if sys.getrefcount(one) <= OF_NOBODY and is_inside_of_try(one):
            memory.places.gaps[LEFT.format(one.__qualname__)] += 1

    def send(self, value: Any) -> Any:
        """For a generator."""
        return step(self._iterator, self._site, _generator(self._iterator).send, value)

    def throw(self, *error: Any) -> Any:
        """Likewise."""
        return step(self._iterator, self._site, _generator(self._iterator).throw, *error)

    def close(self) -> None:
        """Likewise."""
        if isinstance(self._iterator, types.GeneratorType):
            step(self._iterator, self._site, self._iterator.close)


class Unpacked(Advancing):
    """Likewise for C, which goes over it without a place for a switch of its own."""

    __slots__ = ()

    def __next__(self) -> Any:
        return step(self._iterator, self._site, next, self._iterator)


def _generator(iterator: Any) -> Any:
    return iterator


def step(iterator: Any, site: int, function: Callable[..., Any], *args: Any) -> Any:
    """Let an iterator go on. A generator is busy until it comes back, and no other task can use it meanwhile."""
    task, memory = here.task, here.memory
    if task is None or memory is None:
        return function(*args)
    if issubclass(type(iterator), Rounds):
        return function(*args)
    memory.gate(task, site)
    of_process.look_anywhere(memory, task, site)
    return interrupted.within(task, site, lambda: _touch(iterator, site), function, args, {})


def _tell_shared(memory: Memory, iterator: Any, site: int) -> None:
    """CPython's guide to free threading: "It is generally not thread-safe to access the same iterator object"."""
    if not memory.places.free_threaded or type(iterator) in _OF_ALL:
        return
    cell = memory.things[id(iterator)].cells[WHOLE]
    if site in memory.places.racy and not cell.locks and cell.tasks & (cell.tasks - 1):
        memory.places.gaps[SHARED] += 1


def _touch(iterator: Any, site: int) -> None:
    task, memory = here.task, here.memory
    if task is None or memory is None:
        return
    if is_iterator(iterator):
        advance(memory, task, iterator, site, look)
        _tell_shared(memory, iterator, site)
    elif not _records_itself(iterator):
        look(memory, task, iterator, site, "i")
