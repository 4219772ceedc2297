"""What calls touch: functions of Python's, classes, callbacks, and code of which nothing is known."""

from __future__ import annotations

import types
from typing import Any

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.places import Places
from tests.explorer.code.recorded import module, record, touched

LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"
ALL = "*"

FOREIGN: dict[str, Any] = {"__name__": "elsewhere"}
exec(
    """
def touch(*args):
    return len(args)
class Kind:
    def __init__(self, *args):
        self.args = args
    def method(self, *args):
        return len(args)
    def __eq__(self, other):
        return self is other
    def __hash__(self):
        return 1
    def __len__(self):
        return 1
    def __getitem__(self, key):
        return self.args[0][key]
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return None
def keeping(values):
    def touch(*args):
        return values
    return touch
def giving(values):
    for value in values:
        yield value
""",
    FOREIGN,
)

LOOKS = [
    "copy.copy(it)",
    "copy.deepcopy(it)",
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
IMPORTS = "import bisect, collections, copy, functools, heapq, itertools, json, math, operator, pickle\n"


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


FOREIGN_NAMES = {name: FOREIGN[name] for name in ("touch", "Kind", "keeping")}


@pytest.mark.parametrize(
    ("statement", "make"),
    [
        ("f()", "keeping"),
        ("sorted([1, 2], key=f)", "keeping"),
        ("heapq.nlargest(1, [1, 2], key=f)", "keeping"),
        ("list(map(f, [1]))", "keeping"),
        ("functools.partial(f)()", "keeping"),
        ("next(f)", "giving"),
        ("list(f)", "giving"),
        ("for x in f: break", "giving"),
    ],
)
def test_what_foreign_code_keeps_is_reached_without_being_given(statement: str, make: str) -> None:
    """The closure of a function and the variables of a generator lead to what they hold."""
    it = [1]
    recorded = touched("import functools, heapq\n" + statement, f=FOREIGN[make](it))
    assert ("*", BOTH) in recorded.of(it)


def test_an_expression_that_generates_looks_at_what_it_goes_over() -> None:
    """Also one that was made when the module was imported, where no hooks are."""
    space = module("source = (x for x in held)\nback = (x for x in reversed(held))", held=[1, 2])
    for name in ("source", "back"):
        recorded = touched("next(it)", it=space[name])
        assert ("*", LOOK) in recorded.of(space["held"])
        assert ("*", BOTH) in recorded.of(space[name])


def test_a_function_that_only_looks_generated_may_do_anything() -> None:
    """What `exec` makes has the file of what a dataclass makes, and not its names."""
    space = module("class Nothing:\n    pass")
    exec("def sneaky(values):\n    values.append(1)", space)
    it: list[int] = []
    assert ("*", BOTH) in touched("f(it)", f=space["sneaky"], it=it).of(it)


def test_operators_of_foreign_classes_leave_a_gap_where_they_race() -> None:
    """Their methods are Python code that is not rewritten."""
    source = "def run(it):\n    {}"
    places = Places()
    places.racy |= set(range(10_000))
    for statement in ("it == 1", "it[0]", "bool(it)", "len(it)", "it.method()", "str(it) and hash(it)"):
        places.gaps.clear()
        run = module(source.format(statement))["run"]
        record(lambda run=run: run(FOREIGN["Kind"]([1])), places)  # type: ignore[misc]
        assert places.gaps, statement


def test_the_right_side_of_a_change_in_place_is_looked_at() -> None:
    """Whatever the target is."""
    box = module("class Box:\n    pass")["Box"]()
    for statement in ("box.items += it", "held[0] += it", "box.items += iter(it)", "x = [0]\nx += it"):
        box.items, held, it = [0], [[0]], [1]
        recorded = touched(statement, box=box, held=held, it=it)
        assert ("*", LOOK) in recorded.of(it), statement
    box.items = [0]
    assert ("*", CHANGE) in touched("box.items += [1]", box=box).of(box.items)


def test_code_that_is_not_rewritten_is_counted() -> None:
    """Foreign calls are told by their names; a pass says what they were taken to do."""
    recorded = touched("touch([])", touch=FOREIGN["touch"])
    assert recorded.places.opaque == {"touch": 1}
    assert not touched("len([])\n[].append(1)\n'a'.upper()").places.opaque


def test_python_that_could_be_interrupted_leaves_a_gap_where_it_races() -> None:
    """Only at a racy place: what one task alone touches may be done at one instant."""
    it = [1]
    source = "def run(it):\n    return touch(it)"
    run = module(source, touch=FOREIGN["touch"])["run"]
    places = Places()
    assert not record(lambda: run(it), places).places.gaps
    places.racy |= set(range(10_000))
    assert [gap for gap in record(lambda: run(it), places).places.gaps if gap.startswith("touch is not rewritten")]
    places.gaps.clear()
    run = module("def run(it):\n    return it.copy()")["run"]
    assert not record(lambda: run(it), places).places.gaps


def test_too_much_to_reach_ends_the_exploration() -> None:
    """What a foreign call could touch is bounded."""
    many = [[] for _ in range(3_000)]  # type: ignore[var-annotated]
    with pytest.raises(CannotDecide, match="can reach more than"):
        touched("touch(it)", it=many, touch=FOREIGN["touch"])


@pytest.mark.parametrize(
    "statement",
    [
        "e = eval\ne('1')",
        "g = globals\ng()",
        "sys._getframe()",
        "f = locals\nf()",
        "v = vars\nv()",
        "os.urandom(1)",
        "sys.getrefcount(1)",
    ],
)
def test_what_sees_the_explorer_ends_the_verdict(statement: str) -> None:
    """Frames, references and the real world are not what they would be."""
    assert touched("import os, sys\n" + statement).places.unfaithful


@pytest.mark.parametrize(
    ("statement", "gap"),
    [
        ("r = weakref.ref(it)\nr()", "weak reference"),
        ("weakref.ref(it, print)", "weak reference"),
        ("d = weakref.WeakValueDictionary()\nd['a'] = it", "vanish"),
        ("d = weakref.WeakSet()\nd.add(it)", "vanish"),
        ("Dies()", "__del__"),
    ],
)
def test_what_depends_on_when_objects_go_leaves_a_gap(statement: str, gap: str) -> None:
    """That an object goes is no access, and no switch is explored there."""
    space = module("class Dies:\n    def __del__(self):\n        pass\nclass Stays:\n    pass")
    recorded = touched("import weakref\n" + statement, it=space["Stays"](), Dies=space["Dies"])
    assert [one for one in recorded.places.gaps if gap in one]
    assert not touched("Stays()", Stays=space["Stays"]).places.gaps


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


def test_values_that_never_change_are_not_touched() -> None:
    """Dates, numbers, enumerations and named tuples are not shared places."""
    source = """
        import datetime, decimal, enum, uuid
        from collections import namedtuple
        Pair = namedtuple("Pair", "a b")
        class Color(enum.Enum):
            RED = 1
        def run(day, two):
            day.isoformat(); day + datetime.timedelta(1); day < day; str(day)
            two * 2; two.quantize(two); round(two)
            Color(1) is Color.RED
            p = Pair(1, 2); p.a; p._replace(b=3); p == p; a, b = p
            "a".join("bc"); b"a".hex()
        """
    datetime, decimal = __import__("datetime"), __import__("decimal")
    space = module(source)
    recorded = record(lambda: space["run"](datetime.date(2026, 1, 1), decimal.Decimal(2)))
    assert {access for _, _, access in recorded.marks} <= {LOOK}
    assert not recorded.places.opaque
    assert not recorded.places.gaps


def test_the_identity_of_an_object_is_the_same_in_every_execution() -> None:
    """`id` gives what does not depend on addresses, and tells objects apart."""
    body = "one, other = [], []\n    return id(one), id(other), id(one) == id(one), id(run)"
    run = module(f"def run():\n    {body}")["run"]
    places = Places()
    first, second = record(run, places).value, record(run, places).value
    assert first == second
    assert first[0] != first[1]
    assert first[2]


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
