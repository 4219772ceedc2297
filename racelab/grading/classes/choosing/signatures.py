"""The arguments of a call, as source: by annotation, by the parameter's name, and a few guesses that are tried."""

from __future__ import annotations

import inspect
import itertools
import typing
from collections import deque
from collections.abc import Callable, Iterator
from inspect import Parameter
from types import ModuleType
from typing import Any, Final

from .domains import HIGH, OTHERS, SUPPLIES, Values, one_of_several, values_for

MOST_GUESSES: Final = 24
MOST_FLAGS: Final = 2
VARIED: Final = ("value", "limit", "function", "unknown")
OPEN: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
"""A function with both usually hands them on, and does not tell what it takes."""


SILENT: Final[dict[type, tuple[tuple[str, dict[str, type]], ...]]] = {
    dict: (("clear copy items keys values", {}), ("pop", {"key": str}), ("update", {"of": dict})),
    set: (
        ("clear copy pop", {}),
        ("add discard remove", {"key": str}),
        ("update difference_update intersection_update symmetric_difference_update", {"of": set}),
        ("union difference intersection symmetric_difference isdisjoint issubset issuperset", {"of": set}),
    ),
    deque: (
        ("clear copy pop popleft reverse rotate", {}),
        ("append appendleft count index remove", {"value": int}),
        ("extend extendleft", {"of": list}),
        ("insert", {"at": int, "value": int}),
    ),
}
"""What methods of Python's own containers need, which do not all tell it: their names, and the parameters."""


def parameters(
    function: Callable[..., object], module: ModuleType, bound: bool, several: bool = False
) -> list[tuple[Parameter, Values]] | None:
    """The parameters that a call has to give, each with what it may be; None if the function does not tell.

    Args:
        bound: whether the first parameter is the object itself.
        several: whether `*items` and `**values` get one.
    """
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        silent = _silent(function)
        return None if silent is None else [(each, values_for(each, each.annotation, module)) for each in silent]
    hints = hints_of(function)
    found = found[1 if bound else 0 :]
    needed = [each for each in found if each.kind not in OPEN and each.default is Parameter.empty]
    given = [(each, values_for(each, hints.get(each.name, each.annotation), module)) for each in needed]
    is_open = [each for each in found if each.kind in OPEN]
    return given + [(each, one_of_several(each)) for each in is_open] if several and len(is_open) == 1 else given


def optional(function: Callable[..., object], module: ModuleType) -> list[tuple[Parameter, Values]]:
    """The parameters of a method that it has None in place of, each with what it may be."""
    hints = hints_of(function)
    return [
        (each, values_for(each, hints.get(each.name, each.annotation), module))
        for each in _told_by(function)
        if each.default is None
    ]


def flags(function: Callable[..., object]) -> tuple[str, ...]:
    """Its flags, each the other way round, as an argument: what they switch is tried too."""
    told = [each for each in _told_by(function) if type(each.default) is bool and not each.name.startswith("_")]
    named = [each for each in told if each.kind is not Parameter.POSITIONAL_ONLY]
    return tuple(f"{each.name}={not each.default}" for each in named[:MOST_FLAGS])


def _told_by(function: Callable[..., object]) -> list[Parameter]:
    """Its parameters; none if it does not tell them."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return []


def _silent(function: Any) -> list[Parameter] | None:
    """The parameters of a method of Python's own containers; None if it is no such."""
    base: type = getattr(function, "__objclass__", object)
    methods = [each for kind in SILENT if issubclass(base, kind) for each in SILENT[kind]]
    needed = next((needed for names, needed in methods if function.__name__ in names.split()), None)
    if needed is None:
        return None
    return [Parameter(name, Parameter.POSITIONAL_ONLY, annotation=of) for name, of in needed.items()]


def hints_of(function: Any) -> dict[str, Any]:
    """Its annotations, resolved; empty if they cannot be."""
    try:
        return typing.get_type_hints(inspect.unwrap(function))
    except Exception:  # noqa: BLE001 # annotations are code of the reader's
        return {}


def is_supply(parameter: Parameter) -> bool:
    """Whether it says how much there is to begin with."""
    return not SUPPLIES.isdisjoint(parameter.name.lower().split("_"))


def lowered(function: Callable[..., object], module: ModuleType) -> list[tuple[Parameter, Values]]:
    """The limits and supplies that a constructor has as high defaults: lower, a small program meets them."""
    hints = hints_of(function)
    high = [each for each in _told_by(function) if type(each.default) in (int, float) and each.default > HIGH]
    told = [(each, values_for(each, hints.get(each.name, each.annotation), module)) for each in high]
    return [(each, values) for each, values in told if values.role == "limit" or is_supply(each)]


def arguments(given: list[tuple[Parameter, Values]]) -> Iterator[tuple[str, ...]]:
    """The arguments to try, the best first: guesses vary where neither name nor annotation says anything."""
    choices = [values.texts if not values.sure else values.texts[:1] for _, values in given]
    for picked in itertools.islice(itertools.product(*choices), MOST_GUESSES):
        yield _distinct(given, picked)


def guesses(given: list[tuple[Parameter, Values]]) -> Iterator[tuple[str, ...]]:
    """The same where also sure values vary: for a constructor that refuses the lowest limit."""
    choices = [values.texts for _, values in given]
    for picked in itertools.islice(itertools.product(*choices), MOST_GUESSES):
        yield _distinct(given, picked)


def variants(given: list[tuple[Parameter, Values]], first: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Other arguments for the same call: another value for the same key, another key, two keys exchanged, the last one
    like the first: of a session and a field in it that is another field of the same session.
    """
    found: list[tuple[str, ...]] = []
    values = [i for i, (_, each) in enumerate(given) if each.role in VARIED and first[i] in each.texts]
    if values:
        found.append(tuple(_other(given[i][1], text) if i in values else text for i, text in enumerate(first)))
    alike: dict[tuple[str, ...], list[int]] = {}
    for i, (_, each) in enumerate(given):
        if each.role == "key" and first[i] in each.texts:
            alike.setdefault(each.texts, []).append(i)
    for keys in alike.values():
        other = [first[i] for i in reversed(keys)] if len(keys) > 1 else [_other(given[keys[0]][1], first[keys[0]])]
        turned = dict(zip(keys, other, strict=True))
        found.append(tuple(turned.get(i, text) for i, text in enumerate(first)))
        if len(keys) > 1:
            found.append(tuple(first[keys[0]] if i == keys[-1] else text for i, text in enumerate(first)))
    return [each for each in dict.fromkeys(found) if each != first]


def written(given: list[tuple[Parameter, Values]], texts: tuple[str, ...]) -> str:
    """The arguments as they stand in a call."""
    named = [
        f"{parameter.name}={text}"
        if parameter.kind is Parameter.KEYWORD_ONLY or parameter.default is not Parameter.empty
        else text
        for (parameter, _), text in zip(given, texts, strict=True)
    ]
    return ", ".join(filter(None, named))


def _distinct(given: list[tuple[Parameter, Values]], picked: tuple[str, ...]) -> tuple[str, ...]:
    """Two keys of one call differ: a transfer goes from one account to another."""
    used: set[str] = set()
    texts = list(picked)
    for i, (_, values) in enumerate(given):
        if values.role == "key":
            texts[i] = next((each for each in (picked[i], *values.texts) if each not in used), picked[i])
            used.add(texts[i])
    return tuple(texts)


def _other(values: Values, text: str) -> str:
    if values.role == "unknown" or not text:
        return OTHERS.get(text, text)
    return next((each for each in values.texts if each != text), text)
