"""Two tasks of an author's code, in every schedule: what can go wrong is found, and what is right survives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.explorer.code.recorded import Program

Look = Callable[[Any], Any]
LOCK = "class Held:\n    def __init__(self, it):\n        self.it = it\n        self.lock = Mutex()\n"


def endings(source: str, look: Look, free_threaded: bool = False) -> set[Any]:
    """What can be there at the end: `look` of the shared object, and names of exceptions."""
    return Program(source, free_threaded).explore(look)


CREATED = """
from collections import defaultdict
def make(): return defaultdict({factory})
def one(it): it["k"].append(1)
def other(it): it["k"].append(2)
"""


def test_a_missing_item_may_be_made_twice() -> None:
    """A factory in Python can be interrupted, and one list is lost; `list` itself cannot."""
    look: Look = lambda it: len(it["k"])  # noqa: E731
    assert endings(CREATED.format(factory="lambda: []"), look) == {(1,), (2,)}
    assert endings(CREATED.format(factory="list"), look) == {(2,)}


SORTED = """
def make(): return [2, 1]
def one(it): it.sort({key})
def other(it): it.append(0)
"""


def test_a_list_that_is_sorted_by_a_function_can_be_changed_meanwhile() -> None:
    """A key function in Python is a place for a switch: the list is empty then, and the append is lost."""
    assert ([1, 2], "ValueError") in as_lists(endings(SORTED.format(key="key=lambda x: x"), tuple))
    assert {ending[1:] for ending in endings(SORTED.format(key=""), tuple)} == {()}


def as_lists(found: set[Any]) -> list[Any]:
    """Endings with lists in place of tuples."""
    return [(list(ending[0]), *ending[1:]) for ending in found]


GENERATOR = """
class Numbers:
    def __init__(self):
        self.lock = Mutex()
        self.given = []
        self.source = self.count()
    def count(self):
        n = 0
        while True:
            yield n
            n += 1
    def take(self):
        self.given.append(next(self.source))
    def take_alone(self):
        with self.lock:
            self.given.append(next(self.source))
def make(): return Numbers()
def one(it): it.{take}()
def other(it): it.{take}()
"""


def test_a_generator_is_busy_while_it_runs() -> None:
    """Two tasks that ask it at the same time: `ValueError: generator already executing`; not under a lock."""
    look: Look = lambda it: tuple(it.given)  # noqa: E731
    assert {"ValueError"} <= {name for ending in endings(GENERATOR.format(take="take"), look) for name in ending[1:]}
    assert endings(GENERATOR.format(take="take_alone"), look) == {((0, 1),)}


LOOP = """
class Many:
    def __init__(self):
        self.held = {{1: 1, 2: 2}}
        self.seen = []
    def all(self):
        for key in {over}:
            self.seen.append(key)
    def __iter__(self):
        return iter(self.held)
    def more(self):
        self.held[3] = 3
def make(): return Many()
def one(it): it.all()
def other(it): it.more()
"""


@pytest.mark.parametrize(
    "over", ["self.held", "self", "iter(self.held)", "self.held.items()", "map(id, self.held)", "list(self)"]
)
def test_a_loop_over_a_dict_that_grows_fails(over: str) -> None:
    """Each round looks at the dict, however it is gone over."""
    found = endings(LOOP.format(over=over), lambda it: len(it.held))
    assert (3, "RuntimeError") in found
    assert (3,) in found


@pytest.mark.parametrize("over", ["list(self.held)", "tuple(self.held.items())", "self.held.copy()", "{**self.held}"])
def test_a_loop_over_a_copy_does_not_fail(over: str) -> None:
    """The copy is made at one instant."""
    assert endings(LOOP.format(over=over), lambda it: len(it.held)) == {(3,)}


EMPTIED = """
class Many:
    def __init__(self):
        self.held = [1, 2]
        self.seen = []
    def __iter__(self):
        return iter(self.held)
    def each(self):
        for x in self.held:
            yield x
    def loop(self):
        for x in self:
            self.seen.append(x)
    def look(self):
        self.seen += {over}
def make(): return Many()
def one(it): it.{look}()
def other(it): it.held.clear()
"""


@pytest.mark.parametrize("over", ["list(self)", "[*self]", "sorted(self)", "map(int, self)", "list(iter(self.held))"])
def test_c_code_goes_over_a_container_without_a_switch(over: str) -> None:
    """It has all elements or none, where a loop or a generator may have some."""
    look: Look = lambda it: tuple(it.seen)  # noqa: E731
    assert endings(EMPTIED.format(look="look", over=over), look) == {((1, 2),), ((),)}


@pytest.mark.parametrize(("look", "over"), [("loop", ""), ("look", "[*self.each()]"), ("look", "list(self.each())")])
def test_a_loop_over_a_list_that_is_emptied_may_see_some(look: str, over: str) -> None:
    """Between two rounds, or where a generator goes on."""
    found = endings(EMPTIED.format(look=look, over=over or "()"), lambda it: tuple(it.seen))
    assert found == {((1, 2),), ((1,),), ((),)}


DELEGATED = """
class Many:
    def __init__(self):
        self.held = [1, 2]
        self.seen = []
    def each(self):
        yield from self.held
    def look(self):
        for x in self.each():
            self.seen.append(x)
def make(): return Many()
def one(it): it.look()
def other(it): it.held.clear()
"""


def test_a_generator_that_hands_on_another_looks_each_time() -> None:
    """`yield from` a list looks at it whenever the next value is asked for."""
    assert endings(DELEGATED, lambda it: tuple(it.seen)) == {((1, 2),), ((1,),), ((),)}


CACHED = """
import functools
made = []
@functools.lru_cache
def load(key):
    made.append(key)
    return object()
def make(): return made
def one(it): load(1)
def other(it): load(1)
"""


def test_a_cache_may_load_twice() -> None:
    """`lru_cache` holds no lock while its function runs."""
    assert endings(CACHED, len) == {(1,), (2,)}


COUNTER = """
class Kind:
    n = 0
    def __init__(self):
        self.n = 0
def same(n): return n
def make():
    Kind.n = 0
    return Kind()
def one(it): {statement}
def other(it): {statement}
"""


@pytest.mark.parametrize(
    ("statement", "look"),
    [
        ("it.n = same(it.n) + 1", lambda it: it.n),
        ("it.__dict__['n'] = same(it.n) + 1", lambda it: it.n),
        ("setattr(it, 'n', same(getattr(it, 'n')) + 1)", lambda it: it.n),
        ("Kind.n = same(Kind.n) + 1", lambda it: type(it).n),
        ("type(it).n = same(Kind.n) + 1", lambda it: type(it).n),
        ("it.n += same(1)", lambda it: it.n),
        ("vars(it).update(n=same(it.n) + 1)", lambda it: it.n),
        ("object.__setattr__(it, 'n', same(it.n) + 1)", lambda it: it.n),
    ],
)
def test_a_call_between_reading_and_writing_loses_an_update(statement: str, look: Look) -> None:
    """Whichever way an attribute is looked for and set."""
    assert endings(COUNTER.format(statement=statement), look) == {(1,), (2,)}


def test_without_a_call_an_update_is_lost_only_without_the_gil() -> None:
    """`n += 1` has no place for a switch where there is a GIL."""
    look: Look = lambda it: it.n  # noqa: E731
    assert endings(COUNTER.format(statement="it.n += 1"), look) == {(2,)}
    assert endings(COUNTER.format(statement="it.n += 1"), look, free_threaded=True) == {(1,), (2,)}


TORN = """
import operator
class Base:
    n = 0
class Counter(Base):
    def __init__(self): self.n, self.other = 0, [1]
    def add(self):
        n = self.n
        {between}
        self.n = n + 1
def make(): return Counter()
def one(it): it.add()
def other(it): it.add()
"""


@pytest.mark.parametrize(
    "between",
    [
        *("getattr(self, 'other')", "getattr(self, 'none', 0)", "hasattr(self, 'other')", "next(iter(self.other))"),
        *("operator.getitem(self.other, 0)", "operator.contains(self.other, 0)", "operator.iadd(0, 1)"),
        *("super()", "locals()", "vars()", "class Local: pass", "@staticmethod\n        def local(): pass"),
    ],
)
def test_a_switch_can_follow_what_is_a_call_though_it_looks_like_none(between: str) -> None:
    """A call of C, a class that is made and a decorator are such places."""
    assert endings(TORN.format(between=between), lambda it: it.n) == {(1,), (2,)}


@pytest.mark.parametrize(
    "between",
    ["self.other", "self.other[0]", "f'{n}'", "def local(): pass", "(n, n)", "n in (1, 2)", "1 in self.other"],
)
def test_no_switch_follows_what_is_none(between: str) -> None:
    """Attributes, items, texts and functions that are only defined are no such places."""
    assert endings(TORN.format(between=between), lambda it: it.n) == {(2,)}


ADDED = """
class Box:
    def __init__(self):
        self.items = []
    def put(self, values):
        self.items += values
    def look(self):
        return sum(map(self.double, self.items))
    def double(self, x):
        return 2 * x
def make(): return Box()
def one(it): it.seen = it.look()
def other(it): it.put([1]); it.put([2])
"""


def test_c_code_that_calls_back_looks_again_afterwards() -> None:
    """A sum over a list that grows meanwhile may miss what comes late, or find it."""
    assert endings(ADDED, lambda it: it.seen) == {(0,), (2,), (6,)}


EQUAL = """
class Key:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def __hash__(self): return 1
def make(): return [Key(1), Key(2)]
def one(it): it.remove({wanted})
def other(it): it.clear()
"""


def test_comparing_elements_calls_the_authors_code() -> None:
    """`list.remove` asks each element; where the list is emptied meanwhile it fails, or finds nothing to remove."""
    found = endings(EQUAL.format(wanted="Key(2)"), len)
    assert {ending[1:] for ending in found} == {(), ("ValueError",)}
    assert {ending[0] for ending in found} == {0}
