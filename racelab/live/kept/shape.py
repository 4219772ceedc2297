"""Whether JSON from a file has the shape of its type, to the last key: what a page reads must not surprise it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

HIGHEST: Final = 1e10
"""Beyond every number of a run, and still a time that has a date, and milliseconds that have whole nanoseconds."""


def has_shape(value: Any, kind: Any) -> bool:
    """Whether a value is of its kind: a TypedDict, or what such a type is made of."""
    return next(check for fits, check in CHECKS if fits(kind))(value, kind)


def _object(value: Any, kind: Any) -> bool:
    hints = get_type_hints(kind)
    return (
        isinstance(value, dict)
        and value.keys() == hints.keys()
        and all(has_shape(value[key], hint) for key, hint in hints.items())
    )


def _by_name(value: Any, kind: Any) -> bool:
    of_key, of_value = get_args(kind)
    return isinstance(value, dict) and all(has_shape(k, of_key) and has_shape(v, of_value) for k, v in value.items())


def _each(value: Any, kind: Any) -> bool:
    (inside,) = get_args(kind)
    return isinstance(value, list) and all(has_shape(one, inside) for one in value)


def _either(value: Any, kind: Any) -> bool:
    return any(has_shape(value, one) for one in get_args(kind))


def _choice(value: Any, kind: Any) -> bool:
    return isinstance(value, str) and value in (get_args(kind) or tuple(kind))


def _plain(value: Any, kind: Any) -> bool:
    if kind in (int, float):
        return type(value) in (int, kind) and abs(value) < HIGHEST
    return isinstance(value, kind)


CHECKS: Final[list[tuple[Callable[[Any], bool], Callable[[Any, Any], bool]]]] = [
    (is_typeddict, _object),
    (lambda kind: get_origin(kind) in (Union, UnionType), _either),
    (lambda kind: get_origin(kind) is dict, _by_name),
    (lambda kind: get_origin(kind) is list, _each),
    (lambda kind: get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)), _choice),
    (lambda kind: kind in (str, int, float, bool, NoneType), _plain),
]
