"""Cells and things: one location, the object that it belongs to, and what is noted of both."""

from __future__ import annotations

import gc
import types
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .points import Point

READ, WRITE, BOTH, CHANGE = range(4)
"""Look at; replace; look at and replace; change without looking (what is there afterwards depends on what was)."""


class Whole:
    """All of a container, and not one item of it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "WHOLE"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A slot of an object that also has items, which may have the same name."""

    name: str

    def __repr__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a dictionary that is known by its name, because it is another object in each execution.

    Attributes:
        name: with its module, if it has one; `text` is how the author writes it.
        object: the key itself.
    """

    name: str
    text: str = field(compare=False)
    object: Any = field(compare=False)

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.text


WHOLE: Final = Whole()
UNKNOWN: Final = (-1,)
"""In place of a value that is not known."""
ATOMS: Final = frozenset(
    {int, str, float, bool, bytes, type(None), complex, range, type(Ellipsis), type(NotImplemented)}
)
"""Values that are their own content."""
HOLDERS: Final = (dict, list, set, tuple, frozenset, deque)


class Modelled:
    """An object of the explorer that stands for something of Python's. It does its own recording."""

    __slots__ = ()


CODE: Final = (
    *(type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType),
    *(types.MethodDescriptorType, property, classmethod, staticmethod),
)
LEAVES: Final = (*CODE, Modelled)
"""What is not entered when objects are given names."""


class Cell:
    """One location.

    Attributes:
        writer, clock, site: who wrote last (-1 for nobody, 0 for set-up), at which time of its own, at which place.
        reads: who has looked since, when, and where.
        version: stands for the content; 0 for that of set-up.
        tasks, writers: who has touched it, and who has written, as sets of bits. Set-up does not count.
        locks: those that were held at every access; None before the first.
        written: whether anybody has written, set-up included.
        steady: whether set-up has written, and no task of any execution yet: looks are passed over (see `places`).
    """

    __slots__ = ("clock", "locks", "reads", "site", "steady", "tasks", "version", "writer", "writers", "written")

    def __init__(self) -> None:
        self.writer = self.site = -1
        self.clock = self.version = self.tasks = self.writers = 0
        self.reads: dict[int, tuple[int, int]] = {}
        self.locks: frozenset[str] | None = None
        self.written = self.steady = False


class Thing:
    """A shared object. It is kept, so that no other object gets its address."""

    __slots__ = ("cells", "name", "object")

    def __init__(self, thing: object, name: str) -> None:
        self.object, self.name = thing, name
        self.cells: dict[Any, Cell] = {}


class Actor(Protocol):
    """Who touches cells: see `threads.Thread`."""

    name: str
    index: int
    clock: list[int]
    local: int
    seen: list[object]
    own: dict[tuple[Thing, Any], tuple[int, int, int]]
    sync: Hashable
    held: frozenset[str]
    late: int
    fresh: bool
    doubt: bool
    site: int

    def pause(self, point: Point) -> None:
        """Stop before `point` until chosen."""


class Orders(Protocol):
    """What orders one task's past before another's future: see `waiting.Primitive`."""

    name: str
    clock: list[int] | None

    def key(self) -> Hashable:
        """Its state."""


class Access:
    """One access, to be told."""

    __slots__ = ("access", "content", "key", "site", "task", "thing")

    def __init__(self, task: Actor, site: int, thing: Thing, key: Any, access: int, content: object) -> None:
        self.task, self.site, self.thing, self.key = task, site, thing, key
        self.access, self.content = access, content


def own_names(value: object) -> dict[str, Any] | None:
    """The dictionary of an object's own attributes, without asking the object; None if it has none."""
    try:
        names = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return names if type(names) is dict else None


def names_beside_items(value: object) -> dict[str, Any] | None:
    """The dictionary of the attributes of a container; None if it has none, or if that is the container itself."""
    names = own_names(value)
    return names if names is not value else None


def parts_of(value: object) -> list[Any]:
    """What an object holds, last first."""
    if type(value) in HOLDERS:
        return gc.get_referents(value)[::-1]
    if issubclass(type(value), HOLDERS):
        names = names_beside_items(value)
        parts = [part for part in gc.get_referents(value)[::-1] if part is not names]
        return parts if names is None else [*list(names.values())[::-1], *parts]
    try:  # `isinstance` and `getattr` would ask the object, which may be code of the author's
        names = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    return list(names.values())[::-1] if isinstance(names, dict) else []
