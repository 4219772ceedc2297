"""Functions of Python's own that look at or set what the whole process has, where tasks meet without sharing an object.

What is known to be such a state is one location. At some of them, such as the limit on digits, all code of C may look:
as long as no thread sets one, that tells a thread nothing, and is passed over. With the first time the exploration
begins anew, and notes all these looks. A function of C of which nothing is known may keep something as well: then
nothing found is no pass.
"""

from __future__ import annotations

import decimal
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import CHANGE, READ, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from ..c_functions import CACHES, COUNTING, may_keep
from ..process_state import ANYWHERE, CONTENTS, CONTEXT, NAMED, RECURSION, USES, State
from ..python_modules import is_of_python
from . import foreign, whose

CONTEXT_KIND: Final = decimal.Context
_SYSTEM: Final = re.compile(r"^(posix|nt)\.")
KEEPS: Final = "{}() may keep state for the whole process: what other threads notice of it is not explored."
COUNTS: Final = "{} counts what the explorer has made as well."
SHALLOW: Final = 100
"""Frames, the lab's included: no more than that a task may have while a thread sets the recursion limit."""
LOW: Final = 4 * SHALLOW
CACHE: Final = "What fills {} is not recorded, and the next execution would meet it."
DEEP: Final = "A thread sets the recursion limit, and calls come near to one: which of them fail is not explored."
UNSEEN: Final = "A thread sets {}: {} is not recorded."


def call(
    how: Callable[..., Any], memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Any:  # fmt: skip
    """Call a function that is not rewritten. The task has stopped before, if it had to.

    Args:
        how: the handler that does it.
    """
    state = touch(memory, task, function, site, (*args, *kwargs.values()))
    if state is None:
        return how(memory, task, function, site, args, kwargs)
    run = function if state.stand_in is None else getattr(state.stand_in, function.__name__)
    try:
        return how(memory, task, run, site, args, kwargs)
    finally:
        _show(memory, state)


def touch(
    memory: Memory, task: Thread, function: Any, site: int, given: Sequence[Any] | None = None
) -> State | None:  # fmt: skip
    """Mark what a call of a function touches of the process. Returns the state.

    Args:
        given: its arguments, if they are known.
    """
    function = function.__func__ if type(function) is MethodType else function
    name, in_python = _name_of(function), type(function) is FunctionType
    state = USES.get(name)
    if state is None:
        if task.index and name in COUNTING:
            memory.places.unfaithful[COUNTS.format(name)] += 1
        elif task.index and may_keep(name, in_python):
            memory.places.gaps[KEEPS.format(_SYSTEM.sub("os.", name).lstrip("_"))] += 1
        return None
    access = state.access(name, given)
    _show(memory, state)
    memory.mark(task, CONTENTS, state.name, access, site)
    _touch_objects(memory, task, state, access, site)
    if in_python:
        foreign.half_way(memory, site, foreign.name_of(function))
    if access != READ and state.anywhere:
        memory.notice(task, state.name)
    if access != READ and task.index and state.unseen:
        memory.places.gaps[UNSEEN.format(state.name, state.unseen)] += 1
    return state


def _touch_objects(memory: Memory, task: Thread, state: State, access: int, site: int) -> None:
    """What others may have found as an object of its own."""
    if state.named and access != READ:
        module, _, name = state.named.rpartition(".")
        memory.mark(task, vars(sys.modules[module])[name], WHOLE, access, site)
    told = state.tells() if state.tells is not None else None
    if told is not None and access == READ:
        memory.mark(task, told, WHOLE, CHANGE, site)


def found(memory: Memory, task: Thread, where: str, site: int) -> None:
    """Code gets at a container of a module of Python's, by name."""
    state = NAMED.get(where)
    if state is not None:
        memory.mark(task, CONTENTS, state.name, READ, site)
    if where in CACHES and task.index:
        memory.places.gaps[CACHE.format(where)] += 1


def touch_context(memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int) -> None:
    """An attribute of the object from which Python takes what a thread begins with; or what is in it can be set."""
    if owner is decimal.DefaultContext and (access != READ or name in ("flags", "traps")):
        memory.mark(task, CONTENTS, CONTEXT, access or CHANGE, site)
        memory.notice(task, CONTEXT)


def tell_of_cache(memory: Memory, task: Thread, cached: Any) -> None:
    """Somebody asks an `lru_cache` how full it is. One of Python's own is filled by whoever uses its module."""
    made_of = getattr(cached, "__wrapped__", None)
    if task.index and is_of_python(str(cached.__module__)) and not whose.records(made_of):
        memory.places.gaps[CACHE.format(f"the cache of {foreign.name_of(made_of)}")] += 1


def around(
    how: Callable[..., Any], memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Any:  # fmt: skip
    """Call anything that is not rewritten, once a state is set of those at which such code looks."""
    look_anywhere(memory, task, site)
    try:
        return how(memory, task, function, site, args, kwargs)
    finally:
        if here.task is task:  # and it is not being ended
            _look_anywhere(memory, task, site)


def look_anywhere(memory: Memory, task: Thread, site: int) -> None:
    """Something that is not rewritten is about to run. The task may have to stop."""
    looked = memory.places.looked
    if looked and not looked.isdisjoint(ANYWHERE):
        memory.gate(task, site)
        _look_anywhere(memory, task, site)


def _look_anywhere(memory: Memory, task: Thread, site: int) -> None:
    for name in sorted(memory.places.looked & ANYWHERE):
        memory.mark(task, CONTENTS, name, READ, site)


def begins(memory: Memory, task: Thread) -> None:
    """A function of the author's begins, which fails if that is too deep."""
    if RECURSION in memory.places.looked and task.index:
        frame: FrameType | None = sys._getframe()
        frames = 0
        while frame is not None and frames <= SHALLOW:
            frame, frames = frame.f_back, frames + 1
        if frames > SHALLOW or sys.getrecursionlimit() < LOW:
            memory.places.gaps[DEEP] += 1


def _show(memory: Memory, state: State) -> None:
    """What is there, if somebody wants to tell it."""
    if memory.trace is not None:
        CONTENTS[state.name] = state.get()


def _name_of(function: Any) -> str:
    """With its module; empty if it is not a function of a module."""
    kind = type(function)
    if kind is FunctionType:
        return f"{function.__module__}.{function.__qualname__}"
    if kind is not BuiltinFunctionType:
        return ""
    owner = function.__self__
    if owner is None:
        return f"{function.__module__}.{function.__name__}"
    return f"{owner.__name__}.{function.__name__}" if issubclass(type(owner), ModuleType) else ""
