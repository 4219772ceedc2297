"""What lies behind the locks of one execution, with names for the objects: which one it is, and not only what it says.

Two states in which every value is equal may still behave differently: one task may have kept an entry that another has
replaced by an equal one, and a set may be iterated in another order. So each object that can change has a name, the
same whatever the schedule: which task made it, and how many that task had made before. A state says for each name what
the object holds, in its order, with the names of others in it. Objects that no lock leads to any more are kept in it as
long as something refers to them.

It is sound for managers that share nothing beside their locks. That is checked: what the manager holds beside them,
what its threads have captured, and what outlives it must not change, or `CannotReduce` is raised. A lock whose value
can also be reached otherwise counts as read in each step.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import getweakrefcount

from .guarded import GuardedValues
from .locks import ModelledLock, ModelledSignal, StartedTask
from .runtime import DatabaseSide, ExploredRuntime
from .states import ATOMS
from .tasks import Stage, Task

OF_THE_EXPLORER = (ExploredRuntime, DatabaseSide, GuardedValues, Stage, Task)
WEAK = (
    "States were not merged, because there is a weak reference to an object of type {} that no lock leads to any more. "
    "To recognise states the explorer keeps such objects, and the reference would show it."
)
INLINE = (tuple, frozenset)
Shallow = tuple[object, ...]


class CannotReduce(Exception):
    """States cannot be recognised in this manager, and why."""


class Heap:
    """See the module.

    Args:
        values: whose locks.
        manager: who shares them.
        leaves: objects of the explorer that managers hold, such as the database.
    """

    def __init__(self, values: GuardedValues, manager: object, leaves: Iterable[object]) -> None:
        self._values, self._stage = values, values.stage
        self._manager = manager
        self._leaves = {id(leaf) for leaf in leaves}
        self._names: dict[int, Name] = {}
        self._objects: dict[str, Any] = {}
        self._made: dict[str, int] = {}
        self._maker = ""
        self._table: dict[str, Shallow] = {}
        self._roots: dict[str, object] = {}
        self._beside: dict[str, Shallow] = {}
        self._captured: dict[str, Shallow] = {}
        self.grow("")
        self._beside = self._reached_from([self._manager])
        self._count_as_leaked(self._beside)

    def grow(self, maker: str) -> None:
        """Name what a step of that task has made, and note what everything holds now.

        Raises:
            CannotReduce: it holds something that cannot be compared, or something beside the locks has changed.
        """
        self._maker, self._table = maker, {}
        locks = sorted(self._values.locks, key=lambda lock: lock.label)
        self._roots = {lock.label: self._token(lock.value, self._table) for lock in locks}
        captured = self._reached_from([call.run for task in self._stage.tasks if task.started for call in task.calls])
        for name in self._objects.keys() - self._table.keys() - self._beside.keys() - captured.keys():
            if getweakrefcount(self._objects[name]):  # it has been kept here, so the reference did not see its end
                raise CannotReduce(WEAK.format(type(self._objects[name]).__name__))
            if _references(self._objects, name) > _ALONE:
                self._token(self._objects[name], self._table)
            else:
                del self._names[id(self._objects.pop(name))]
        if maker and (changed := self._changed_beside()):
            raise CannotReduce(
                f"States were not merged, because the manager changes {changed} beside its locks. Put what its threads "
                "share behind a lock of the runtime."
            )
        if any(captured.get(name, was) != was for name, was in self._captured.items()):
            raise CannotReduce("States were not merged, because what a thread has captured changes beside the locks.")
        self._captured = captured
        self._count_as_leaked(captured)

    def content(self, lock: Any) -> Hashable:
        """What a task can see that holds this lock: all that the value leads to, and what no lock leads to any more."""
        attached: dict[str, None] = {}
        for root in self._roots.values():
            self._follow(root, attached)
        mine: dict[str, None] = {}
        root = self._roots[lock.label]
        self._follow(root, mine)
        seen = [*mine, *sorted(self._table.keys() - attached.keys())]
        return lock.label, root, tuple([(name, self._table[name]) for name in seen])

    def everything(self, locks: Iterable[object], in_order: bool) -> Hashable:  # noqa: ARG002 - all there are
        """The whole state behind the locks, and what is no longer behind one."""
        return tuple(self._roots.items()), tuple(sorted(self._table.items(), key=lambda item: item[0]))

    def _follow(self, token: object, found: dict[str, None]) -> None:
        waiting = [token]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Name) and one not in found:
                found[one] = None
                waiting += self._table[one]
            elif type(one) is tuple:
                waiting += one

    def _reached_from(self, roots: Iterable[object]) -> dict[str, Shallow]:
        """What they hold that no lock leads to."""
        beside: dict[str, Shallow] = dict.fromkeys(self._table, ())
        for root in roots:
            self._token(root, beside)
        return {name: shallow for name, shallow in beside.items() if name not in self._table}

    def _changed_beside(self) -> str:
        now = self._reached_from([self._manager])
        for name in {**self._beside, **now}:
            if now.get(name) != self._beside.get(name):
                return _first_difference(self._beside.get(name, ()), now.get(name, ()))
        return ""

    def _count_as_leaked(self, beside: Mapping[str, Shallow]) -> None:
        """Locks whose value can be reached without them: every step may read those."""
        reached = {part for shallow in beside.values() for part in _names_in(shallow)} & self._table.keys()
        for lock in self._values.locks:
            own: dict[str, None] = {}
            self._follow(self._roots[lock.label], own)
            if reached & own.keys() and lock not in self._values.leaked:
                self._values.leak(lock)

    def _token(self, value: Any, table: dict[str, Shallow]) -> object:
        """An atom as it is, another object by its name; what that holds is put into the table."""
        kind = type(value)
        if kind in ATOMS:
            return value
        if kind in (bool, float):
            return kind.__name__, value
        if isinstance(value, INLINE):
            return (kind.__name__, *[self._token(item, table) for item in value])
        if isinstance(value, Enum):
            return kind.__qualname__, value.name
        if (leaf := self._leaf(value)) is not None:
            return leaf
        name = self._name(value)
        if name not in table:
            table[name] = ()  # where a circle comes back to
            table[name] = (kind, *[self._token(part, table) for part in _parts(value)])
        return name

    def _leaf(self, value: Any) -> object:
        """What belongs to the explorer, or is code, as something that can be compared; None if it is neither."""
        if isinstance(value, ModelledLock):
            return "lock", value.label
        if isinstance(value, ModelledSignal):
            return "signal", value.label
        if isinstance(value, StartedTask):
            return "thread", value.task.name
        if id(value) in self._leaves or isinstance(value, (*OF_THE_EXPLORER, type, ModuleType, BuiltinFunctionType)):
            return "code", id(value) if isinstance(value, (type, ModuleType, BuiltinFunctionType)) else "explorer"
        return None

    def _name(self, value: Any) -> Name:
        name = self._names.get(id(value))
        if name is None:
            number = self._made[self._maker] = self._made.get(self._maker, 0) + 1
            name = self._names[id(value)] = Name(f"{self._maker}{number}")
            self._objects[name] = value  # kept, so that no other object gets its id
        return name


class Name(str):
    """An object's name, which no text of a manager's is mistaken for."""

    __slots__ = ()


def _parts(value: Any) -> Iterator[Any]:
    """What an object holds, in the order in which a manager would find it."""
    kind = type(value)
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (list, deque, set)):
        yield from value
    elif isinstance(value, FunctionType):
        yield from (value.__qualname__, value.__defaults__, value.__kwdefaults__)
        yield from (cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell))
    elif isinstance(value, MethodType):
        yield from (value.__self__, value.__func__)
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    elif is_dataclass(kind):
        yield from (getattr(value, field.name, None) for field in fields(kind))
    elif not _is_readable(kind):
        raise CannotReduce(
            f"States were not merged, because the explorer cannot tell two objects of type {kind.__name__} apart."
        )
    names = [name for base in kind.__mro__ for name in _slots_of(base) if hasattr(value, name)]
    yield from ((name, getattr(value, name)) for name in names if not is_dataclass(kind))
    yield from getattr(value, "__dict__", {}).items() if not isinstance(value, FunctionType) else ()


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _is_readable(kind: type) -> bool:
    """Whether all that an object holds is in its attributes: its class and all bases are written in Python."""
    return all(map(_is_written_in_python, kind.__mro__[:-1]))


def _is_written_in_python(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    return kind.__flags__ & FLAGS == MADE_AT_RUN_TIME and str(getattr(module, "__file__", None)).endswith(".py")


MADE_AT_RUN_TIME, FLAGS = 1 << 9, 1 << 9 | 1 << 8
"""CPython's flags of types that were made at run time, and of types that cannot be changed."""


def _slots_of(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(f"_{kind.__name__.lstrip('_')}{name}" if _is_private(name) else name for name in names)


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _names_in(token: object) -> Iterator[str]:
    if isinstance(token, Name):
        yield token
    elif type(token) is tuple:
        for part in token:
            yield from _names_in(part)


def _first_difference(before: Shallow, after: Shallow) -> str:
    """The first attribute that is not what it was."""
    for part in (*[new for new in after if new not in before], *[old for old in before if old not in after]):
        if type(part) is tuple and len(part) == 3 and isinstance(part[1], str):
            return repr(part[1])
    return f"a {getattr(after[0] if after else before[0], '__name__', 'value')}"


def _references(objects: Mapping[str, object], name: str) -> int:
    thing = objects[name]
    return sys.getrefcount(thing)


_ALONE = _references({"": object()}, "")
"""What `_references` says of an object that nothing else refers to: another number in other versions of Python."""
