"""Attributes, variables of outer functions and iterators that two tasks meet in, in every schedule."""

from __future__ import annotations

import pytest

from tests.explorer.code.test_hooks_interleavings import Look, endings

CHECKED = """
class Lazy:
    made = 0
    def __init__(self):
        self.lock = Mutex()
    def get(self):
        if not hasattr(self, "value"):
            self.value = self.build()
        return self.value
    def get_alone(self):
        with self.lock:
            return self.get()
    def build(self):
        Lazy.made += 1
        return object()
def make():
    Lazy.made = 0
    return Lazy()
def one(it): it.{get}()
def other(it): it.{get}()
"""


def test_an_attribute_that_is_missing_may_be_made_twice() -> None:
    """`hasattr` looks at a cell even where nothing is yet; under a lock it is made once."""
    look: Look = lambda it: type(it).made  # noqa: E731
    assert endings(CHECKED.format(get="get"), look) == {(1,), (2,)}
    assert endings(CHECKED.format(get="get_alone"), look) == {(1,)}


CLOSURE = """
def make():
    count = 0
    def add():
        nonlocal count
        count = same(count) + 1
    def get():
        return count
    return add, get
def same(n): return n
def one(it): it[0]()
def other(it): it[0]()
"""


def test_a_variable_of_an_outer_function_can_lose_an_update() -> None:
    """It is shared like an attribute."""
    assert endings(CLOSURE, lambda it: it[1]()) == {(1,), (2,)}


ITERATED = """
from collections import deque
class Pool:
    def __init__(self):
        self.free = {free}
        self.sums = []
    def total(self):
        self.sums.append({total})
    def swap(self):
        {swap}
def make(): return Pool()
def one(it): it.total()
def other(it): it.swap()
"""
LOOPS = ("sum(n for n in self.free)", "[n for n in self.free if n][0]")


@pytest.mark.parametrize("total", LOOPS)
def test_an_iterator_notes_the_size_when_it_is_made(total: str) -> None:
    """Before a change, or after it: both orders come without an exception, and a change between the two is noticed."""
    deque = ITERATED.format(free="deque([1])", total=total, swap="self.free.append(self.free.popleft())")
    found = {ending[1:] for ending in endings(deque, lambda it: tuple(it.sums))}
    assert () in found
    assert ("RuntimeError",) in found
    size = ITERATED.format(free="[1]", total=total, swap="self.free.append(2)")
    assert {ending[1:] for ending in endings(size, lambda it: tuple(it.sums))} == {()}


def test_a_loop_over_what_was_changed_before_it_began_goes_well() -> None:
    """A change that came first is in every round, and never an error: the iterator is made after it."""
    source = ITERATED.format(free="{1: 1}", total="sum(self.free[n] for n in self.free)", swap="self.free[2] = 2")
    assert {ending for ending in endings(source, lambda it: tuple(it.sums)) if len(ending) == 1} == {((1,),), ((3,),)}
