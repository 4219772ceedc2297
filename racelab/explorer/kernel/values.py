"""Things as values that can be compared later: what they hold, and not which objects they are."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import operator
import random
import re
import types
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache, partial
from io import BytesIO, StringIO
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Final

from . import origin
from .reach import MOST, TooMuch, is_leaf

Value = Any
"""A type's name and what the thing holds, nested; equal if and only if the things hold the same."""
LONGEST: Final = 60
_ATOMS: Final = (
    *(str, int, float, complex, bytes, range, type(None), type(...), type(NotImplemented)),
    *(date, time, timedelta, timezone, Decimal, PurePath, re.Pattern),
)
_EMPTY: Final = (object, type(annotations), type(dataclasses._HAS_DEFAULT_FACTORY))  # type: ignore[attr-defined]
_CACHE: Final = type(lru_cache(lambda: None))
_FIXED: Final = (FunctionType, BuiltinFunctionType, type, ModuleType, CodeType)
_DESCRIPTORS: Final = (
    *(staticmethod, classmethod, property, cached_property),
    *(types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType, types.MethodDescriptorType),
)
_WEAK: Final = (weakref.ref, weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet)
"""What they hold depends on when Python frees it."""
ABSENT: Final = ("absent",)


def is_fixed(thing: Any) -> bool:
    """Whether nothing that a thing holds can change: functions, classes, modules, and tuples and caches of such.

    What a function closes over can change; that is for whoever looks at the function.
    """
    kind = type(thing)
    if isinstance(thing, (*_ATOMS, *_FIXED, *_DESCRIPTORS, Enum)) or kind in _EMPTY:
        return True
    if kind in (tuple, frozenset):
        return all(map(is_fixed, thing))
    return is_leaf(kind) and not origin.is_of_a_runtime(kind)


class Reading:
    """One reading of several things, in which each object is read once.

    Attributes:
        place: where it reads, for a sentence.
        modelled: the objects of a runtime's that were met, by `id`, and where.
    """

    def __init__(self) -> None:
        self.place = ""
        self.modelled: dict[int, tuple[Any, str]] = {}
        self._known: dict[int, int] = {}
        self._kept: list[Any] = []

    def value(self, thing: Any) -> Value:
        """What a thing holds, as a value.

        Raises:
            TooMuch: there are more than `MOST` objects in it.
        """
        kind = type(thing)
        if isinstance(thing, _ATOMS):
            return kind.__name__, thing
        if isinstance(thing, (*_FIXED, *_DESCRIPTORS)):
            return "code", _identity(thing)
        if id(thing) in self._known:
            return "again", self._known[id(thing)]
        self._known[id(thing)] = len(self._known)
        self._kept.append(thing)
        if len(self._known) > MOST:
            raise TooMuch
        return kind.__qualname__, self._content(kind, thing)

    def _content(self, kind: type, thing: Any) -> Value:
        if origin.is_of_a_runtime(kind):
            self.modelled.setdefault(id(thing), (thing, self.place))
        if is_leaf(kind) or issubclass(kind, _WEAK):
            return ()
        if issubclass(kind, dict):
            items = ((self.value(key), self.value(part)) for key, part in list(thing.items()) if not _is_code(part))
            return tuple(items), tuple(self._attributes(thing))
        if issubclass(kind, (list, tuple, deque)):
            return tuple(map(self.value, list(thing))), tuple(self._attributes(thing))
        if issubclass(kind, (set, frozenset)):
            return frozenset(map(self.value, list(thing))), tuple(self._attributes(thing))
        return self._object(kind, thing)

    def _object(self, kind: type, thing: Any) -> Value:
        for special, read in _SPECIAL:
            if issubclass(kind, special):
                return read(self, thing)
        held = tuple(self._attributes(thing))
        if held or hasattr(thing, "__dict__"):
            return held
        if isinstance(thing, types.GeneratorType):
            return id(thing), thing.gi_frame and thing.gi_frame.f_lasti
        if isinstance(thing, Iterator):
            parts = tuple(self.value(part) for part in gc.get_referents(thing) if not isinstance(part, type))
            return operator.length_hint(thing, -1), parts
        return id(thing)

    def _attributes(self, thing: Any) -> Iterator[Value]:
        for name, part in list(getattr(thing, "__dict__", {}).items()):
            yield name, self.value(part)
        for kind in type(thing).__mro__:
            names = vars(kind).get("__slots__", ())
            for name in (names,) if isinstance(names, str) else names:
                if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                    yield name, self.value(getattr(thing, name))

    def _cached(self, cache: Any) -> Iterator[Value]:
        """The results that can change: others are the same for ever, and who computed them makes no difference."""
        for key, result in _results(cache):
            if not (is_fixed(result) or is_leaf(type(result)) or _names_an_object(key)):
                yield self.value(key), self.value(result)


_SPECIAL: Final[tuple[tuple[type, Callable[[Reading, Any], Value]], ...]] = (
    (random.Random, lambda _, thing: hash(thing.getstate())),
    (itertools.count, lambda _, thing: repr(thing)),
    (_CACHE, lambda reading, thing: tuple(reading._cached(thing))),
    (partial, lambda reading, thing: reading.value((thing.args, thing.keywords))),
    (bytearray, lambda _, thing: bytes(thing)),
    (memoryview, lambda _, thing: bytes(thing)),
    (array, lambda _, thing: thing.tobytes()),
    (BytesIO, lambda _, thing: thing.getvalue()),
    (StringIO, lambda _, thing: thing.getvalue()),
    (ContextVar, lambda reading, thing: tuple(map(reading.value, gc.get_referents(thing)))),
)


def _results(cache: Any) -> list[tuple[Any, Any]]:
    """What a `functools.lru_cache` holds. Each entry of a bounded one shows as its key, its result, and a class."""
    parts, found, place = gc.get_referents(cache), [], 1
    while place + 2 < len(parts) and getattr(parts[place + 2], "__name__", "") == "_lru_list_elem":
        found.append((parts[place], parts[place + 1]))
        place += 3
    return found or [item for part in parts if type(part) is dict and part is not vars(cache) for item in part.items()]


def _names_an_object(key: Any) -> bool:
    """Whether the arguments are for one object alone, such as a method's manager: the next has results of its own."""
    return any(not is_fixed(one) and _is_only_itself(type(one)) for one in (key if type(key) is tuple else (key,)))


def _is_only_itself(kind: type) -> bool:
    return all("__eq__" not in vars(base) for base in kind.__mro__[:-1])


def _identity(thing: Any) -> tuple[str, object]:
    """A function that is made anew from the same code is the same, and so is a class."""
    name = str(getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or type(thing).__name__)
    if isinstance(thing, FunctionType):
        return name, id(thing.__code__)
    return name, thing.__module__ if isinstance(thing, type) else id(thing)


def _is_code(thing: Any) -> bool:
    """Who keeps functions by name, to find them quicker, keeps nothing that changes."""
    return isinstance(thing, _FIXED) and not getattr(thing, "__closure__", None)


def words(value: Value) -> str:
    """A value for a person, in a few characters."""
    text = "nothing" if value == ABSENT else _text(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(value: Value) -> str:
    kind, held = value
    if kind in ("dict", "defaultdict", "OrderedDict", "Counter"):
        return f"{{{', '.join(f'{_text(key)}: {_text(part)}' for key, part in held[0])}}}"
    if kind in ("list", "tuple", "deque"):
        return f"[{', '.join(map(_text, held[0]))}]"
    if kind in ("set", "frozenset"):
        return f"{{{', '.join(sorted(map(_text, held[0])))}}}" if held[0] else "set()"
    if kind == "code":
        return str(held[0])
    if kind == "count":
        return str(held)
    return str(kind) if isinstance(held, tuple) else repr(held)
