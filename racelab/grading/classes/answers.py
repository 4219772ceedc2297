"""What a call has returned, as something that can be compared between executions.

Values are compared by content: containers by what they hold, objects by their attributes. Whether two calls have
returned the very same object counts too, because a second instance of what should be one is a finding. No code of the
reader's runs meanwhile.
"""

from __future__ import annotations

import re
from array import array
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from dataclasses import replace
from enum import Enum
from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, Protocol

from racelab.explorer.kernel.calls import Call
from racelab.explorer.kernel.cells import Modelled, own_names
from racelab.explorer.kernel.threads import here

from .answer_texts import BY_REPR, CONTENT, Identity
from .raised import said_by, where
from .result import Answer

DEEPEST: Final = 8
MOST: Final = 2_000
"""Objects in one answer that are looked at."""
PLAIN: Final = (int, str, bytes, type(None))
BY_CONTENT: Final[tuple[Any, ...]] = (str, bytes, int, float, complex, bytearray, array, memoryview)
ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
"""As in the text of an object: another one in every run."""
NAMED: Final = (type, FunctionType, BuiltinFunctionType, ModuleType)


EMPTY: Final[tuple[dict[int, int], ...]] = ({}, OrderedDict())
VIEWS: Final = tuple(type(view) for one in EMPTY for view in (one.keys(), one.values(), one.items()))


class Named(Protocol):
    """Something with a name: see `kernel.cells.Thing`."""

    name: str


class Names(Protocol):
    """Gives objects names that hold for one execution: see `kernel.memory.Memory`."""

    def thing(self, value: object, task: Any, /) -> Named:
        """The object, with its name."""


def comparable(value: object, memory: Names) -> Hashable:
    """The value as tuples, with an `Identity` for each object that is more than its content."""
    return _Reader(memory).read(value, DEEPEST)


def answer_of(call: Call) -> Answer | None:
    """What a call came to; None if it has not ended."""
    if call.returned is None:
        return None
    if call.answer == "ok":
        return Answer("ok", call.value)
    return Answer("raises", call.value, said_by(call.error), where(call.error))


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
        return replace(answers, value=renumbered(answers.value, known))
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
        return name, *self._identity(value, kind), *_text(value, kind), *self._attributes(value, deep)

    def dictionary(self, value: Any, deep: int) -> Iterator[Hashable]:
        """What is under which key."""
        base: Any = OrderedDict if issubclass(type(value), OrderedDict) else dict  # it has an order of its own
        for key in base.keys(value):
            yield self.read(key, deep), self.read(dict.__getitem__(value, key), deep)

    def proxy(self, value: Any, deep: int) -> Iterator[Hashable]:
        """Of a dictionary that cannot be changed through it; any other may run code of the author's."""
        if type(copied := value | {}) is dict:
            yield from self.dictionary(copied, deep)

    def view(self, value: Any, deep: int) -> Iterator[Hashable]:
        """What a dictionary holds, in its order."""
        for one in list(value):
            yield self.read(one, deep)

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
        if not _is_equal_by_identity(kind):
            return ()
        return (Identity(self._memory.thing(value, here.task).name),)

    def _attributes(self, value: Any, deep: int) -> Iterator[Hashable]:
        for name, part in (own_names(value) or {}).items():
            yield name, self.read(part, deep)
        for kind in type(value).__mro__:
            for name, found in vars(kind).items():
                if type(found) is MemberDescriptorType and found.__objclass__.__module__ != "builtins":
                    try:
                        part = found.__get__(value)
                    except AttributeError:
                        continue
                    yield name, self.read(part, deep)


def _text(value: Any, kind: type) -> Iterator[Hashable]:
    """What the class of Python's says that it is made from: of a number or text of the author's own, or of bytes."""
    for base in BY_CONTENT:
        if issubclass(kind, base):
            yield CONTENT, bytes.__repr__(bytes(value)) if base in (bytearray, memoryview) else base.__repr__(value)
            return
    written: object = kind.__repr__
    if type(written) is WrapperDescriptorType and written is not object.__repr__ and not _is_equal_by_identity(kind):
        yield CONTENT, ADDRESS.sub("0x...", repr(value))


def _is_equal_by_identity(kind: type) -> bool:
    equal: object = kind.__eq__
    return equal is object.__eq__


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
    (MappingProxyType, _Reader.proxy),
    *((kind, _Reader.view) for kind in VIEWS),
)
