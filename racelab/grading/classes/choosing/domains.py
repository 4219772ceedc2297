"""Values for parameters: few, so that calls collide. Two threads use the same key, and limits are as low as they go."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, isabstract, signature
from types import ModuleType
from typing import Any, Final, Literal

Role = Literal["key", "value", "time", "limit", "function", "unknown"]
CALLABLE: Final = "lambda *_: 1"
WORDS: Final[dict[Role, str]] = {
    "time": "timeout ttl seconds secs delay interval period expires expiry deadline lifetime age wait duration",
    "limit": "maxsize max maximum capacity size limit bound permits slots depth burst quota maxlen workers threads"
    " shards stripes buckets parties threshold",
    "function": "fn func function callback factory loader create creator compute handler listener hook producer maker"
    " action callable predicate",
    "key": "key k name id uid sid session user account src dst source target destination sender receiver topic event"
    " channel path url tag host client item resource owner token word field from to node",
    "value": "value v val x y data obj object element payload message msg n count amount by delta step cost tokens"
    " times number balance initial start weight priority job letter entry",
}
"""What the words in a parameter's name say, the first that fits."""
TWO: Final = {"workers", "threads", "shards", "stripes", "buckets", "parties"}
"""Limits of which one alone would leave nothing to be concurrent."""
PER_ROLE: Final[dict[Role, tuple[str, ...]]] = {
    "key": ('"a"', '"b"'),
    "value": ("1", "2"),
    "time": ("1",),
    "limit": ("1", "2", "10"),
    "function": (CALLABLE,),
    "unknown": ("1", '"a"', CALLABLE, "[1]", '{"a": 1}', "None"),
}
PER_TYPE: Final[dict[object, tuple[str, ...]]] = {
    str: ('"a"', '"b"'),
    int: ("1", "2"),
    float: ("1.0", "2.0"),
    bool: ("True", "False"),
    bytes: ('b"a"', 'b"b"'),
    list: ("[1]", "[2]"),
    tuple: ("(1,)", "(2,)"),
    set: ("{1}", "{2}"),
    frozenset: ("frozenset({1})",),
    dict: ('{"a": 1}', '{"b": 2}'),
    type(None): ("None",),
}
LIKE: Final = {
    "Sequence": list, "Iterable": list, "Collection": list, "MutableSequence": list, "Iterator": list,
    "Mapping": dict, "MutableMapping": dict, "Set": set, "MutableSet": set, "Hashable": str,
}  # fmt: skip
"""What stands for an abstract type of `collections.abc`."""
OTHERS: Final = {"1": "2", '"a"': '"b"', "[1]": "[2]", '{"a": 1}': '{"b": 2}'}
"""To what was guessed, what another thread may give."""
_making: Final[list[type]] = []
"""Classes of which an object is being made, with those that it needs."""
HIGH: Final = 1
"""A limit above that is lowered, also where a constructor has it as default."""
SUPPLIES: Final = frozenset(
    {"balance", "stock", "credit", "credits", "tokens", "budget", "seats", "quantity", "initial"}
)
"""What a constructor has as default is lowered as well: of a hundred, two calls do not take the last one."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a parameter may be given, as source: the first is used first. `sure` if they fit by name or annotation."""

    role: Role
    texts: tuple[str, ...]
    sure: bool = True
    typed: bool = False


def role_of(name: str) -> Role:
    """What a parameter is for, by the words in its name: the last word that says anything."""
    if name.lower().startswith("on_"):
        return "function"
    for word in reversed(re.findall(r"[a-z]+", name.lower())):
        for role, words in WORDS.items():
            if not {word, word.removesuffix("s")}.isdisjoint(words.split()):
                return role
    return "limit" if name.lower().startswith("max") else "unknown"


def values_for(parameter: Parameter, annotation: Any, module: ModuleType) -> Values:
    """What a parameter may be given.

    Args:
        annotation: resolved; `Parameter.empty` if it has none.
        module: where the values are evaluated: it says under which names classes can be written.
    """
    role = role_of(parameter.name)
    typed = of_type(annotation, module) if annotation is not Parameter.empty else ()
    if typed:
        if role == "limit" and typed[0] in ("1", "1.0"):
            typed = ("2", *typed) if TWO & set(parameter.name.lower().split("_")) else typed
        if role == "unknown" or (role == "function" and typed != (CALLABLE,)):
            role = "key" if typed == PER_TYPE[str] else "value"
        return Values("function" if typed == (CALLABLE,) else role, typed, typed=True)
    if role == "limit" and TWO & set(parameter.name.lower().split("_")):
        return Values(role, ("2", "1"))
    return Values(role, PER_ROLE[role], sure=role != "unknown")


def one_of_several(parameter: Parameter) -> Values:
    """One of those that `*items` takes, or one key and value of `**values`; or none, should it not fit."""
    if parameter.kind is Parameter.VAR_KEYWORD:
        return Values("value", ("a=1", "b=2", ""), sure=False)
    role = role_of(parameter.name.removesuffix("s"))
    role = role if role in ("key", "function") else "value"
    return Values(role, (*PER_ROLE[role], ""), sure=False)


def of_type(annotation: Any, module: ModuleType) -> tuple[str, ...]:
    """Values of an annotated type; none if it says nothing."""
    if isinstance(annotation, str):  # one that could not be resolved
        return next((texts for kind, texts in PER_TYPE.items() if getattr(kind, "__name__", "") == annotation), ())
    if isinstance(annotation, Hashable) and annotation in PER_TYPE:
        return PER_TYPE[annotation]
    if (origin := typing.get_origin(annotation)) is not None:
        return _of_generic(annotation, origin, module)
    if getattr(annotation, "__name__", "") == "Callable":
        return (CALLABLE,)
    says_something = isinstance(annotation, type) and annotation not in (object, Any)  # `Any` is a class too
    return _of_class(annotation, module) if says_something else ()


def _of_class(kind: type, module: ModuleType) -> tuple[str, ...]:
    """An abstract container by what is like it; a class of the module by its name."""
    if kind.__name__ in LIKE and kind.__module__ in ("collections.abc", "typing"):
        return PER_TYPE[LIKE[kind.__name__]]
    if vars(module).get(kind.__name__) is not kind or isabstract(kind) or getattr(kind, "_is_protocol", False):
        return ()
    if issubclass(kind, Enum):
        return tuple(f"{kind.__name__}.{member.name}" for member in kind)[:2]
    if kind in _making:  # it is made of itself
        return ()
    _making.append(kind)
    try:
        return _made(kind, module)
    finally:
        _making.pop()


def _made(kind: type, module: ModuleType) -> tuple[str, ...]:
    """An object of a class with what its constructor needs; and another one, with another last argument."""
    given: list[tuple[str, tuple[str, ...]]] = []
    for each in _needed(kind):
        texts = values_for(each, _hints(kind).get(each.name, each.annotation), module).texts
        given.append((f"{each.name}=" if each.kind is Parameter.KEYWORD_ONLY else "", texts))
    first = [f"{name}{texts[0]}" for name, texts in given if texts]
    made = [first]
    if given and len(given[-1][1]) > 1:
        made.append([*first[:-1], f"{given[-1][0]}{given[-1][1][1]}"])
    return tuple(f"{kind.__name__}({', '.join(arguments)})" for arguments in made)


def _needed(kind: type) -> list[Parameter]:
    try:
        found = signature(kind).parameters.values()
    except (ValueError, TypeError):
        return []
    several = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return [each for each in found if each.default is Parameter.empty and each.kind not in several]


def _hints(kind: Any) -> dict[str, Any]:
    """The types of what its constructor needs: said by that, or by its fields."""
    found: dict[str, Any] = {}
    for where in (kind, kind.__init__):
        with suppress(Exception):  # a name that is not there
            found |= typing.get_type_hints(where)
    return found


def _of_generic(annotation: Any, origin: Any, module: ModuleType) -> tuple[str, ...]:
    arguments = typing.get_args(annotation)
    if origin is typing.Literal:
        return tuple(repr(each) for each in arguments[:2])
    if origin is typing.Annotated:
        return of_type(arguments[0], module)
    if origin is Callable or getattr(origin, "__name__", "") == "Callable":
        return (CALLABLE,)
    if str(origin) in ("typing.Union", "<class 'types.UnionType'>", "<class 'typing.Union'>"):
        kinds = [each for each in arguments if each is not type(None)]
        return next((found for each in kinds if (found := of_type(each, module))), ())
    if origin is dict:
        return PER_TYPE[dict]
    return PER_TYPE.get(LIKE.get(getattr(origin, "__name__", ""), origin), ())
