"""Items: `x[key]`, as an expression and as a target, and `key in x`."""

from __future__ import annotations

import gc
import types
from collections import Counter
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, BOTH, CHANGE, READ, UNKNOWN, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from . import borrowed, flow, foreign, in_steps, interrupted, others, whose
from .containers import key_of, tell_change, touch_item
from .in_place import Augmented
from .looking import BEGINS, IN_PYTHON, begins_with_hash, look, look_perhaps, operator_of
from .tables import HAS_ITEM, LOOKS_AT_ITEM, MUTABLE, MUTABLE_KINDS, SETS_ITEM, TAKES_ITEM

_NEVER_CHANGE: Final = frozenset({tuple, str, bytes, range, frozenset})
_METHODS: Final = {
    LOOKS_AT_ITEM: "__getitem__",
    SETS_ITEM: "__setitem__",
    TAKES_ITEM: "__delitem__",
    HAS_ITEM: "__contains__",
}
_OF_OTHERS: Final = {LOOKS_AT_ITEM: READ, SETS_ITEM: BOTH, TAKES_ITEM: BOTH, HAS_ITEM: READ}


def read(owner: Any, key: Any, site: int) -> Any:
    """The hook: `owner[key]`."""
    task, memory = here.task, here.memory
    kind = type(owner)
    if task is None or memory is None or kind in _NEVER_CHANGE:
        return owner[key]
    begins_with_hash(task, owner, key)
    memory.gate(task, site)
    if kind is dict and type(key) in ATOMS:
        memory.mark(task, owner, key, READ, site)
        value = owner[key]
    elif issubclass(type(owner), dict) and is_created(owner):
        creating = Creating(memory, task, owner, key, site)
        if foreign.in_steps(memory, site):
            value = interrupted.within(task, site, creating, in_steps.create, (task, owner, key), {})
        else:
            value = interrupted.within(task, site, creating, owner.__getitem__, (key,), {})
    elif touch(memory, task, owner, key, LOOKS_AT_ITEM, site):
        value = interrupted.within(
            task, site, lambda: touch(memory, task, owner, key, LOOKS_AT_ITEM, site), _get, (owner, key), {}
        )
    else:
        value = _get(owner, key)
    if memory.trace is not None and kind in MUTABLE_KINDS:
        memory.tell(value)
    return value


def _get(owner: Any, key: Any) -> Any:
    if not issubclass(type(owner), Counter) or not _is_of_counter(whose.look_up(type(owner), "__missing__")):
        return owner[key]
    value = dict.get(owner, key, whose.MISSING)
    if value is whose.MISSING:
        flow.enter()  # it is a function in Python: a switch can happen where it begins
        value = owner.__missing__(key)
    return value


def is_created(owner: dict[Any, Any]) -> bool:
    """Whether looking at a missing item may create it. Author's methods record that themselves."""
    kind = type(owner)
    missing = whose.look_up(kind, "__missing__")
    return missing is not whose.MISSING and not whose.records(missing) and not _is_of_counter(missing)


def _is_of_counter(missing: Any) -> bool:
    """`Counter.__missing__` creates nothing."""
    return missing is vars(Counter)["__missing__"]


class Creating:
    """What is touched when a missing item is created: in the first place, and after an interruption."""

    def __init__(self, memory: Memory, task: Thread, owner: dict[Any, Any], key: Any, site: int) -> None:
        self._memory, self._task, self._owner, self._key, self._site = memory, task, owner, key, site
        self._created: bool | None = None

    def __call__(self) -> None:
        memory, task, owner = self._memory, self._task, self._owner
        cell = key_of(memory, self._key)
        borrowed.touch(memory, task, owner, "__missing__", [self._key], self._site)
        if self._created is None:
            self._created = cell is WHOLE or not dict.__contains__(owner, self._key)
        if self._created:
            memory.mark(task, owner, cell, BOTH, self._site)
            memory.mark(task, owner, WHOLE, CHANGE, self._site)
        else:
            memory.mark(task, owner, cell, READ, self._site)


def touch(memory: Memory, task: Thread, owner: Any, key: Any, how: str, site: int, content: object = UNKNOWN) -> bool:
    """Mark what an item of any object means. Returns whether code of the author's may be called by C meanwhile."""
    kind = type(owner)
    if kind not in MUTABLE_KINDS:
        method = whose.look_up(kind, _METHODS[how])
        if whose.records(method):
            return False
        others.meet(memory, task, method)
        task.fresh = task.fresh or type(method) is types.FunctionType
        if borrowed.touch(memory, task, owner, _METHODS[how], [key], site):
            return True
    if not issubclass(type(owner), MUTABLE):
        _touch_other(memory, task, owner, key, how, site)
        return True
    return _touch_container(memory, task, owner, key, how, site, content)


def _touch_container(memory: Memory, task: Thread, owner: Any, key: Any, how: str, site: int, content: object) -> bool:
    is_dict = issubclass(type(owner), dict)
    if is_dict:
        touch_item(memory, task, owner, key, how, site, content)
    else:
        memory.mark(task, owner, WHOLE, _OF_OTHERS[how], site)
    if how in (SETS_ITEM, TAKES_ITEM):
        tell_change(memory, task, owner, key)
    if not is_dict or type(key) in ATOMS or key_of(memory, key) is not WHOLE:
        return False
    look(memory, task, key, site, "h")
    return True


def _touch_other(memory: Memory, task: Thread, owner: Any, key: Any, how: str, site: int) -> None:
    kind = type(owner)
    if issubclass(type(owner), (types.MappingProxyType, memoryview)):
        below = [owner.obj] if issubclass(type(owner), memoryview) else gc.get_referents(owner)
        for one in below:
            if type(one) is dict:
                touch_item(memory, task, one, key, how, site)
            elif issubclass(type(one), MUTABLE):
                memory.mark(task, one, WHOLE, _OF_OTHERS[how], site)
            else:
                foreign.reach(memory, task, [one], site, _OF_OTHERS[how])
    elif issubclass(type(owner), (tuple, type)) or whose.is_value(kind):
        return
    else:
        foreign.tell_weak(memory, kind)
        found = operator_of(kind, "n" if how == HAS_ITEM else "i")
        method = whose.look_up(kind, _METHODS[how])
        if found <= BEGINS and (method is whose.MISSING or whose.is_mixin(method)):
            return
        marked = foreign.reach(memory, task, [owner], site)
        if marked and (found == IN_PYTHON or issubclass(type(method), types.FunctionType)):
            foreign.half_way(memory, site, kind.__name__)


class Slot:
    """`owner[key]` as a target: Python reads, stores and deletes `slot.v`.

    Args:
        in_place: whether it is the target of `+=` or the like, so that what is found is about to be changed.
    """

    __slots__ = ("_in_place", "_key", "_owner", "_site")

    def __init__(self, owner: Any, key: Any, site: int, in_place: bool = False) -> None:
        self._owner, self._key, self._site, self._in_place = owner, key, site, in_place

    @property
    def v(self) -> Any:
        """What is there."""
        value = read(self._owner, self._key, self._site)
        return Augmented.of(value, self._site) if self._in_place else value

    @v.setter
    def v(self, value: Any) -> None:
        task, memory, owner, key = here.task, here.memory, self._owner, self._key
        if memory is not None:
            if type(value) not in ATOMS:
                memory.adopt(value, task)
            if type(key) not in ATOMS:
                memory.adopt(key, task)
            if task is not None:
                self._change(memory, task, SETS_ITEM, value)
                return
        owner[key] = value

    @v.deleter
    def v(self) -> None:
        task, memory = here.task, here.memory
        if task is not None and memory is not None:
            self._change(memory, task, TAKES_ITEM, UNKNOWN)
        else:
            del self._owner[self._key]

    def _change(self, memory: Memory, task: Thread, how: str, value: object) -> None:
        owner, key, site = self._owner, self._key, self._site
        begins_with_hash(task, owner, key)
        memory.gate(task, site)
        if issubclass(type(key), slice) and how == SETS_ITEM and type(value) not in ATOMS:
            look(memory, task, value, site, "i")
        if not touch(memory, task, owner, key, how, site, value):
            _store(owner, key, how, value)
        else:
            again = lambda: touch(memory, task, owner, key, how, site)  # noqa: E731 - it is called in a moment
            interrupted.within(task, site, again, _store, (owner, key, how, value), {})


def _store(owner: Any, key: Any, how: str, value: object) -> None:
    if how == SETS_ITEM:
        owner[key] = value
    else:
        del owner[key]


def contains(key: Any, owner: Any, site: int) -> bool:
    """The hook: `key in owner`."""
    task, memory = here.task, here.memory
    kind = type(owner)
    if task is None or memory is None or kind in ATOMS:
        return key in owner
    begins_with_hash(task, owner, key)
    memory.gate(task, site)
    if kind is dict and type(key) in ATOMS:
        memory.mark(task, owner, key, READ, site)
        return key in owner
    if (kind is set or kind is frozenset) and type(key) in ATOMS:
        if kind is set:
            memory.mark(task, owner, WHOLE, READ, site)
        return key in owner
    if (kind is list or kind is tuple) and type(key) in ATOMS and whose.all_atoms(owner):
        if kind is list:
            memory.mark(task, owner, WHOLE, READ, site)
            return key in in_steps.each(memory, owner, site)
        return key in owner
    return bool(
        interrupted.within(task, site, lambda: _touch_contains(memory, task, key, owner, site), _has, (owner, key), {})
    )


def _has(owner: Any, key: Any) -> bool:
    return key in owner


def _touch_contains(memory: Memory, task: Thread, key: Any, owner: Any, site: int) -> None:
    if issubclass(type(owner), dict):
        touch(memory, task, owner, key, HAS_ITEM, site)
        return
    if type(key) not in ATOMS:
        look_perhaps(memory, task, key, site, "c")
    method = whose.look_up(type(owner), "__contains__")
    if whose.records(method):
        return
    others.meet(memory, task, method)
    if borrowed.touch(memory, task, owner, "__contains__", [key], site):
        return
    if issubclass(type(owner), (*MUTABLE, tuple, frozenset)) or method is whose.MISSING:
        look(memory, task, owner, site, "n" if method is whose.MISSING else "c")
    else:
        foreign.tell_weak(memory, type(owner))
        look(memory, task, owner, site, "?")
