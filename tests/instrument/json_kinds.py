"""Whether JSON is of its kind: a TypedDict, or what one is made of. Own code, because documents elide and choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from racelab.live.json_types import SampledJson
from racelab.web.json_types import SampleJson


@dataclass
class Comparison:
    """Compares values with kinds.

    Attributes:
        document: whether they are a document's, which may elide an object as `{}` and write `a|b` for a choice.
        whole: the TypedDicts that were found with all their keys.
    """

    document: bool = False
    whole: set[Any] = field(default_factory=set)

    def wrong(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        """Where a value is not of its kind; `at` is its place."""
        if not (self.document and value == {}):
            yield from next(check for fits, check in CHECKS if fits(kind))(self, value, kind, at)

    def _object(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        hints = get_type_hints(kind)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            yield f"{at}: {sorted(set(value) ^ hints.keys()) if isinstance(value, dict) else value!r}"
            return
        self.whole.add(kind)
        for key, hint in hints.items():
            yield from self.wrong(value[key], hint, f"{at}.{key}")

    def _sample(self, value: Any, _: Any, at: str) -> Iterator[str]:
        names = value.keys() - {"seq", "at"}
        yield from () if len(value) - len(names) == 2 else [f"{at}: {sorted(value)}"]
        for name in names:
            yield from self.wrong(value[name], SampledJson, f"{at}.{name}")

    def _either(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        yield from min((list(self.wrong(value, one, at)) for one in get_args(kind)), key=len)

    def _by_name(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        key_kind, kind = get_args(kind)
        for key, one in value.items():
            yield from self.wrong(key, key_kind, f"{at}.{key}")
            yield from self.wrong(one, kind, f"{at}.{key}")

    def _each(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        for one in value:
            yield from self.wrong(one, get_args(kind)[0], f"{at}[]")

    def _choice(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        choices = set(get_args(kind) or kind)
        if value not in choices and not (self.document and set(str(value).split("|")) == choices):
            yield f"{at}: {value!r}"

    def _plain(self, value: Any, kind: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int | float if kind is float else kind):
            yield f"{at}: {value!r}"


Check = Callable[[Comparison, Any, Any, str], Iterator[str]]

CHECKS: list[tuple[Callable[[Any], bool], Check]] = [
    (is_typeddict, Comparison._object),
    (lambda kind: kind == SampleJson, Comparison._sample),
    (lambda kind: get_origin(kind) in (Union, UnionType), Comparison._either),
    (lambda kind: get_origin(kind) is dict, Comparison._by_name),
    (lambda kind: get_origin(kind) is list, Comparison._each),
    (lambda kind: get_origin(kind) is Literal, Comparison._choice),
    (lambda kind: isinstance(kind, type) and issubclass(kind, StrEnum), Comparison._choice),
    (lambda kind: True, Comparison._plain),
]


def parts_of(kind: Any) -> Iterator[Any]:
    """The TypedDicts that an answer consists of."""
    if kind == SampleJson:
        yield SampledJson
    elif is_typeddict(kind):
        yield kind
    for inside in get_type_hints(kind).values() if is_typeddict(kind) else get_args(kind):
        yield from parts_of(inside)
