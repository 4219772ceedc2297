"""Recognises a state that was reached before, by another order of the same steps: what follows is then known already.

A state is what every lock guards, what every task knows, and which operation was answered before which began. What a
task knows follows from what it has seen (its program is deterministic), so it is kept as the chain of what it saw: the
content of each lock that it took or looked at, at that moment. Nothing is hashed and hoped for: contents are compared
whole, and numbered so that this is quick.

Why not partial-order reduction: sleep sets and DPOR need to know which steps are independent, and a manager may look
things up without a lock, which no footprint of locks would show. Comparing what was seen needs no such
knowledge, and also merges orders that are different and lead to the same state.

Contents are compared by value here. That is sound for managers that share nothing beside their locks, that look at a
guarded value only while they hold its lock or after `peek()`, and that never keep a reference from one look to the
next. The lab's own do: a test runs every scenario both ways and compares all outcomes. For others see `heap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any, Protocol

ATOMS = frozenset({str, int, bytes, type(None), datetime})
"""Compared as they are. `bool` and `float` are not among them: True and 1.0 are equal to 1."""


class Labelled(Protocol):
    """A lock as it is compared.

    Attributes:
        label: the same whatever the schedule.
    """

    label: str

    @property
    def value(self) -> Any:
        """What it guards."""


class Contents(Protocol):
    """What locks guard, as something that can be compared."""

    def content(self, lock: Labelled) -> object:
        """What a task sees that holds this lock."""

    def everything(self, locks: Iterable[Labelled], in_order: bool) -> object:
        """What all of these guard; `in_order` if the locks are the same ones in every execution."""


class CannotCompare(Exception):
    """A guarded value holds something whose content is not known."""


class States:
    """Numbers for contents and knowledge: the same number, the same thing."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def number(self, thing: object) -> int:
        """Which one this is."""
        return self._numbers.setdefault(thing, len(self._numbers))


class ByValue:
    """Contents as they read. Only for managers for which a test has compared that with every schedule."""

    def content(self, lock: Labelled) -> object:
        """What the lock guards."""
        return canonical(lock.value)

    def everything(self, locks: Iterable[Labelled], in_order: bool) -> object:
        """By label."""
        guarded = tuple([(lock.label, canonical(lock.value)) for lock in locks])
        return guarded if in_order else tuple(sorted(guarded, key=itemgetter(0)))


def canonical(value: Any) -> object:
    """The content as something that can be compared whole."""
    kind = type(value)
    if kind in ATOMS:
        return value
    reader = _READERS.get(kind) or _READERS.setdefault(kind, _reader(kind))
    return reader(value)


def _reader(kind: type) -> Callable[[Any], object]:
    """How to read values of this type. Found once for each type."""
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if issubclass(kind, Enum):
        return lambda value: (kind, value.name)
    read = _container_reader(kind)
    if read is not None:
        return read if not kind.__dictoffset__ else lambda value: (canonical(vars(value)), read(value))
    if hasattr(kind, "label") and hasattr(kind, "free_for"):
        return lambda value: ("lock", value.label)
    raise CannotCompare(
        f"An object of type {kind.__name__} is behind a lock or in an answer, and the explorer cannot tell two apart. "
        "Use built-in containers, dataclasses and enumerations there."
    )


def _container_reader(kind: type) -> Callable[[Any], object] | None:
    if issubclass(kind, dict):
        return lambda value: (
            kind,
            *[(key, item if type(item) in ATOMS else canonical(item)) for key, item in value.items()],
        )
    if issubclass(kind, (list, tuple)):
        return lambda value: (kind, *[item if type(item) in ATOMS else canonical(item) for item in value])
    if issubclass(kind, (set, frozenset)):
        return lambda value: (kind, frozenset(map(canonical, value)))
    return None


def _dataclass_reader(kind: type) -> Callable[[Any], object]:
    names = [field.name for field in fields(kind)]
    declared = frozenset(names)
    read = attrgetter("__class__", *names)  # two at least, so that a tuple comes out

    def reader(value: Any) -> object:
        if kind.__dictoffset__ and not vars(value).keys() <= declared:
            raise CannotCompare(f"A {kind.__name__} has attributes beside its fields. Declare them all as fields.")
        return kind, *[item if type(item) in ATOMS else canonical(item) for item in read(value)[1:]]

    return reader if names else lambda _: (kind,)


_READERS: dict[type, Callable[[Any], object]] = {
    bool: lambda value: ("bool", value),
    float: lambda value: ("float", value),
}
