"""Patterns that look into several objects do what Python's do: looks in the same order, names, and exceptions."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable

import pytest

from tests.explorer.code.telling import original, rewritten, told

BEFORE = """
from abc import ABCMeta
from collections import UserList
from enum import Enum
from types import SimpleNamespace

class Kind(Enum):
    ONE = 1

class Meta(type):
    def __instancecheck__(cls, one):
        note("is it", type(one).__name__)
        return type.__instancecheck__(cls, one)

class Point:
    __match_args__ = "x", "y"
    def __init__(self, x, y): self.x, self.y = x, y
    def __eq__(self, other): note("eq", type(other).__name__); return type(other) is Point
    __hash__ = None

class Told(metaclass=Meta):
    __match_args__ = ("x", "missing", "y")
    def __init__(self, x, y): self.kept = x, y
    @property
    def x(self): note("x"); return self.kept[0]
    @property
    def y(self): note("y"); return self.kept[1]

class Lazy:
    def __init__(self, x): self.kept = x
    def __getattr__(self, name):
        note("get", name)
        if name == "y": raise AttributeError(name)
        if name == "z": raise KeyError(name)
        return self.kept

class Abstract(metaclass=ABCMeta):
    __match_args__ = ["x"]

class Wrong(Point):
    __match_args__ = "x", 1
Abstract.register(Lazy)

class Row(UserList):
    def __len__(self): note("len"); return len(self.data)
    def __getitem__(self, place): note("item", place); return self.data[place]
    def __iter__(self): note("iter"); return iter(self.data)

class Items(dict):
    def get(self, key, default=None): note("get", key); return super().get(key, default)

class Text(str): pass

shapes = SimpleNamespace(Point=Point, one=1, text="a")

def main(a, b):
    local = SimpleNamespace(one=1, Point=Point)
    def what(value):
        before = sorted(locals())
        try:
            match value:
%s
        except Exception as failure: return type(failure).__name__, str(failure)
        finally: note(*[name for name in sorted(locals()) if name not in before])
    G = [what(value) for value in values()]
    return G

def values():
    inner = [1, "a", None, Kind.ONE, Point(1, 2), Point(1, [1, 2]), Told(1, Point(0, 1)), Lazy(1), Text("a")]
    yield from inner
    for one in inner:
        yield [one, 1]
        yield Row([one, 2, one])
        yield {"k": one, 1: [one]}
        yield Items(k=one, l=2)
        yield Point(one, (one, 1))
        yield Told(one, {"k": one})
    yield 5, [[1, Point(1, [Told(0, 1)])]]
    yield Wrong(1, 2)
    yield Lazy(Point(3, 3))
"""
NAMES = ("u", "v", "w")
CLASSES = (
    *(
        "Point",
        "Told",
        "Lazy",
        "Abstract",
        "Wrong",
        "str",
        "int",
        "Text",
        "list",
        "dict",
        "shapes.Point",
        "local.Point",
    ),
    *("Row", "Kind", "missing.Class", "shapes.one", "object"),
)
VALUES = ("0", "1", "'a'", "None", "True", "-1", "Kind.ONE", "shapes.one", "local.one", "shapes.text", "1.0")


class Writer:
    """Writes patterns.

    Args:
        seed: the same one writes the same.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._free: list[str] = []

    def cases(self) -> str:
        """The cases of one `match`."""
        lines = []
        for number in range(self._random.randint(1, 4)):
            self._free = list(NAMES)
            pattern = self._pattern(3)
            guard = self._random.choice(("", "", "", " if note(number, value)", " if note('guard', 0)"))
            lines += [f"case {pattern}{guard.replace('number', str(number))}:", f"    return {number}, dict(locals())"]
        return "\n".join(" " * 16 + line for line in lines)

    def _pattern(self, deep: int) -> str:
        kinds: list[Callable[[int], str]] = [self._value, self._value, self._name, lambda _: "_"]
        if deep:
            kinds += [self._class, self._class, self._class, self._sequence, self._mapping, self._several, self._named]
        return self._random.choice(kinds)(deep)

    def _value(self, _deep: int) -> str:
        return self._random.choice(VALUES)

    def _name(self, _deep: int) -> str:
        return self._free.pop(0) if self._free else "_"

    def _named(self, deep: int) -> str:
        inner = self._class(deep)
        return f"({inner} as {self._free.pop(0)})" if self._free else inner

    def _class(self, deep: int) -> str:
        given = [self._pattern(deep - 1) for _ in range(self._random.choice((0, 0, 1, 1, 2, 3)))]
        names = self._random.sample(("x", "y", "z", "real", "_lab", "__p"), self._random.choice((0, 1, 1, 2)))
        given += [f"{name}={self._pattern(deep - 1)}" for name in names]
        return f"{self._random.choice(CLASSES)}({', '.join(given)})"

    def _sequence(self, deep: int) -> str:
        parts = [self._pattern(deep - 1) for _ in range(self._random.randint(0, 3))]
        if self._random.random() < 0.5:
            star = self._free.pop(0) if self._free and self._random.random() < 0.5 else "_"
            parts.insert(self._random.randint(0, len(parts)), f"*{star}")
        return f"[{', '.join(parts)}]"

    def _mapping(self, deep: int) -> str:
        keys = self._random.sample(("'k'", "1", "'l'", "shapes.one", "local.one"), self._random.randint(0, 2))
        parts = [f"{key}: {self._pattern(deep - 1)}" for key in keys]
        if self._free and self._random.random() < 0.3:
            parts.append(f"**{self._free.pop(0)}")
        return f"{{{', '.join(parts)}}}"

    def _several(self, deep: int) -> str:
        free, self._free = self._free, []
        several = [self._pattern(deep - 1) for _ in range(self._random.randint(2, 3))]
        self._free = free
        if free and self._random.random() < 0.5:
            name = free.pop(0)
            several = [f"({each} as {name})" for each in several]
        return f"({' | '.join(several)})"


def agreeing(seeds: range) -> int:
    """How many of these are valid; each of them has to do the same."""
    valid = 0
    for seed in seeds:
        source = BEFORE % Writer(seed).cases()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            try:
                compile(source, "program.py", "exec", dont_inherit=True)
            except SyntaxError:
                continue
            valid += 1
            assert told(source, rewritten) == told(source, original), f"seed {seed}\n{Writer(seed).cases()}"
    return valid


def test_random_patterns_do_what_pythons_do() -> None:
    """With classes, sequences, mappings and alternatives inside of each other."""
    assert agreeing(range(100)) > 50


@pytest.mark.exhaustive
@pytest.mark.timeout(400)
def test_many_random_patterns_do_what_pythons_do() -> None:
    """So do many of them."""
    assert agreeing(range(100, 700)) > 300
