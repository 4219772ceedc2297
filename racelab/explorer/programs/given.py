"""What a reader gives, checked before anything runs: a wrong value gets a sentence, and never a pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from math import isnan
from typing import TypeVar

T = TypeVar("T")


class BadProgram(ValueError):
    """A program, a manager or an option that cannot be used, and what there is instead."""


def known(name: str, what: str, names: Collection[str]) -> str:
    """A name that there is."""
    if name not in names:
        close = "".join(f" Did you mean {word}?" for word in get_close_matches(name, names, 1))
        raise BadProgram(f"There is no {what} {name!r}.{close} Known: {', '.join(names)}.")
    return name


def texts(option: str, given: object) -> tuple[str, ...]:
    """Names, one or none or several."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise BadProgram(f"{option}={given!r} is no tuple of names: write {option}=({given!r},).")
    found = tuple(given)
    for one in found:
        if not isinstance(one, str) or not one:
            raise BadProgram(f"{option} has {one!r}, which is no name. Give texts, such as ('s1', 's2').")
    return found


def whole(option: str, given: object) -> int:
    """A whole number, 0 or more."""
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise BadProgram(f"{option}={given!r} is no whole number of 0 or more.")
    return given


def number(option: str, given: object, least: float = float("-inf")) -> float:
    """A number, which may be infinite."""
    if not isinstance(given, (int, float)) or isinstance(given, bool) or isnan(given) or given < least:
        raise BadProgram(f"{option}={given!r} is no number{'' if least < 0 else f' of {least:g} or more'}.")
    return given


def maker(option: str, given: T) -> T:
    """Whatever makes a manager."""
    if not callable(given):
        told = "Give a class or a function that is called with a database and a runtime, or the name of a variant."
        raise BadProgram(f"The {option} is {given!r}, which makes none. {told}")
    return given


def flag(option: str, given: object) -> bool:
    """True or False."""
    if not isinstance(given, bool):
        raise BadProgram(f"{option}={given!r} is neither True nor False.")
    return given
