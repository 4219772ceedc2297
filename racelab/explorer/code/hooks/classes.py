"""Calls of classes: what making an object touches."""

from __future__ import annotations

import functools
import gc
import operator
import weakref
from abc import ABCMeta
from collections.abc import Mapping, Sequence
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import foreign, in_steps, interrupted, of_process, others, whose
from .advancing import touch_callback
from .looking import look
from .tables import MUTABLE, MUTABLE_KINDS

DIES: Final = "{} has a method __del__: when the last reference to an object goes is not explored."
TOLD: Final = "A weak reference tells when its object goes: when that is, is not explored."
REMEMBERS: Final = "{} remembers what its __subclasshook__ has said: when that is asked is not explored."
_STORES: Final = frozenset({functools.partial, operator.itemgetter, operator.attrgetter, operator.methodcaller})
_LAZY: Final = frozenset({zip, enumerate, map, filter, reversed})
_LOOKS_AT_ALL: Final = frozenset({str, bytes, int, float, complex, set, frozenset, memoryview})
_OPERATORS: Final[dict[Any, str]] = {bool: "b", str: "s"}
_QUIET: Final = frozenset({type, object, super, property, staticmethod, classmethod, slice, weakref.ref, *_STORES})
_PYTHONS: Final = frozenset({"builtins", "itertools", "collections", "array"})
_CALLS_LATER: Final = frozenset({"itertools", "collections"})


def call(
    memory: Memory, task: Thread, kind: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any], function: Any
) -> Any:
    """Make an object.

    Args:
        kind: the class.
        function: what is called; the class, or `type.__call__` bound to it.
    """
    if function is kind and type(kind) is not type and whose.records(whose.look_up(type(kind), "__call__")):
        value = function(*args, **kwargs)
        interrupted.switchable(task)
        return value
    others.meet_made(memory, task, kind)
    if kind in _QUIET or _is_quiet(kind, args, kwargs, function is kind):
        for one in (*args, *kwargs.values()):
            memory.adopt(one, task)
        value = function(*args, **kwargs)
        if kind is weakref.ref and len(args) > 1 and not whose.is_eternal(args[0]):
            memory.places.gaps[TOLD] += 1
        _tell_mortal(memory, value, kind)
        interrupted.switchable(task)
        return value
    memory.gate(task, site)
    if not _is_of_python(kind):
        of_process.touch(memory, task, whose.look_up(kind, "__init__"), site, args)
        value = foreign_call(memory, task, function, site, args, kwargs)
        _tell_mortal(memory, value, kind)
        return value
    for one in (*args, *kwargs.values()):
        memory.adopt(one, task)
    parts = _later(memory, kind, args, site) or in_steps.given(memory, kind, args, site)
    value = interrupted.call(task, site, lambda: _look(memory, task, kind, site, args), function, parts, kwargs)
    _tell_mortal(memory, value, kind)
    return value


def tell_of_module(memory: Memory, module: ModuleType) -> None:
    """Likewise of what was made while its module was imported, which no hook has seen."""
    for kind in list(vars(module).values()):
        if issubclass(type(kind), type) and whose.is_rewritten(vars(kind).get("__del__")):
            for one in gc.get_referrers(kind):
                if type(one) is kind:
                    memory.mortals.add(one, DIES.format(kind.__qualname__))


def _tell_mortal(memory: Memory, value: Any, kind: Any) -> None:
    """Code of the author's runs when the object goes, if its class has `__del__`."""
    if kind.__module__ != "builtins" and whose.records(whose.look_up(kind, "__del__")):
        memory.mortals.add(value, DIES.format(kind.__qualname__))


def _is_quiet(kind: Any, args: Sequence[Any], kwargs: Mapping[str, Any], by_metaclass: bool) -> bool:
    """Whether making one touches nothing that does not record itself."""
    if kind.__module__ in _PYTHONS or issubclass(kind, BaseException) or whose.is_value(kind):
        only_names = not kwargs or kind in MUTABLE_KINDS or issubclass(kind, (BaseException, Enum))
        return (only_names and whose.all_atoms(args)) or issubclass(kind, (BaseException, Enum))
    if issubclass(kind, Modelled):
        return True
    if by_metaclass and type(kind).__call__ is not type.__call__:
        return False
    return _is_recorded(kind, "__init__") and _is_recorded(kind, "__new__")


def _is_recorded(kind: Any, name: str) -> bool:
    found = whose.look_up(kind, name)
    if found is object.__dict__[name]:
        return True
    found = found.__func__ if issubclass(type(found), staticmethod) else found
    return whose.records(found) or whose.is_generated(found)


def _is_of_python(kind: Any) -> bool:
    """Whether its arguments are looked at, and no more."""
    if kind.__module__ in _PYTHONS or whose.is_value(kind):
        return True
    made = (whose.look_up(kind, "__init__"), whose.look_up(kind, "__new__"))
    return issubclass(kind, (*MUTABLE, tuple, frozenset)) and not any(
        issubclass(type(one), FunctionType) for one in made
    )


def _look(memory: Memory, task: Thread, kind: Any, site: int, args: Sequence[Any]) -> None:
    """What a class of Python's looks at."""
    given = args
    if args and _takes_function(kind, args):
        touch_callback(memory, task, args[0], [] if kind in _LAZY else args[1:], site, look)
        given = args[1:]
    op = _OPERATORS.get(kind) or ("?" if kind in _LOOKS_AT_ALL or whose.is_value(kind) else "i")
    for one in given:
        look(memory, task, one, site, op)
    if args and issubclass(type(whose.look_up(kind, "__init__")), FunctionType) and not whose.all_atoms(args):
        foreign.half_way(memory, site, kind.__name__)


def _later(memory: Memory, kind: Any, args: Sequence[Any], site: int) -> Sequence[Any]:
    """What an iterator goes over later; nothing if it is made from something else."""
    if (kind in _LAZY and kind is not reversed) or kind.__module__ == "itertools":
        return [in_steps.handed(memory, one, site) for one in args]
    return ()


def _takes_function(kind: Any, args: Sequence[Any]) -> bool:
    module = kind.__module__
    return callable(args[0]) and not issubclass(type(args[0]), type) and (kind in _LAZY or module in _CALLS_LATER)


def foreign_call(
    memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Call something of which nothing is known. The task has stopped before, if it had to."""
    others.meet(memory, task, function)
    name = foreign.name_of(function)
    memory.places.opaque[name] += 1
    roots = [*args, *kwargs.values(), *foreign.roots_of(function)]
    in_python = foreign.is_python(function)

    def touch() -> None:
        if foreign.reach(memory, task, roots, site) and in_python:
            foreign.half_way(memory, site, name)

    for one in args:
        memory.adopt(one, task)
    return interrupted.call(task, site, touch, function, args, kwargs)


def checks_class(
    memory: Memory, task: Thread, function: Any, _site: int, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """`isinstance` and `issubclass`. An abstract class keeps answers where no hook sees them."""
    waiting = list(args[1:])
    while waiting:
        one = waiting.pop()
        if type(one) is tuple:
            waiting += one
        elif issubclass(type(one), ABCMeta):
            hook = whose.look_up(one, "__subclasshook__")
            if whose.is_rewritten(getattr(hook, "__func__", None)):
                memory.places.gaps[REMEMBERS.format(one.__name__)] += 1
    value = function(*args, **kwargs)
    interrupted.switchable(task)
    return value
