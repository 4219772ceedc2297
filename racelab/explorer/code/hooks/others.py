"""Has a task met code of a package of others, which was imported as it is?

The author's code may name what it has, inherit from it, and read attributes; while modules are imported it may call it.
As soon as a task is about to run code of it, the package is noted and all begins anew, with the package rewritten. One
that cannot be rewritten leaves a gap. So nothing of a package that keeps state runs unseen.
"""

from __future__ import annotations

import functools
from types import (
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Any, Final

from racelab.explorer.kernel import real
from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from .. import packages
from ..private_importlib import under_way
from ..python_modules import is_of_python
from . import whose

MET: Final = "A task runs code of {}, which is rewritten from now on."
REAL: Final = "Something real is used that code of others has made: a lock, a queue or a thread."
NOBODY: Final = "?"
_CACHED: Final = type(functools.lru_cache(int))
_MAKING: Final = ("__init__", "__new__")


def meet(memory: Memory, task: Thread, one: Any) -> None:
    """Something that is not rewritten is about to run: a function, or a method of an object.

    Raises:
        CannotDecide: it belongs to others, and all has to begin anew.
    """
    if memory.places.others:
        _meet(memory, task, whose_is(one, memory.places.others))


def meet_made(memory: Memory, task: Thread, kind: Any) -> None:
    """An object of a class is about to be made."""
    others = memory.places.others
    if others:
        found = [whose.look_up(kind, name) for name in _MAKING]
        if type(kind) is not type:
            found.append(whose.look_up(type(kind), "__call__"))
        for one in found:
            _meet(memory, task, whose_is(one, others))


def _meet(memory: Memory, task: Thread, top: str) -> None:
    if top == NOBODY:
        memory.places.unfaithful[REAL] += 1
    elif top and is_of_python(top):
        memory.places.unfaithful[memory.places.left[top]] += 1
        memory.stage.give_up(memory.places.left[top])
    if top in ("", NOBODY) or (not task.index and under_way.loader is not None and under_way.loader.is_importing()):
        return
    places = memory.places
    if top not in places.left:
        reason = packages.why_not(top)
        if not reason:
            places.rewritten.add(top)
            memory.grown = True
            memory.stage.give_up(MET.format(top))
        places.left[top] = reason
    if task.index:
        places.gaps[packages.LEFT.format(top, places.left[top])] += 1


def is_of_nobody_known(method: object) -> bool:
    """Whether it is a Python function that is not rewritten and not one of Python's own."""
    if type(method) is not FunctionType or whose.records(method) or whose.is_generated(method):
        return False
    return not is_of_python(str(method.__globals__.get("__name__")))


def whose_is(one: Any, others: frozenset[str]) -> str:
    """The package of others that something belongs to; empty if there is none."""
    kind = type(one)
    if kind in (MethodType, staticmethod, classmethod):
        return whose_is(one.__func__, others)
    if kind is FunctionType:
        return "" if whose.records(one) else _of_function(one, others)
    if kind is _CACHED:
        return whose_is(getattr(one, "__wrapped__", None), others)
    if kind in whose.BOUND:
        return _of_bound(one, others)
    if kind is GeneratorType:
        return _among(one.gi_frame.f_globals.get("__name__"), others) if one.gi_frame is not None else ""
    found = of_kind(one.__objclass__ if kind in whose.UNBOUND else one if issubclass(kind, type) else kind, others)
    if not found and real.is_real_class(kind) and not issubclass(kind, Modelled):
        return packages.owner_of([id(one)], others) or NOBODY
    return found


def _of_function(function: FunctionType, others: frozenset[str]) -> str:
    """One that somebody has made of a text belongs to whoever's functions it names."""
    found = _among(function.__globals__.get("__name__"), others)
    if found or not function.__code__.co_filename.startswith("<") or whose.is_generated(function):
        return found
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    tops = [_among(one.__globals__.get("__name__"), others) for one in named if type(one) is FunctionType]
    return next(filter(None, tops), "")


def _of_bound(function: Any, others: frozenset[str]) -> str:
    """Of a function of C's, alone or of an object."""
    owner = function.__self__
    if owner is None:
        return _among(function.__module__, others)
    if issubclass(type(owner), ModuleType):
        return _among(owner.__name__, others)
    if issubclass(type(owner), type):
        return of_kind(owner, others)
    return whose_is(owner, others)


def of_kind(kind: type, others: frozenset[str]) -> str:
    """Likewise of a class, or of one of its bases."""
    for base in kind.__mro__:
        found = _among(base.__module__, others)
        if found:
            return found
    return ""


def _among(name: object, others: frozenset[str]) -> str:
    top = name.partition(".")[0] if type(name) is str else ""
    return top if top in others else ""
