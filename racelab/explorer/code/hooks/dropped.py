"""Generators that nobody has any more: Python closes them at once, and runs what is in `finally` or ends a `with`.

While something is explored every object that was touched is kept, so that no other gets its address. So they are not
closed, and what they would do then is not explored: that is said.
"""

from __future__ import annotations

import dis
import gc
import sys
import types
from collections.abc import Iterable
from types import FunctionType, GeneratorType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, Modelled
from racelab.explorer.kernel.memory import Memory

from . import foreign

MOST: Final = 5_000
"""Objects that are gone through to find who has a generator."""
OF_NOBODY: Final = 4
"""References to a generator that only the kernel has: of its thing, and of those who look for it here."""
DROPPED: Final = "A generator of {} is dropped before its end: when that is closed is not explored."
_NOT_ENTERED: Final = (ModuleType, Modelled, types.CodeType, types.FrameType)


def is_inside_of_try(generator: GeneratorType[Any, Any, Any]) -> bool:
    """Whether it waits inside of a `try` or a `with`. From Python 3.12 on all of its code is in one of Python's own."""
    frame, parse = generator.gi_frame, getattr(dis, "_parse_exception_table", None)
    if frame is None or frame.f_lasti < 0 or parse is None:
        return False
    around = [one for one in parse(generator.gi_code) if one.start <= frame.f_lasti < one.end]
    return len(around) > (sys.version_info >= (3, 12))


def tell_dropped(memory: Memory, kept: Iterable[Any] | None) -> None:
    """At the end of an execution.

    Args:
        kept: from where the author's code would find what it still has, if all calls have ended. Else None: a generator
            counts as dropped only if nothing refers to it.
    """
    left = {
        id(one.object): one.object
        for one in memory.things.values()
        if type(one.object) is GeneratorType and is_inside_of_try(one.object)
    }
    if left and kept is not None:
        _take_out_reached(left, kept)
    for generator in left.values():
        if kept is not None or sys.getrefcount(generator) <= OF_NOBODY:
            memory.places.gaps[DROPPED.format(generator.__qualname__)] += 1


def _take_out_reached(left: dict[int, Any], kept: Iterable[Any]) -> None:
    waiting, seen = list(kept), set[int]()
    while waiting and left and len(seen) < MOST:
        one = waiting.pop()
        if type(one) in ATOMS or id(one) in seen:
            continue
        seen.add(id(one))
        left.pop(id(one), None)
        waiting += _parts(one)


def _parts(one: Any) -> list[Any]:
    if issubclass(type(one), FunctionType):
        return [*(one.__closure__ or ()), one.__defaults__, one.__kwdefaults__]
    if issubclass(type(one), type):
        return list(vars(one).values()) if foreign.is_authors(one) else []
    return [] if issubclass(type(one), _NOT_ENTERED) else gc.get_referents(one)
