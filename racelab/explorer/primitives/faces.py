"""What the models of classes share that people derive from: their own attributes, and the honest answer to the rest.

A face has one slot of the model's, `_lab`. Everything else that a reader's subclass stores is in `__dict__`, where
hooks find it, and no method of the model's is in the way of a name of theirs: a thread may well have a method `stop`.
"""

from __future__ import annotations

import types
from collections.abc import Hashable
from typing import Any, ClassVar, NoReturn

from ..kernel.calls import CannotDecide
from ..kernel.cells import ATOMS, Modelled
from ..kernel.memory import Memory
from ..kernel.threads import Thread as Task
from ..kernel.threads import here
from ..kernel.waiting import Primitive

NOT_MODELLED = "{} is not modelled. Nothing can be said of code that uses it."


def refuse(what: str) -> NoReturn:
    """Say that something of the standard library is not modelled.

    Raises:
        CannotDecide: always.
    """
    if here.memory is not None:
        here.memory.stage.give_up(NOT_MODELLED.format(what))
    raise CannotDecide(NOT_MODELLED.format(what))


class Inner(Primitive):
    """What a face is behind it: its state, and what the kernel knows of it.

    Attributes:
        number: how many primitives were made before it: a hash that is the same in every run of a schedule.
    """

    __slots__ = ("number",)

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.number = len(self._memory.primitives)

    def looked_at_by(self, task: Task) -> None:
        """Note that something of this kind is looked at without waiting: see `Memory.notice`."""
        self._memory.notice(task, self.kind)


class Face(Modelled):
    """A model of a class that has subclasses.

    Attributes:
        _real: the names that an object of the real class has.
        _called: the real class, as people know it.
    """

    __slots__ = ("__dict__", "__weakref__", "_lab")

    _lab: Inner
    _real: ClassVar[frozenset[str]] = frozenset()
    _called: ClassVar[str] = ""

    def __getattr__(self, name: str) -> Any:
        if name in type(self)._real and not name.startswith("__"):
            refuse(f"{self._called}.{name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __hash__(self) -> int:
        return self._lab.number

    def __eq__(self, other: object) -> bool:
        return self is other

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle '_thread.lock' object")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._lab.number}>"


def names_of(real: object) -> frozenset[str]:
    """The names that a real object has."""
    return frozenset(dir(real))


def keep(memory: Memory, value: object, task: Task | None) -> None:
    """Other tasks may find the value: from now on it has a name, so that `label_of` knows it."""
    memory.adopt(value, task)
    if isinstance(value, tuple):
        for part in value:
            keep(memory, part, task)
    elif isinstance(value, types.FunctionType) and "<" in value.__qualname__:
        memory.thing(value, task)  # made while it runs: what it has captured depends on who made it


def label_of(memory: Memory, value: object) -> Hashable:
    """What a value is, for states: itself if it is plain, else its name. See `keep`."""
    if type(value) in ATOMS:
        return type(value), repr(value)
    if type(value) is tuple:
        return ("tuple", *[label_of(memory, part) for part in value])
    if isinstance(value, Primitive):
        return value.name
    if isinstance(value, Face):
        return value._lab.name
    if (thing := memory.things.get(id(value))) is not None:
        return thing.name
    return getattr(value, "__module__", ""), getattr(value, "__qualname__", type(value).__qualname__)
