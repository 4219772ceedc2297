"""What calls touch: functions of Python's, classes, callbacks."""

from __future__ import annotations

import types
from typing import Any

import pytest

from tests.explorer.code.foreign_code import FOREIGN_NAMES
from tests.explorer.code.recorded import module, record, touched

LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"
ALL = "*"

LOOKS = [
    "json.dumps(it)",
    "json.dumps(it, indent=2)",
    "pickle.dumps(it)",
    "operator.getitem(it, 0)",
    "operator.itemgetter(0)(it)",
    "operator.contains(it, 1)",
    "operator.add(it, [])",
    "functools.reduce(operator.add, it)",
    "functools.partial(len, it)()",
    "functools.partial(sorted)(it)",
    "bisect.bisect(it, 1)",
    "heapq.nsmallest(1, it)",
    "list(itertools.chain(it, [1]))",
    "list(map(str, it))",
    "list(filter(None, it))",
    "dict(zip(it, 'ab'))",
    "print(it, end='')",
    "str(it)",
    "list.__len__(it)",
    "list.index(it, 2)",
    "math.fsum(it)",
    "any(x for x in it)",
    "collections.Counter(it)",
    "bytes(it)",
    "next(x for x in it)",
    "len(object=it) if False else len(it)",
    "sum([x for x in it])",
    "(lambda: it[0])()",
    "methodcaller_ = operator.methodcaller('index', 2)(it)",
    "print('{0[0]}'.format(it), end='')",
    "setattr(Kind(), 'x', len(it))",
]
CHANGES = [
    ("heapq.heappush(it, 1)", {(ALL, BOTH), (ALL, LOOK)}),
    ("heapq.heappop(it)", {(ALL, BOTH), (ALL, LOOK)}),
    ("heapq.heapify(it)", {(ALL, BOTH), (ALL, LOOK)}),
    ("bisect.insort(it, 1)", {(ALL, BOTH), (ALL, LOOK)}),
    ("operator.setitem(it, 0, 1)", {(ALL, BOTH)}),
    ("operator.delitem(it, 0)", {(ALL, BOTH)}),
    ("operator.iadd(it, [1])", {(ALL, CHANGE)}),
    ("operator.methodcaller('append', 1)(it)", {(ALL, CHANGE)}),
    ("functools.partial(it.append, 1)()", {(ALL, CHANGE)}),
    ("list.append(it, 1)", {(ALL, CHANGE)}),
    ("list(map(it.append, 'ab'))", {(ALL, BOTH)}),
    ("touch(it)", {(ALL, BOTH)}),
    ("touch([{'k': (it,)}])", {(ALL, BOTH)}),
    ("touch(given=it) if False else touch(it)", {(ALL, BOTH)}),
    ("Kind(it)", {(ALL, BOTH)}),
    ("Kind().method(it)", {(ALL, BOTH)}),
    ("Kind(it) == 1", {(ALL, BOTH)}),
    ("bool(Kind(it))", {(ALL, BOTH)}),
    ("Kind(it)[0]", {(ALL, BOTH)}),
    ("with Kind(it): pass", {(ALL, BOTH)}),
    ("keeping(it)()", {(ALL, BOTH)}),
    ("functools.partial(touch, it)()", {(ALL, BOTH)}),
    ("sorted([it, it], key=touch)", {(ALL, BOTH)}),
    ("list(map(touch, [it]))", {(ALL, BOTH)}),
]
IMPORTS = "import bisect, collections, functools, heapq, itertools, json, math, operator, pickle\n"


@pytest.mark.parametrize("statement", LOOKS)
def test_what_looks_does_not_change(statement: str) -> None:
    """Functions of Python's that look at a list mark a look, and no change."""
    it = [1, 2]
    recorded = touched(IMPORTS + statement, it=it, **FOREIGN_NAMES)
    assert {access for _, access in recorded.of(it)} == {LOOK}


@pytest.mark.parametrize(("statement", "marks"), CHANGES, ids=[one[0] for one in CHANGES])
def test_what_changes_or_may_change_says_so(statement: str, marks: set[tuple[Any, str]]) -> None:
    """What changes its argument, or is not known, marks that, wherever the argument is held."""
    it = [1, 2]
    recorded = touched(IMPORTS + statement, it=it, **FOREIGN_NAMES)
    assert recorded.of(it) >= marks
    assert {access for _, access in recorded.of(it)} <= {access for _, access in marks} | {LOOK}


def test_an_expression_that_generates_looks_at_what_it_goes_over() -> None:
    """Also one that was made when the module was imported, where no hooks are."""
    space = module("source = (x for x in held)\nback = (x for x in reversed(held))", held=[1, 2])
    for name in ("source", "back"):
        recorded = touched("next(it)", it=space[name])
        assert ("*", LOOK) in recorded.of(space["held"])
        assert ("*", BOTH) in recorded.of(space[name])


def test_the_right_side_of_a_change_in_place_is_looked_at() -> None:
    """Whatever the target is."""
    box = module("class Box:\n    pass")["Box"]()
    for statement in ("box.items += it", "held[0] += it", "box.items += iter(it)", "x = [0]\nx += it"):
        box.items, held, it = [0], [[0]], [1]
        recorded = touched(statement, box=box, held=held, it=it)
        assert ("*", LOOK) in recorded.of(it), statement
    box.items = [0]
    assert ("*", CHANGE) in touched("box.items += [1]", box=box).of(box.items)


def test_what_a_dataclass_has_generated_looks_at_its_attributes() -> None:
    """Its methods have the author's globals and no hooks."""
    source = """
        from dataclasses import dataclass, field
        @dataclass(order=True)
        class Pair:
            x: int
            rest: list = field(default_factory=list)
        """
    pair = module(source)["Pair"]
    for statement in ("it == it", "it < other", "repr(it)", "f'{it}'", "it.__eq__(other)", "sorted([it, other])"):
        it = pair(1)
        recorded = touched(statement, it=it, other=pair(2))
        assert ("*", LOOK) in recorded.of(it), statement
        assert ("*", LOOK) in recorded.of(it.rest), statement
        assert {access for _, _, access in recorded.marks} == {LOOK}, statement
        assert not recorded.places.opaque


def test_the_mixins_of_an_abstract_class_touch_what_its_methods_touch() -> None:
    """A mapping of the author's is touched where its own methods say so."""
    source = """
        from collections.abc import MutableMapping
        class Map(MutableMapping):
            def __init__(self): self.held = {"a": 1}
            def __getitem__(self, key): return self.held[key]
            def __setitem__(self, key, value): self.held[key] = value
            def __delitem__(self, key): del self.held[key]
            def __iter__(self): return iter(self.held)
            def __len__(self): return len(self.held)
        """
    kind = module(source)["Map"]
    for statement, key, access in (
        ("it.get('a')", "a", LOOK),
        ("'a' in it", "a", LOOK),
        ("it.setdefault('z', 1)", "z", SET),
        ("it.pop('a')", "a", BOTH),
        ("it.update(z=1)", "z", SET),
        ("list(it.items())", "*", LOOK),
        ("for key in it.keys(): pass", "*", LOOK),
        ("it == {}", "*", LOOK),
    ):
        it = kind()
        recorded = touched(statement, it=it)
        assert (key, access) in recorded.of(it.held), statement
        assert ("*", BOTH) not in recorded.of(it) | recorded.of(it.held), statement
        assert not recorded.places.opaque, statement


def test_a_cache_is_looked_at_and_filled() -> None:
    """`lru_cache` looks before the call and changes afterwards; its function records itself."""
    space = module("import functools\nseen = []\n@functools.lru_cache\ndef f(x):\n    seen.append(x)\n    return [x]")
    cached = space["f"]
    assert touched("f(1)", f=cached).of(cached) == {("*", LOOK), ("*", CHANGE)}
    assert touched("f.cache_clear()", f=cached).of(cached) >= {("*", SET)}
    assert ("*", SET) not in touched("f.cache_info()", f=cached).of(cached)


def test_a_class_derived_from_a_container_is_one() -> None:
    """Its own methods record what they do; the container's are found through `super`."""
    source = """
        class Mine(dict):
            def __setitem__(self, key, value):
                super().__setitem__(key, value)
            def __missing__(self, key):
                self[key] = 0
                return 0
        class Many(list):
            def append(self, value):
                super().append(value)
            def last(self):
                return self[-1]
        """
    space = module(source)
    it = space["Mine"]()
    assert touched("it['a'] = 1", it=it).of(it) == {("a", SET), ("*", CHANGE)}
    assert touched("it['z']", it=it).of(it) == {("z", LOOK), ("z", SET), ("*", CHANGE)}
    assert touched("it.get('a')", it=it).of(it) == {("a", LOOK)}
    many = space["Many"]()
    assert ("*", CHANGE) in touched("it.append(1)", it=many).of(many)
    assert ("*", LOOK) in touched("it.last()", it=many).of(many)
    assert ("*", LOOK) in touched("for x in it: pass", it=many).of(many)


def test_what_can_be_called_is_found_behind_its_wrappers() -> None:
    """Rewritten functions behind `partial`, callable objects and bound methods record what they do."""
    source = """
        class Adder:
            def __init__(self): self.total = 0
            def __call__(self, n): self.total += n
            def add(self, n): self.total += n
            @staticmethod
            def free(n): return n
            @classmethod
            def made(cls): return cls()
        """
    adder = module(source)["Adder"]
    for statement in (
        "it(1)",
        "it.add(1)",
        "functools.partial(it, 1)()",
        "functools.partial(it.add)(1)",
        "list(map(it, [1]))",
        "type(it).add(it, 1)",
        "it.__call__(1)",
        "operator.methodcaller('add', 1)(it)",
        "functools.reduce(lambda _, n: it.add(n), [1, 2])",
    ):
        it = adder()
        recorded = touched("import functools, operator\n" + statement, it=it)
        assert recorded.of(it) >= {("total", LOOK), ("total", SET)}, statement
        assert not recorded.places.opaque, statement
    assert not touched("it.free(1), type(it).made()", it=adder()).places.opaque


def test_globals_and_variables_of_outer_functions_are_cells() -> None:
    """A name that functions set is read and written where Python does."""
    source = """
        n = 0
        m = 0
        def run():
            global n
            n += 1
            return n + m
        def outer():
            count = 0
            def inner():
                nonlocal count
                count += 1
            inner()
            return count
        """
    space = module(source)
    recorded = record(space["run"])
    assert recorded.of(space) == {("n", LOOK), ("n", SET)}
    recorded = record(space["outer"])
    assert {(key, access) for _, key, access in recorded.marks} == {("count", LOOK), ("count", SET)}
    assert recorded.value == 1


def test_a_default_argument_is_one_for_all_calls() -> None:
    """A list that is made once is the same thing in each call."""
    space = module("def add(x, held=[]):\n    held.append(x)\n    return len(held)")
    held = space["add"].__defaults__[0]
    assert record(lambda: space["add"](1)).of(held) == {("*", CHANGE), ("*", LOOK)}


def test_something_outside_of_functions_has_attributes_too() -> None:
    """Functions, generators and modules may hold data."""
    space = module("def count():\n    count.n = getattr(count, 'n', 0) + 1\n    return count.n")
    assert record(space["count"]).of(space["count"]) == {("n", LOOK), ("n", SET)}
    made = types.SimpleNamespace(n=1)
    assert touched("it.n += 1", it=made).of(made) == {("n", LOOK), ("n", SET)}
