"""What is observed at the end: properties, methods that only look, and what an object holds."""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Callable, Iterator, MappingView, Sequence
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, Final

from .methods import Method
from .signatures import arguments, variants
from .trial import Subject, Trial, Tried, content

LOOKS: Final = re.compile(
    r"(get|len|size|qsize|count|counts|contains|has|is|peek|keys|values|items|stats|info|snapshot|total|balance|value"
    r"|read|list|all|full|empty|current|remaining|available|exists|find|lookup|copy|to_dict|to_list|as_dict|__len__"
    r"|__iter__|__contains__|__getitem__|__bool__|__reversed__)(_|$)"
)
MOST: Final = 12
LATE: Final = 0.75
"""Of the time for all trials: after that, no more methods are tried for what they tell."""
Make = Callable[[], Subject]
PLAIN: Final = (int, float, str, bytes, list, dict, set, tuple, deque, type(None))


def properties(kind: type) -> list[str]:
    """The public properties of a class, as expressions."""
    found = {
        name: None
        for base in kind.__mro__
        for name, member in vars(base).items()
        if not name.startswith("_") and isinstance(member, property | functools.cached_property)
    }
    return [f"it.{name}" for name in found]


def attributes(*objects: object) -> list[str]:
    """The public attributes of objects that hold plain data."""
    found = {name: None for it in objects for name, value in held(it).items() if isinstance(value, PLAIN)}
    return [f"it.{name}" for name in found if not name.startswith("_")]


def moves(fresh: object, used: object) -> set[str]:
    """The attributes in which an object differs from a new one: the others are settings, and not worth a look."""
    new, old = held(fresh), held(used)
    return {f"it.{name}" for name in old if name not in new or content(new[name]) != content(old[name])}


def held(it: object) -> dict[str, Any]:
    """The attributes of an object, in its dictionary and in its slots."""
    own = dict(vars(it)) if hasattr(it, "__dict__") else {}
    slots = [name for base in type(it).__mro__ for name in getattr(base, "__slots__", ())]
    return own | {name: getattr(it, name) for name in slots if hasattr(it, name)}


def looking(methods: list[Method]) -> list[str]:
    """The calls of methods whose names say that they only look, with each key."""
    found = []
    for method in methods:
        if not LOOKS.match(method.name) or any(values.role == "function" for _, values in method.given):
            continue
        first = next(arguments(method.given))
        keyed = [i for i, (_, values) in enumerate(method.given) if values.role == "key"]
        found.append(method.text(first))
        if len(keyed) == 1:
            found += [
                method.text(other) for other in variants(method.given, first) if other[keyed[0]] != first[keyed[0]]
            ]
    return found


def telling(methods: list[Method], fresh: Make, used: Sequence[Make], trial: Trial) -> list[str]:
    """The calls of methods by other names that change nothing, and answer a used object otherwise than a new one.

    Args:
        fresh: makes a new object.
        used: each makes a used one: what all calls leave, the last of them may have removed.
    """
    found = []
    for method in methods:
        if LOOKS.match(method.name) or method.late or any(values.role == "function" for _, values in method.given):
            continue
        texts = dict.fromkeys(map(method.text, arguments(method.given)))
        found += [
            text
            for text in texts
            if any(not trial.over(LATE) and _tells_apart(text, fresh(), one(), trial) for one in used)
        ][:1]
    return found


def _tells_apart(text: str, fresh: Subject, used: Subject, trial: Trial) -> bool:
    before = [content(one.it) for one in (fresh, used)]
    new, old = (trial.call(text, one) for one in (fresh, used))
    if [content(one.it) for one in (fresh, used)] != before or old.outcome != "returns" or not _shows(new):
        return False
    told, again = content(old.value), trial.call(text, used)
    if told != content(again.value):  # it changes what is no content: a database
        return False
    return is_plain(old.value) and told != content(new.value)


def chosen(candidates: list[str], fresh: Subject, used: Subject, trial: Trial) -> tuple[str, ...]:
    """Those candidates that neither block, nor misfit, nor change what they look at.

    Args:
        fresh: an object that was just made.
        used: another one, on which every call has been made.
    """
    kept: list[str] = []
    for text in dict.fromkeys(candidates):
        if len(kept) >= MOST or trial.over():
            break
        before = content(fresh.it)
        if not _shows(trial.call(text, fresh)) or content(fresh.it) != before:
            continue
        if _shows(tried := trial.call(text, used)):
            kept.append(f"list({text})" if lasts_once(tried.value) else text)
    return tuple(kept)


def lasts_once(value: object) -> bool:
    """Whether a value is a view or an iterator, which shows what is there when it is gone through."""
    return isinstance(value, Iterator | MappingView)


def _shows(tried: Tried) -> bool:
    """Whether an observation ends, and with plain data: other objects are new ones in every execution."""
    return tried.outcome == "raises" or (tried.outcome == "returns" and is_plain(tried.value))


def is_plain(value: object, deep: int = 4) -> bool:
    """Whether a value is data all through."""
    if lasts_once(value) or isinstance(value, int | float | str | bytes | type(None)):
        return True
    if isinstance(value, dict):
        return bool(deep) and all(is_plain(each, deep - 1) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set | frozenset | deque):
        return bool(deep) and all(is_plain(each, deep - 1) for each in value)
    return isinstance(value, Enum) or is_dataclass(value)
