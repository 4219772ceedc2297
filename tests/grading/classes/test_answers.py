"""Answers are compared by content, objects also by whether they are the same one, and no code of theirs runs."""

from __future__ import annotations

import re
from array import array
from collections import OrderedDict, deque
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

from racelab.explorer.kernel.cells import Thing
from racelab.grading.classes.answers import comparable, renumbered


class Names:
    """Gives each object a number."""

    def __init__(self) -> None:
        self.known: dict[int, Thing] = {}

    def thing(self, value: object, task: Any, /) -> Thing:
        """The object, with its name."""
        return self.known.setdefault(id(value), Thing(value, str(len(self.known))))


class Plain:
    def __init__(self, value: object) -> None:
        self.value = value


class Slots:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass
class Pair:
    one: object
    other: object


class Word(str):
    __slots__ = ()


class Number(int):
    def __eq__(self, other: object) -> bool:
        raise AssertionError("its own code runs")

    def __hash__(self) -> int:
        raise AssertionError("its own code runs")

    def __index__(self) -> int:
        raise AssertionError("its own code runs")


TWO = (Plain(1), Plain(1))


def moved(*keys: str) -> OrderedDict[str, int]:
    """Its order is another one than that of the dictionary below it."""
    made = OrderedDict(a=1, b=2)
    for key in keys:
        made.move_to_end(key)
    return made


class Loud(dict[str, int]):
    def __iter__(self) -> Any:
        raise AssertionError("its own code runs")

    def __len__(self) -> int:
        raise AssertionError("its own code runs")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("its own code runs")


def told(*values: object) -> object:
    """Several answers of one execution, as they are compared."""
    names = Names()
    return renumbered(tuple(comparable(value, names) for value in values), {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0.0, -0.0),
        (1, 1.0),
        ("1", 1),
        ([1], (1,)),
        ([1], deque([1])),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, OrderedDict(a=1)),
        ({"a": 1}, {"a": 2}),
        ({1}, {2}),
        ([TWO[0], TWO[1], TWO[0]], [TWO[0], TWO[1], TWO[1]]),
        ({1, 2}, {1}),
        (Plain(1), Plain(2)),
        (Slots(1), Slots(2)),
        (Pair(1, 2), Pair(1, 3)),
        (KeyError, KeyError("x")),
        ([[[1]]], [[[2]]]),
        (bytearray(b"a"), bytearray(b"b")),
        (memoryview(b"a"), memoryview(b"b")),
        (array("i", [1]), array("i", [2])),
        ({"a": 1}.values(), {"a": 2}.values()),
        ({"a": 1}.keys(), {"b": 1}.keys()),
        ({"a": 1}.items(), {"a": 2}.items()),
        (MappingProxyType({"a": 1}), MappingProxyType({"a": 2})),
        (moved(), moved("a")),
        (moved().keys(), moved("a").keys()),
        (Word("a"), Word("b")),
        (Word("a"), "a"),
        (Number(1), Number(2)),
        (re.compile("a"), re.compile("b")),
        (TypeVar("A"), TypeVar("B")),  # from Python 3.12 on it has room for attributes, and no dictionary of them
        (re.match("a", "ab"), re.match("ab", "ab")),
    ],
)
def test_different_values_are_different(one: object, other: object) -> None:
    """Values that a caller could tell from each other are compared as different."""
    assert told(one) != told(other)
    assert told(one) == told(one)


@pytest.mark.parametrize(
    "make",
    [
        *(lambda: Plain([1]), lambda: Slots({2}), lambda: Pair(1, None), lambda: [float("nan")]),
        *(lambda: bytearray(b"a"), lambda: memoryview(bytearray(b"a")), lambda: Number(1), {"a": 1}.items),
    ],
)
def test_equal_content_of_two_executions_is_the_same(make: Any) -> None:
    """Two executions that answer with the same content are alike."""
    assert told(make()) == told(make())


def test_one_object_twice_is_not_two_objects() -> None:
    """A second instance is noticed, unless the class says when two are equal."""
    one = Plain(1)
    assert told(one, one) != told(one, Plain(1))
    pair = Pair(1, 2)
    assert told(pair, pair) == told(pair, Pair(1, 2))


def test_the_name_of_an_object_does_not_count() -> None:
    """An object that is the third one of its execution is as good as the first."""
    names = Names()
    comparable([Plain(2), Plain(3)], names)
    assert renumbered(comparable(Plain(1), names), {}) == told(Plain(1))[0]  # type: ignore[index] # a tuple


def test_no_code_of_the_values_runs() -> None:
    """A container is read through the methods of the built-in class alone."""
    assert told(Loud(a=1)) == told(Loud(a=1))


def test_a_circle_ends() -> None:
    """Values that hold themselves can be compared."""
    circle: list[object] = [1]
    circle.append(circle)
    assert told(circle) == told(circle)
    assert told(circle) != told([1, [1]])


def test_an_address_in_a_text_does_not_count() -> None:
    """Texts that differ in an address are alike, and in another number not."""
    assert told("<C object at 0x7f0012345678>") == told("<C object at 0x7f00aaaaaaaa>")
    assert told("0x12") != told("0x13")
