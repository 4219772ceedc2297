"""How contents are compared: what a manager could tell apart is told apart, and what cannot be compared is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from racelab.explorer.kernel.states import CannotCompare, canonical


def test_contents_are_told_apart_by_what_they_are() -> None:
    """Contents with and without fields, and enumerations, are compared by value."""

    class Colour(Enum):
        RED = 1
        BLUE = 2

    @dataclass
    class Nothing:
        pass

    @dataclass
    class One:
        colour: Colour

    assert canonical(Nothing()) == canonical(Nothing())
    assert canonical(One(Colour.RED)) == canonical(One(Colour.RED)) != canonical(One(Colour.BLUE))
    with pytest.raises(CannotCompare, match="type object is behind a lock or in an answer"):
        canonical([object()])


class Closable(list[int]):
    """A list with something beside its items."""

    closed = False


def test_contents_that_are_equal_and_not_the_same_are_told_apart() -> None:
    """True, 1 and 1.0, classes of one name, and extra attributes are told apart."""

    def thing() -> type:
        @dataclass
        class Thing:
            number: int = 0

        return Thing

    alike: list[Any] = [1, True, 1.0]
    assert len({canonical([one]) for one in alike}) == len({canonical({"k": one}) for one in alike}) == 3
    first, second = thing(), thing()
    assert canonical(first()) == canonical(first()) != canonical(second())
    opened, closed = Closable([1]), Closable([1])
    assert canonical(opened) == canonical(closed)
    closed.closed = True
    assert canonical(opened) != canonical(closed)
    assert canonical({1, 2}) == canonical({2, 1}) != canonical({1, 3})
    with_more = first()
    with_more.closed = True
    with pytest.raises(CannotCompare, match="attributes beside its fields"):
        canonical(with_more)
