"""Patterns of `match` with a class: what the C code of MATCH_CLASS does, one attribute after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from . import attributes, flow, whose

_ITSELF: Final = 1 << 22
"""The flag of `str`, `int` and the like: a pattern in their parentheses is for the whole subject."""


def class_parts(subject: Any, kind: Any, count: int, names: Sequence[str], site: int) -> tuple[Any, ...] | None:
    """The hook: what the patterns inside of `kind(...)` are for; None if the subject does not match.

    Args:
        count: how many patterns are given by position.
        names: the attributes that the others name.

    Raises:
        TypeError: the pattern does not fit the class.
    """
    if not issubclass(type(kind), type):
        match subject:
            case kind():  # it raises what Python raises
                pass
    if not whose.records(whose.look_up(type(kind), "__instancecheck__")) and type(kind) is not type:
        flow.enter()  # that of an abstract class is a function in Python, where a switch can happen
    if not isinstance(subject, kind):
        return None
    wanted = _by_position(kind, count, site) if count else []
    found = _read(subject, kind, [*(wanted or ()), *names], site)
    return (subject, *found) if wanted is None and found is not None else found


def _by_position(kind: Any, count: int, site: int) -> list[Any] | None:
    """The names of attributes; None if the only pattern is for the subject itself."""
    itself = False
    try:
        listed = attributes.read(kind, "__match_args__", site)
    except AttributeError:
        listed, itself = (), bool(kind.__flags__ & _ITSELF)
    if type(listed) is not tuple:
        raise TypeError(f"{kind.__name__}.__match_args__ must be a tuple (got {type(listed).__name__})")
    allowed = 1 if itself else len(listed)
    if allowed < count:
        plural = "" if allowed == 1 else "s"
        raise TypeError(f"{kind.__name__}() accepts {allowed} positional sub-pattern{plural} ({count} given)")
    return None if itself else list(listed[:count])


def _read(subject: Any, kind: Any, names: Sequence[Any], site: int) -> tuple[Any, ...] | None:
    """These attributes; None as soon as one is missing."""
    found: list[Any] = []
    for place, name in enumerate(names):
        if type(name) is not str:
            raise TypeError(f"__match_args__ elements must be strings (got {type(name).__name__})")
        if name in names[:place]:
            raise TypeError(f"{kind.__name__}() got multiple sub-patterns for attribute {name!r}")
        try:
            found.append(attributes.read(subject, name, site))
        except AttributeError:
            return None
    return tuple(found)
