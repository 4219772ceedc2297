"""Methods of C's that a class uses as special ones: `__getattr__ = dict.__getitem__`, `__len__ = table.__len__`.

No hook sees how they are called: Python does that, for an attribute, an item or an operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racelab.explorer.kernel.cells import BOTH
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import containers, foreign, whose
from .tables import MUTABLE, table_of


def touch(memory: Memory, task: Thread, owner: Any, name: str, args: Sequence[Any], site: int) -> bool:
    """Mark what such a method touches. Returns whether it is one: see `whose.is_borrowed`.

    Args:
        owner: the object that Python calls it for.
        name: of the special method.
        args: what it is given besides.
    """
    method = whose.look_up(type(owner), name)
    if not whose.is_borrowed(method, name):
        return False
    function: Any = method.__func__ if type(method) is staticmethod else method
    kind = type(function)
    holder = owner if kind in whose.UNBOUND else function.__self__ if kind in whose.BOUND else None
    if issubclass(type(holder), MUTABLE):
        called = function.__name__
        containers.touch(memory, task, holder, called, table_of(holder).get(called, BOTH), args, site)
    elif foreign.reach(memory, task, [owner, method, *args], site) and foreign.is_python(function):
        foreign.half_way(memory, site, foreign.name_of(function))
    return True
