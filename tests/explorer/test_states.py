"""How contents are compared: what a manager could tell apart is told apart, and what cannot be compared is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel import states
from racelab.explorer.kernel.states import CannotCompare, canonical
from tests.explorer.toys import Manager, toy


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


class Open:
    """Holds a value in its dictionary."""

    def __init__(self) -> None:
        self.n: object = 1


class Slotted:
    """Holds a value in a slot."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n: object = 1


def writes(value: object) -> Callable[[Any], None]:
    """An operation that puts a value behind the lock."""

    def does(self: Any) -> None:
        with self.own as own:
            own.n = value

    return does


def reads(self: Any) -> str:
    with self.own as own:
        return repr(own.n)


def test_states_that_differ_in_one_value_are_not_merged(explore: Explorer) -> None:
    """Of two writes at one time the last stays, also in a search that merges."""
    program = ["get_active_count; get_stats", "get_cleanup_queue_size"]
    for kind in (Open, Slotted):
        for one, other in ((1, 2), (1, True), (1, 1.0)):

            def prepared(self: Any, *given: Any, kind: type = kind) -> None:
                Manager.__init__(self, *given)
                self.own = self._runtime.lock("own", kind())

            maker = toy(
                __init__=prepared, get_active_count=writes(one), get_cleanup_queue_size=writes(other), get_stats=reads
            )
            merged, full = explore(program, maker, reduce=True), explore(program, maker)
            assert (merged.merged > 0, merged.not_merged) == (True, ""), kind
            assert merged.outcomes == full.outcomes, (kind, other)


def reads_beside(self: Any) -> str:
    with self.idle:
        seen = repr(self.kept.n)
    with self.idle:
        return seen


def test_what_is_read_without_its_lock_is_part_of_the_state(explore: Explorer) -> None:
    """A manager that keeps a guarded value beside its lock may read it in any step."""

    def prepared(self: Any, *given: Any) -> None:
        Manager.__init__(self, *given)
        self.kept = Open()
        self.own, self.idle = self._runtime.lock("own", self.kept), self._runtime.lock("idle", None)

    maker = toy(__init__=prepared, get_active_count=writes(2), get_cleanup_queue_size=reads_beside)
    program = ["get_active_count", "get_cleanup_queue_size"]
    merged, full = explore(program, maker, reduce=True), explore(program, maker)
    assert (merged.merged > 0, merged.not_merged) == (True, "")
    assert merged.outcomes == full.outcomes


def keeps(self: Any) -> str:
    with self.own as own:
        kept = own.n
    with self.own:
        kept.n = 2
    with self.own:
        return repr(kept.n)


def takes_away(self: Any) -> None:
    with self.own as own:
        kept, own.n = own.n, None
    with self.own:
        kept.n = 3


def test_what_only_tasks_hold_is_part_of_the_state(explore: Explorer) -> None:
    """An object taken from behind its lock still belongs to the state."""

    def prepared(self: Any, *given: Any) -> None:
        Manager.__init__(self, *given)
        holds = Open()
        holds.n = Open()
        self.own = self._runtime.lock("own", holds)

    maker = toy(__init__=prepared, get_active_count=keeps, get_cleanup_queue_size=takes_away)
    program = ["get_active_count", "get_cleanup_queue_size"]
    merged, full = explore(program, maker, reduce=True), explore(program, maker)
    assert (merged.merged > 0, merged.not_merged) == (True, "")
    assert merged.outcomes == full.outcomes


def test_what_is_kept_of_classes_is_bounded() -> None:
    """A class keeps its module alive, and each execution may have classes of its own."""
    for number in range(states.MOST_KINDS + 9):
        canonical(type(f"Kind{number}", (list,), {"__slots__": ()})([1]))
    assert len(states._readers) <= states.MOST_KINDS + 1
