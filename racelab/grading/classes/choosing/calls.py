"""Chooses the calls of which programs are made: what fits, and what the class is there for first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from .methods import Method
from .observers import lasts_once
from .trial import Subject, Trial, Tried
from .trying import Fit, agreed, fit

WORDS: Final = (
    r"get|put|set|add|pop|push|insert|append|remove|delete|take|offer|acquire|release|lock|unlock|inc|incr|increment"
    r"|dec|decr|decrement|update|setdefault|allow|reserve|withdraw|deposit|transfer|borrow|submit|send|receive|write"
    r"|read|popitem|swap"
)
"""What a class is there for is mostly called so: of many methods these come first."""
MAIN: Final = re.compile(rf"({WORDS}|__setitem__|__getitem__|__delitem__|__call__)$")
DERIVED: Final = re.compile(rf"({WORDS})_")
"""Others of the same family, such as `get_many`."""


@dataclass(slots=True)
class Calls:
    """The calls, the most promising first; and what is left out, with the reason.

    Attributes:
        changing: those that changed a new object, or may: they blocked, or raised.
    """

    texts: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def choose_calls(methods: list[Method], make: Callable[[], Subject], trial: Trial) -> Calls:
    """Try each method on a new object, with the arguments that fit best.

    Args:
        make: a new object.
    """
    found = Calls()
    places: list[tuple[tuple[bool, int, bool], str]] = []
    fits: list[Fit] = []
    for method in methods:
        if trial.over():
            found.left_out.append((method.name, "there was no time left to try it"))
        else:
            fits.append(fit(method, make, trial))
    for best in agreed(fits, make, trial):
        method = best.method
        if best.texts is None:
            found.left_out.append((method.name, _reason(best.tried)))
            continue
        if best.tried.outcome == "blocks" and method.form.startswith("list("):
            found.left_out.append((method.name, "it goes on without an end"))
            continue
        form = "list({})" if lasts_once(best.tried.value) else "{}"
        texts = [form.replace("{}", each) for each in best.calls()]
        changes = best.may_change()
        places += [((method.late, _place(method.name), not changes), text) for text in texts]
        if changes or method.late:
            found.changing += texts
    found.texts = [text for _, text in sorted(places, key=lambda each: each[0])]
    return found


def _place(name: str) -> int:
    """Small for a method that the class is there for."""
    return 0 if MAIN.match(name) else 1 if DERIVED.match(name) else 2


def _reason(tried: Tried) -> str:
    if tried.outcome == "refused":
        return f"it reaches out of the process, which no schedule controls: {tried.detail}"
    return f"no arguments were found that fit it: {tried.detail}"
