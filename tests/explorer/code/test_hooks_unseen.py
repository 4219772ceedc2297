"""What is easily overlooked: keys that are objects, `super()`, foreign ways to an attribute, a switch after a call."""

from __future__ import annotations

from typing import Any

import pytest

from racelab.explorer.code.sites import SITES
from racelab.explorer.kernel.places import Places
from tests.explorer.code.foreign_code import FOREIGN
from tests.explorer.code.recorded import finish, module, record, touched
from tests.explorer.touching import running

LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"
ALL = "*"
KEYED = """
class Key:
    def __hash__(self): return 1
    def __eq__(self, other): return self is other
"""


@pytest.mark.parametrize(
    ("statement", "access"), [("it[key] = 1", CHANGE), ("it.pop(key, None)", BOTH), ("it.setdefault(key, 1)", BOTH)]
)
def test_a_key_that_is_an_object_means_the_whole(statement: str, access: str) -> None:
    """Which item it is depends on code of its class."""
    it: dict[Any, int] = {}
    space = module(KEYED)
    assert (ALL, access) in touched(statement, it=it, key=space["Key"]()).of(it)


def test_super_finds_what_the_classes_after_have() -> None:
    """`super().size` meets who sets it in the class above."""
    source = "class Above:\n    size = 1\nclass Below(Above):\n    def run(self): return super().size"
    space = module(source)
    made = space["Below"]()
    assert record(made.run).of(space["Above"]) == {("size", LOOK)}


def test_a_foreign_way_to_an_attribute_may_touch_all() -> None:
    """`__getattr__` of a class that is not rewritten reaches the object."""
    space = dict(FOREIGN)
    exec("class Open:\n    def __getattr__(self, name):\n        return 1", space)
    made = space["Open"]()
    assert (ALL, BOTH) in touched("it.missing", it=made).of(made)


def test_other_attributes_are_a_change_of_all() -> None:
    """`it.__dict__ = names` replaces every attribute."""
    made = module("class Plain:\n    pass")["Plain"]()
    recorded = touched("it.__dict__ = {'x': 1}", it=made)
    assert (ALL, SET) in {(key, access) for _, key, access in recorded.marks}


@pytest.mark.parametrize("statement", ["it.sort(key=f)", "sorted(it, key=f)", "min(it, key=f)"])
def test_a_key_function_touches_what_it_keeps(statement: str) -> None:
    """Also as an argument of a method."""
    held = [1]
    assert (ALL, BOTH) in touched(statement, it=[2, 1], f=FOREIGN["keeping"](held)).of(held)


@pytest.mark.parametrize("text", ["'{0[0]}'", "'{0[0]!r}'", "'{0[0]!s:>9}'"])
def test_a_field_of_a_text_looks_at_what_it_leads_to(text: str) -> None:
    """Each part is looked at, converted or not."""
    inner = [1]
    assert (ALL, LOOK) in touched(f"{text}.format(it)", it=[inner]).of(inner)


CALLS = [
    *("next(numbers)", "numbers.__next__()", "object.__setattr__(it, 'c', 1)", "functools.partial(len, kept)()"),
    *("get_c(it)", "copy(kept)", "len(kept)", "'{0[0]}'.format(kept)"),
    *("list(kept)", "dict()", "Plain()", "kept.append(1)", "heapq.heappush(kept, 1)", "str(1)", "cached(1)"),
    *("isinstance(1, int)", "getattr(it, 'c')", "print(end='')", "iter(kept)", "kept.__len__()", "id(it)"),
]
SWITCHED = """
import functools, heapq, operator
class Plain:
    c = 0
cached = functools.lru_cache(str)
get_c, copy = operator.attrgetter('c'), operator.methodcaller('copy')
def run(it, kept, numbers):
    it.first
    {}
    it.last
"""


@pytest.mark.parametrize(("statement", "stops"), [*[(call, 2) for call in CALLS], ("it.c", 1), ("kept[0]", 1)])
def test_after_a_call_a_switch_can_happen(statement: str, stops: int) -> None:
    """A task stops before the next racy access, whatever was called."""
    before = len(SITES)
    space = module(SWITCHED.format(statement))
    places = Places()
    places.racy |= {number for number, site in enumerate(SITES) if number >= before and site.line in (8, 10)}
    it = space["Plain"]()
    vars(it).update(first=1, last=2)
    with running(places, lambda: [lambda: space["run"](it, [1], iter([1]))]) as run:
        finish(run)
        assert run.errors() == [None]
        assert run.tasks[0].stops == stops
