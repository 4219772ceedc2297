"""What functions of Python's that are written in C touch, and a few that are known to look and no more."""

from __future__ import annotations

import _bisect
import _heapq
import builtins
import collections
import copyreg
import functools
import heapq
import json
import math
import operator
import os
import pickle
import sys
import typing
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, BOTH, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import attributes, foreign, in_place, in_steps, interrupted, items, names, of_modules, whose
from .advancing import touch_callback
from .by_name import delete_attribute, get_attribute, has_attribute, set_attribute
from .classes import TOLD, checks_class, foreign_call
from .decorating import DECORATORS, decorate
from .iterating import iterator_of, step
from .looking import look
from .tables import MUTABLE, MUTABLE_KINDS

Arguments = Sequence[Any]
Names = Mapping[str, Any]
Handler = Callable[[Memory, Thread, Any, int, Arguments, Names], Any]
UNFAITHFUL: Final = "{} is called: it sees what the explorer has put around the code."


def at_once(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """Touches nothing that tasks share."""
    value = function(*args, **kwargs)
    interrupted.switchable(task)
    return value


def looks(op: str) -> Handler:
    """Looks at its arguments by an operator; functions among them are called."""

    def handler(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
        if not kwargs and whose.all_atoms(args):
            return at_once(memory, task, function, site, args, kwargs)
        memory.gate(task, site)

        def touch() -> None:
            given = [*args, *kwargs.values()]
            for one in given:
                if callable(one) and not issubclass(type(one), type):
                    touch_callback(memory, task, one, [each for each in given if each is not one], site, look)
                elif type(one) not in ATOMS:
                    look(memory, task, one, site, op)

        return interrupted.call(task, site, touch, function, args, kwargs)

    return handler


def goes_over(*which: int, alone: bool = False) -> Handler:
    """Looks at its arguments, and goes over some of them, one element after another.

    Args:
        which: their numbers.
        alone: whether it goes over the first one only if that is the only one.
    """
    look_first = looks("?")

    def handler(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
        if not foreign.in_steps(memory, site) or (alone and len(args) > 1):
            return look_first(memory, task, function, site, args, kwargs)

        def run(*_: Any, **__: Any) -> Any:
            return function(*in_steps.over(memory, function, args, site, which), **kwargs)

        return look_first(memory, task, run, site, args, kwargs)

    return handler


def goes_on(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`bisect`, and `==` of lists: looks at one element after another, and nobody knows where it is."""
    foreign.half_done(memory, f"{foreign.name_of(function)}()", site)
    return looks("?")(memory, task, function, site, args, kwargs)


def counts(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """What `Counter` counts with: without the GIL others come between its look at a count and the new one."""
    memory.gate(task, site)
    foreign.half_done(memory, "Counter.update()", site)
    return foreign_call(memory, task, function, site, args, kwargs)


def length(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`len`."""
    if len(args) == 1 and type(args[0]) in ATOMS:
        return at_once(memory, task, function, site, args, kwargs)
    if len(args) == 1 and type(args[0]) in MUTABLE_KINDS:
        memory.gate(task, site)
        look(memory, task, args[0], site, "b")
        value = len(args[0])
        interrupted.switchable(task)
        return value
    return looks("b")(memory, task, function, site, args, kwargs)


def changes_first(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`heappush`, `insort`: compares the elements of its first argument, and changes it."""
    memory.gate(task, site)
    if function.__module__ == "_bisect":  # unlike those of `heapq` it takes no lock
        foreign.half_done(memory, f"{foreign.name_of(function)}()", site)
    for one in args[1:]:
        if type(one) not in ATOMS:
            memory.adopt(one, task)

    def touch() -> None:
        if args and issubclass(type(args[0]), MUTABLE):
            memory.mark(task, args[0], WHOLE, BOTH, site)
            for one in args:
                look(memory, task, one, site, "c")
        else:
            foreign.reach(memory, task, args, site)
        touch_callback(memory, task, kwargs.get("key"), args, site, look)

    return interrupted.call(task, site, touch, function, args, kwargs)


def makes_iterator(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`iter`, `reversed`: what comes out records its looks."""
    found = looks("b")(memory, task, function, site, args, kwargs) if len(args) == 1 else function(*args, **kwargs)
    return iterator_of(args[0], found, site) if len(args) == 1 else found


def following(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """`next`."""
    if not args:
        return function(*args, **kwargs)
    value = step(args[0], site, function, *args)
    interrupted.switchable(task)  # also after an iterator that records its looks itself
    return value


def hash_of(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`hash`. That of an object which has none of its own is made of its address, as its id is."""
    if len(args) == 1 and names.has_address(args[0]):
        value = names.hash_by_address(args[0])
        interrupted.switchable(task)
        return value
    return looks("?")(memory, task, function, site, args, kwargs)


def makes_proxy(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`weakref.proxy`, which may call something when its object goes."""
    if len(args) > 1 and args[1] is not None and not whose.is_eternal(args[0]):
        memory.places.gaps[TOLD] += 1
    return at_once(memory, task, function, site, args, kwargs)


def names_of(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`vars` and `dir` of something."""
    if not args:
        return unfaithful(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    attributes.attributes_of(args[0], site)
    if issubclass(type(args[0]), ModuleType):
        of_modules.handed_out(args[0])
    if function is dir:
        foreign.looked_at(memory, task, args, site)
    return at_once(memory, task, function, site, args, kwargs)


def unfaithful(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """Sees frames, references or the real world: no verdict any more."""
    memory.places.unfaithful[UNFAITHFUL.format(foreign.name_of(function))] += 1
    return at_once(memory, task, function, site, args, kwargs)


def opens(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`open`. What it does outside Python reports (see `code.outside`), and the file is an object like others."""
    how = unfaithful if kwargs.get("opener") is not None or len(args) > 7 else at_once
    return how(memory, task, function, site, args, kwargs)


def looks_in_python(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """Python code that looks at all that its arguments hold, and changes nothing of that."""
    memory.gate(task, site)

    def touch() -> None:
        touch_callback(memory, task, kwargs.get("key"), args, site, look)
        if foreign.looked_at(memory, task, [*args, *kwargs.values()], site):
            foreign.half_way(memory, site, foreign.name_of(function))

    return interrupted.call(task, site, touch, function, args, kwargs)


def to_json(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`json.dumps`: C goes over all in one go, unless it is asked for more than that."""
    if kwargs.keys() - {"sort_keys", "ensure_ascii", "separators"}:
        return looks_in_python(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    if foreign.touch_lent(memory, task, site):
        foreign.half_way(memory, site, foreign.name_of(function))
    return looks("?")(memory, task, function, site, args, kwargs)


def of_item(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`operator.getitem` and its like."""
    value = None
    if len(args) == 2 and function is operator.getitem:
        value = items.read(args[0], args[1], site)
    elif len(args) == 2 and function is operator.contains:
        value = items.contains(args[1], args[0], site)
    elif len(args) == 2 and function is operator.delitem:
        del items.Slot(args[0], args[1], site).v
    elif len(args) == 3 and function is operator.setitem:
        items.Slot(args[0], args[1], site).v = args[2]
    else:
        return foreign_call(memory, task, function, site, args, kwargs)
    interrupted.switchable(task)  # unlike after `args[0][args[1]]`
    return value


def of_in_place(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`operator.iadd` and its like."""
    if len(args) != 2:
        return foreign_call(memory, task, function, site, args, kwargs)
    value = in_place.apply(function, args[0], args[1], site)
    interrupted.switchable(task)  # unlike after `args[0] += args[1]`
    return value


_QUIET: Final = "callable id ord chr hex oct bin"
_TEXTS: Final = "repr format ascii"
_LOOKING: Final = "abs round divmod pow print sorted min max sum any all anext aiter"
_SEEING: Final = "eval exec compile globals locals input breakpoint __import__"


def _builtins() -> dict[Any, Handler]:
    handlers: dict[Any, Handler] = {getattr(builtins, name): at_once for name in _QUIET.split()}
    for name in _LOOKING.split():
        handlers[getattr(builtins, name)] = looks("?")
    for name in ("sum", "any", "all", "sorted"):
        handlers[getattr(builtins, name)] = goes_over(0)
    for name in ("min", "max"):
        handlers[getattr(builtins, name)] = goes_over(0, alone=True)
    for name in _TEXTS.split():
        handlers[getattr(builtins, name)] = looks("s")
    handlers[isinstance] = handlers[issubclass] = checks_class
    for name in _SEEING.split():
        handlers[getattr(builtins, name)] = unfaithful
    return handlers


def _operators() -> dict[Any, Handler]:
    handlers: dict[Any, Handler] = {}
    for name in operator.__all__:
        function = getattr(operator, name)
        if not issubclass(type(function), type) and name != "call":
            handlers[function] = looks("?")
    for function in (operator.getitem, operator.setitem, operator.delitem, operator.contains):
        handlers[function] = of_item
    for function in (*in_place.OPERATORS.values(), operator.iconcat):
        handlers[function] = of_in_place
    handlers[operator.is_] = handlers[operator.is_not] = at_once
    return handlers


HANDLERS: Final[dict[Any, Handler]] = {
    **_builtins(),
    **_operators(),
    **{one: looks("?") for one in vars(math).values() if callable(one)},
    **{getattr(_heapq, name): changes_first for name in dir(_heapq) if name.startswith(("heap", "_heap"))},
    **{getattr(_bisect, name): changes_first for name in dir(_bisect) if name.startswith("insort")},
    **{getattr(_bisect, name): goes_on for name in dir(_bisect) if name.startswith("bisect")},
    **dict.fromkeys([sys._getframe, sys.settrace, sys.setprofile, sys.getrefcount, os.urandom], unfaithful),
    **dict.fromkeys([typing.cast, typing.overload, functools.wraps], at_once),
    **dict.fromkeys(DECORATORS, decorate),
    **dict.fromkeys([sys.exc_info, sys.intern], at_once),
    **dict.fromkeys([heapq.nsmallest, heapq.nlargest], looks_in_python),
    vars(copyreg)["__newobj__"]: looks("i"),
    vars(collections)["_count_elements"]: counts,
    open: opens,
    os.getenv: at_once,
    weakref.proxy: makes_proxy,
    len: length,
    hash: hash_of,
    iter: makes_iterator,
    next: following,
    getattr: get_attribute,
    hasattr: has_attribute,
    setattr: set_attribute,
    delattr: delete_attribute,
    vars: names_of,
    dir: names_of,
    json.dumps: to_json,
    pickle.dumps: looks("?"),
    functools.reduce: goes_over(1),
    math.fsum: goes_over(0),
    math.prod: goes_over(0),
}
"""By the function."""
