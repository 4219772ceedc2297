"""What a call has returned, as something that can be compared between executions.

Values are compared by content: containers by what they hold, objects by their attributes. Whether two calls have
returned the very same object counts too, because a second instance of what should be one is a finding. No code of the
reader's runs meanwhile.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Hashable, Iterator
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, Final, Protocol
from uuid import UUID

from racelab.explorer.kernel.calls import Call
from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here

from .result import Answer

DEEPEST: Final = 8
MOST: Final = 2_000
"""Objects in one answer that are looked at."""
PLAIN: Final = (int, str, bytes, type(None))
BY_REPR: Final = (bool, float, complex, range, date, time, timedelta, tzinfo, Decimal, UUID, slice)
ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
"""As in the text of an object: another one in every run."""
NAMED: Final = (type, FunctionType, BuiltinFunctionType, ModuleType)


class Named(Protocol):
    """Something with a name: see `kernel.cells.Thing`."""

    name: str


class Names(Protocol):
    """Gives objects names that hold for one execution: see `kernel.memory.Memory`."""

    def thing(self, value: object, task: Any, /) -> Named:
        """The object, with its name."""


class Identity(str):
    """The name of an object in one execution."""

    __slots__ = ()


def comparable(value: object, memory: Names) -> Hashable:
    """The value as tuples, with an `Identity` for each object that is more than its content."""
    return _Reader(memory).read(value, DEEPEST)


def answer_of(call: Call) -> Answer | None:
    """What a call came to; None if it has not ended."""
    if call.returned is None:
        return None
    return Answer("ok" if call.answer == "ok" else "raises", call.value)


def renumbered(answers: Any, known: dict[str, int]) -> Any:
    """The same with identities that do not depend on the execution: by where each object comes first."""
    kind = type(answers)
    if kind is Identity:
        return ("object", known.setdefault(answers, len(known)))
    if kind is tuple:
        return tuple([renumbered(one, known) for one in answers])
    if kind is frozenset:  # it has no order that would be the same in every execution
        return frozenset([renumbered(one, {}) for one in answers])
    if kind is Answer:
        return Answer(answers.how, renumbered(answers.value, known))
    return answers


class _Reader:
    def __init__(self, memory: Names) -> None:
        self._memory = memory
        self._seen: dict[int, int] = {}

    def read(self, value: Any, deep: int) -> Hashable:
        kind = type(value)
        if kind in PLAIN:
            return ADDRESS.sub("0x...", value) if kind is str and "0x" in value else value
        told = _told_by_a_name(value, kind)
        if told is not None:
            return told
        if id(value) in self._seen:
            return "again", self._seen[id(value)]
        if not deep or len(self._seen) >= MOST:
            return "...", kind.__name__
        self._seen[id(value)] = len(self._seen)
        return self._parts(value, kind, deep - 1)

    def _parts(self, value: Any, kind: type, deep: int) -> Hashable:
        """Through the methods of the built-in classes alone: a subclass may have its own."""
        name = kind.__name__
        for base, read in _CONTAINERS:
            if issubclass(kind, base):
                return name, *read(self, value, deep), *self._attributes(value, deep)
        if issubclass(kind, Modelled):
            return name, Identity(getattr(value, "name", name))
        if issubclass(kind, MethodType):
            return "method", value.__func__.__qualname__, self.read(value.__self__, deep)
        return name, *self._identity(value, kind), *self._attributes(value, deep)

    def dictionary(self, value: Any, deep: int) -> Iterator[Hashable]:
        """What is under which key."""
        for key in dict.keys(value):
            yield self.read(key, deep), self.read(dict.__getitem__(value, key), deep)

    def row(self, value: Any, deep: int) -> Iterator[Hashable]:
        """What it holds, in its order."""
        kind: Any = next(base for base in (list, tuple, deque) if isinstance(value, base))
        for one in kind.__iter__(value):
            yield self.read(one, deep)

    def collection(self, value: Any, deep: int) -> Iterator[Hashable]:
        """What it holds, in whatever order."""
        kind: Any = set if issubclass(type(value), set) else frozenset
        yield kind.__len__(value)
        yield frozenset([self.read(one, deep) for one in kind.__iter__(value)])

    def _identity(self, value: object, kind: type) -> tuple[Identity, ...]:
        """Of an object whose class does not say itself when two are equal."""
        equal: object = kind.__eq__
        if equal is not object.__eq__:
            return ()
        return (Identity(self._memory.thing(value, here.task).name),)

    def _attributes(self, value: Any, deep: int) -> Iterator[Hashable]:
        if type(value).__dictoffset__:
            for name, part in object.__getattribute__(value, "__dict__").items():
                yield name, self.read(part, deep)
        for kind in type(value).__mro__:
            for name, found in vars(kind).items():
                if type(found) is MemberDescriptorType and found.__objclass__.__module__ != "builtins":
                    try:
                        part = found.__get__(value)
                    except AttributeError:
                        continue
                    yield name, self.read(part, deep)


def _told_by_a_name(value: Any, kind: type) -> Hashable:
    """What its text or its name says all of; None for another value."""
    if kind in BY_REPR or (issubclass(kind, BY_REPR) and kind.__module__ in ("datetime", "decimal", "uuid")):
        return kind.__name__, repr(value)
    if issubclass(kind, NAMED):
        return kind.__name__, getattr(value, "__qualname__", None) or value.__name__
    if issubclass(kind, BaseException):
        return "exception", kind.__name__
    if issubclass(kind, Enum):
        return "member", kind.__name__, value.name
    return None


_CONTAINERS: Final = (
    *((base, _Reader.row) for base in (list, tuple, deque)),
    *((base, _Reader.collection) for base in (set, frozenset)),
    (dict, _Reader.dictionary),
)
