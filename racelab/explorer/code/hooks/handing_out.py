"""What `copy` asks an object for: its attributes, which it gets as they are, to look at them later."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Final

from racelab.explorer.kernel.cells import READ, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import classes, foreign, interrupted, whose

HANDS_OUT: Final = frozenset({"__reduce_ex__", "__reduce__", "__getstate__"})
"""Methods of C's that give the dictionary of an object's attributes to whoever calls them."""
_ASKED: Final = (*HANDS_OUT, "__getnewargs_ex__", "__getnewargs__")
"""What they look for in its class, and call."""


def call(memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """A method of C's of an object that is none of Python's. The task has stopped before, if it had to."""
    owner = function.__self__
    kind = type(owner)
    if function.__name__ not in HANDS_OUT or not all(_is_known(whose.look_up(kind, name), name) for name in _ASKED):
        return classes.foreign_call(memory, task, function, site, args, kwargs)

    def touch() -> None:
        memory.mark(task, owner, WHOLE, READ, site)

    if _has_slots(kind):  # which are read one after another
        foreign.half_done(memory, f"{kind.__name__}.{function.__name__}()", site)
    return interrupted.call(task, site, touch, function, args, kwargs)


def _is_known(found: Any, name: str) -> bool:
    return found is whose.MISSING or found is vars(object).get(name) or whose.records(found)


def _has_slots(kind: type) -> bool:
    return any(type(one) is types.MemberDescriptorType for base in kind.__mro__ for one in vars(base).values())
