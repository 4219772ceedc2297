"""A state: what makes two prefixes of schedules alike, so that what follows the second one is known already.

It is the same for a scenario on a manager and for a program over any class, and has three parts: what each task knows,
what the tasks share, and which operation was answered before which began. What a task knows follows from what it has
seen, because its program is deterministic; so it is a chain of what it saw, kept as one number, `Task.local`. Nothing
is hashed and hoped for: things are compared whole, and numbered so that this is quick.

What tasks share is told in two ways, by what can be known of it. A manager's values lie behind its runtime's locks,
which say when somebody looks: each is compared by its whole content (`guarded`). Ordinary code says for each attribute
and item when it is looked at: there only what was read enters (`memory`).

Why not partial-order reduction: sleep sets and DPOR need to know which steps are independent, and a manager may look
things up without a lock, which no footprint of locks would show. Comparing what was seen needs no such
knowledge, and also merges orders that are different and lead to the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Protocol

ATOMS = frozenset({str, int, bytes, type(None), datetime})
"""Compared as they are. `bool` and `float` are not among them: True and 1.0 are equal to 1."""


class Knower(Protocol):
    """A task, as far as it is known what it has seen: see `tasks.Task`.

    Attributes:
        alone: whether it runs outside of the schedule.
        seen: what it has read in this step.
        local: stands for everything it knows: the same number after the same observations.
    """

    alone: bool
    seen: list[object]
    local: int


class Shared(Protocol):
    """What the tasks of one execution share."""

    def number(self, thing: Hashable) -> int:
        """A number for it: the same number, the same thing."""

    def before(self, task: Any) -> None:
        """That task is about to take a step."""

    def settle(self, task: Any) -> None:
        """It has taken the step: what it knows now."""

    def state(self) -> Hashable:
        """All that can be known of it but what the tasks know."""


class CannotCompare(Exception):
    """A guarded value holds something whose content is not known."""


class States(dict[Hashable, int]):
    """Numbers for contents and knowledge, from 1 on: the same number, the same thing."""

    number = dict.__getitem__
    """Which one it is."""

    def __missing__(self, thing: Hashable) -> int:
        number = self[thing] = len(self) + 1
        return number

    def __bool__(self) -> bool:
        return True


MOST_KINDS: Final = 1_000
_readers: dict[type, Callable[[Any], Hashable]] = {}
"""How to read values of a type. Each execution may have classes of its own, and a class keeps its module alive."""


def canonical(value: Any) -> Hashable:
    """The content as something that can be compared whole."""
    kind = type(value)
    if kind in ATOMS:
        return value  # type: ignore[no-any-return]
    reader = _readers.get(kind)
    if reader is None:
        if len(_readers) > MOST_KINDS:
            _readers.clear()
        reader = _readers[kind] = _reader(kind)
    return reader(value)


def _reader(kind: type) -> Callable[[Any], Hashable]:
    if kind is bool or kind is float:  # equal to a number of another type
        return lambda value: (kind.__name__, value)
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


def _container_reader(kind: type) -> Callable[[Any], Hashable] | None:
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


def _dataclass_reader(kind: type) -> Callable[[Any], Hashable]:
    names = [field.name for field in fields(kind)]
    declared = frozenset(names)
    read = attrgetter("__class__", *names)  # two at least, so that a tuple comes out

    def reader(value: Any) -> object:
        if kind.__dictoffset__ and not vars(value).keys() <= declared:
            raise CannotCompare(f"A {kind.__name__} has attributes beside its fields. Declare them all as fields.")
        return kind, *[item if type(item) in ATOMS else canonical(item) for item in read(value)[1:]]

    return reader if names else lambda _: (kind,)
