"""Two tasks that meet in the attributes of an object as a whole: `it.__dict__` is replaced, in every schedule."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from racelab.explorer.code.sites import SITES
from tests.explorer.code.recorded import Program

Look = Callable[[Any], Any]


def endings(source: str, look: Look, free_threaded: bool = False) -> set[Any]:
    """What can be there at the end: `look` of the shared object, and names of exceptions."""
    return Program(source, free_threaded).explore(look)


SWAPPED = """
def more(n): return n + 1
class Kind({base}):
    def __init__(self):
        self.n = 0
        self.lock = Mutex()
    def add(self):
        n = {read}
        n = more(n)
        self.__dict__ = {{"n": n, "lock": self.lock}}
    def add_alone(self):
        with self.lock:
            self.add()
def make(): return Kind()
def one(it): it.{add}()
def other(it): it.{add}()
"""


@pytest.mark.parametrize("base", ["", "dict"])
@pytest.mark.parametrize("read", ["self.n", "vars(self)['n']", "self.__dict__['n']"])
def test_a_dictionary_of_attributes_that_is_replaced_replaces_them_all(base: str, read: str) -> None:
    """What was read of the old one is stale: an update is lost, but not under a lock."""
    look: Look = lambda it: it.n  # noqa: E731
    assert endings(SWAPPED.format(base=base, read=read, add="add"), look) == {(1,), (2,)}
    assert endings(SWAPPED.format(base=base, read=read, add="add_alone"), look) == {(2,)}


SWAPPED_LATE = """
class Kind({base}):
    def __init__(self):
        self.n = 0
started = False
seen = []
def more(n): return n + 1
def make():
    global started
    started = False
    seen.clear()
    return Kind()
def one(it):
    global started
    {first}
    n = more(it.n)
    it.__dict__ = {{"n": n}}
    {last}
def other(it):
    if started:
        seen.append({read})
"""


@pytest.mark.parametrize("base", ["", "dict"])
@pytest.mark.parametrize("read", ["it.n", "vars(it)['n']"])
def test_which_dictionary_an_object_has_is_a_location(base: str, read: str) -> None:
    """Who reads it only after the replacing has begun may come before its end; not if that is told at the end."""
    for first, last, expected in (("started = True", "", {(), (0,), (1,)}), ("", "started = True", {(), (1,)})):
        program = Program(SWAPPED_LATE.format(base=base, read=read, first=first, last=last))
        assert {seen for seen, *_ in program.explore(partial(_seen, program))} == expected


def _seen(program: Program, _: object) -> tuple[int, ...]:
    return tuple(program.names["seen"])


BORN_WITH = """
class Borg:
    shared = {"n": 0}
    def __init__(self): self.__dict__ = self.shared
    def add(self): self.n += 1
def make(): return Borg()
def one(it): Borg().add()
def other(it): Borg().add()
"""


def test_objects_that_are_born_with_one_dictionary_do_not_meet_there() -> None:
    """To get it writes nothing that others read: only what they do with it races."""
    program = Program(BORN_WITH)
    assert {SITES[site].line for site in program.find()} == {5}
    assert program.explore(lambda it: it.n) == {(2,)}
