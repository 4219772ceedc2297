"""Whose code a function is, and which classes touch nothing that tasks could share.

A rewritten function calls a hook when it is entered: that is how it is recognised, wherever it lies. A function that a
dataclass has generated has the author's globals and is not rewritten.
"""

from __future__ import annotations

import contextvars
import datetime
import decimal
import enum
import fractions
import functools
import os
import pathlib
import re
import types
import uuid
from collections.abc import Iterable
from types import FunctionType, GeneratorType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, Modelled

ENTERS: Final = "_lab_enter"
NOT_MODELLED: Final = "_lab_not_modelled"
REBOUND: Final = "_lab_rebound"
"""Among the builtins of a rewritten module: the names of its globals whose reads are recorded."""
OWN: Final = "racelab.explorer."
GENERATED: Final = "<string>"
MIXINS: Final = "collections.abc"
MISSING: Final = object()
UNBOUND: Final = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
BOUND: Final = (types.BuiltinFunctionType, types.MethodWrapperType)
MOST_KINDS: Final = 1_000
"""Classes about which something is remembered. Those of executions that are over are forgotten in time."""

_VALUES: Final = (
    *(datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, fractions.Fraction),
    *(enum.Enum, pathlib.PurePath, uuid.UUID, re.Pattern, re.Match, slice, types.CodeType, str, bytes, int, float),
    *(contextvars.ContextVar, contextvars.Token, type(os.environ)),
)
ENVIRON: Final = type(os.environ)
"""Variables of the process: what changes them is stopped (see `code.outside`)."""
_MIXED: Final = ("__getitem__", "__setitem__", "__delitem__", "__iter__", "__len__", "__contains__", "add", "discard")
_WRAP_TEXT: Final = ("dataclasses", "reprlib")
"""Where the function around the `__repr__` of a dataclass is from: before Python 3.13, and from then on."""
_OF_DATACLASSES: Final = (
    *("__init__", "__new__", "__repr__", "__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__setattr__"),
    "__delattr__",
)
_is_value: dict[type, bool] = {}


def is_rewritten(function: object) -> bool:
    """Whether it records what it does."""
    if type(function) is not FunctionType:
        return False
    names = function.__code__.co_names
    return ENTERS in names or NOT_MODELLED in names


def is_own(function: object) -> bool:
    """Whether it is the explorer's: a model, which does its own recording."""
    return type(function) is FunctionType and str(function.__globals__.get("__name__")).startswith(OWN)


def records(function: object) -> bool:
    """Whether nothing needs to be recorded for it."""
    return is_rewritten(function) or is_own(function)


def is_generated(function: object) -> bool:
    """Whether a dataclass or `namedtuple` has made it: it looks at the attributes of its arguments, and no more."""
    if type(function) is not FunctionType:
        return False
    if function.__globals__.get("__name__") in _WRAP_TEXT:
        function = getattr(function, "__wrapped__", function)
    if not isinstance(function, FunctionType) or function.__code__.co_filename != GENERATED:
        return False
    if function.__name__ not in _OF_DATACLASSES:
        return False
    return is_namespace(function.__globals__) or str(function.__globals__.get("__name__")).startswith("namedtuple_")


def is_of_named_tuple(function: Any, owner: Any) -> bool:
    """Whether it is a method that every `namedtuple` has."""
    return issubclass(type(owner), tuple) and function.__globals__.get("__name__") == "collections"


def is_eternal(value: Any) -> bool:
    """Whether a module has it under its own name: a function, a class, or the module. It never goes."""
    kind = type(value)
    if kind is types.BuiltinFunctionType:
        return issubclass(type(value.__self__), types.ModuleType)
    if kind is FunctionType:
        return value.__globals__.get(value.__qualname__) is value
    if issubclass(kind, type):
        return "<locals>" not in value.__qualname__
    return issubclass(kind, types.ModuleType)


def is_borrowed(method: Any, name: str) -> bool:
    """Whether a class has a method of C's under another name than its own, or one of another object's."""
    kind = type(method)
    if kind in UNBOUND:
        return bool(method.__name__ != name)
    if kind is staticmethod:
        return not records(method.__func__)
    return kind in BOUND or kind is functools.partial


def is_mixin(function: object) -> bool:
    """Whether it belongs to `collections.abc`: it touches what the class's own methods touch that it calls."""
    return type(function) is FunctionType and function.__globals__.get("__name__") == MIXINS


def mixes_in(kind: type) -> bool:
    """Whether the methods that such functions call record what they do."""
    found = [look_up(kind, name) for name in _MIXED]
    return all(one is MISSING or one is None or records(one) or is_mixin(one) for one in found)


def held_by_generator(generator: GeneratorType[Any, Any, Any]) -> list[Any] | None:
    """What a generator looks at that its body does not record. None if nothing is known of its body.

    That of an expression records all but the first loop. Those of `collections.abc` go over an author's object.
    """
    frame = generator.gi_frame
    if frame is None or ENTERS in generator.gi_code.co_names:
        return []
    if ENTERS in frame.f_builtins:
        return [frame.f_locals.get(".0")]
    return list(frame.f_locals.values()) if frame.f_globals.get("__name__") == MIXINS else None


def is_namespace(names: dict[Any, Any]) -> bool:
    """Whether these are the globals of a rewritten module."""
    builtins = names.get("__builtins__")
    return type(builtins) is dict and ENTERS in builtins


def all_atoms(values: Iterable[Any]) -> bool:
    """Whether all are values that are their own content."""
    for one in values:  # noqa: SIM110 - `all` costs more than the rest of a hook
        if type(one) not in ATOMS:
            return False
    return True


def is_value(kind: type) -> bool:
    """Whether objects of that class never change, as far as its own methods can tell."""
    found = _is_value.get(kind)
    if found is None:
        if len(_is_value) > MOST_KINDS:
            _is_value.clear()
        found = _is_value[kind] = kind in ATOMS or issubclass(kind, _VALUES)
    return found


def is_of_model(kind: type) -> bool:
    """Whether the explorer has written that class."""
    return issubclass(kind, Modelled) and kind.__module__.startswith(OWN)


def is_hashed_by_address(kind: type) -> bool:
    """Whether its objects have no hash of their own."""
    by_address: object = object.__hash__
    return kind.__hash__ is by_address


def look_up(kind: type, name: str) -> Any:
    """What a class or its bases have under a name, as it is stored; `MISSING` if nothing."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return MISSING
