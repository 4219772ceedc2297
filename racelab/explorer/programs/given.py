"""What a reader gives, checked before anything runs: a wrong value gets a sentence, and never a pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from difflib import get_close_matches
from inspect import signature
from math import isnan
from sys import float_info
from typing import TypeGuard, TypeVar

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
    if isinstance(given, str):
        raise BadProgram(f"{option}={given!r} is no tuple of names: write {option}=({given!r},).")
    if not in_order(given):
        raise BadProgram(f"{option}={given!r} is no tuple of names. Give texts in their order, such as ('s1', 's2').")
    found = tuple(given)
    for one in found:
        if not isinstance(one, str) or not one:
            raise BadProgram(f"{option} has {one!r}, which is no name. Give texts, such as ('s1', 's2').")
    return tuple(map(str, found))


def in_order(given: object) -> TypeGuard[Iterable[object]]:
    """Whether it is several things, in the same order in every process: a set is not."""
    return isinstance(given, Iterable) and not isinstance(given, (str, bytes, Set, Mapping))


def a(kind: type[T], what: str, given: object) -> T:
    """A thing of that kind."""
    if not isinstance(given, kind):
        raise BadProgram(f"{given!r} is no {what}. Give a {kind.__name__}.")
    return given


def takes(what: str, function: Callable[..., object], *names: str) -> None:
    """Refuse a function that cannot be called with these arguments, if it says what it takes."""
    try:
        wanted = signature(function)
    except (TypeError, ValueError):  # it is written in C, and says nothing about its arguments
        return
    try:
        wanted.bind(*names)
    except TypeError as problem:
        told = f"{what} {function!r} is called with {' and '.join(names)}, and takes {wanted}: {problem}."
        raise BadProgram(told) from None


def whole(option: str, given: object, least: int = 0) -> int:
    """A whole number of `least` or more."""
    if not isinstance(given, int) or isinstance(given, bool) or given < least:
        raise BadProgram(f"{option}={given!r} is no whole number of {least} or more.")
    return given


def number(option: str, given: object, least: float = float("-inf")) -> float:
    """A number, which may be infinite."""
    beyond = isinstance(given, int) and abs(given) > float_info.max
    if not isinstance(given, (int, float)) or isinstance(given, bool) or beyond or isnan(given) or given < least:
        raise BadProgram(f"{option}={given!r} is no number{'' if least < 0 else f' of {least:g} or more'}.")
    return given


def maker(option: str, given: T) -> T:
    """Whatever makes a manager."""
    if not callable(given):
        told = "Give a class or a function that is called with a database and a runtime, or the name of a variant."
        raise BadProgram(f"The {option} is {given!r}, which makes none. {told}")
    takes(f"The {option}", given, "a database", "a runtime")
    return given


def flag(option: str, given: object) -> bool:
    """True or False."""
    if not isinstance(given, bool):
        raise BadProgram(f"{option}={given!r} is neither True nor False.")
    return given
