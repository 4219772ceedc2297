"""Which cells the methods, items and operators of Python's containers touch."""

from __future__ import annotations

import itertools
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import pytest

from racelab.explorer.code.hooks.tables import TABLES
from tests.explorer.code.recorded import touched

ALL = "*"
LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"

DICT = [
    ("it.get('a')", {("a", LOOK)}),
    ("it.get('z', [])", {("z", LOOK)}),
    ("it['a']", {("a", LOOK)}),
    ("'a' in it", {("a", LOOK)}),
    ("'z' not in it", {("z", LOOK)}),
    ("it['a'] = 2", {("a", SET)}),
    ("it['z'] = 2", {("z", SET), (ALL, CHANGE)}),
    ("it['a'] += 2", {("a", LOOK), ("a", SET)}),
    ("del it['a']", {("a", BOTH), (ALL, CHANGE)}),
    ("it.pop('a')", {("a", BOTH), (ALL, CHANGE)}),
    ("it.pop('z', None)", {("z", BOTH)}),
    ("it.setdefault('a', [])", {("a", LOOK)}),
    ("it.setdefault('z', [])", {("z", BOTH), (ALL, CHANGE)}),
    ("it.update(z=1)", {(ALL, CHANGE)}),
    ("it |= {'z': 1}", {(ALL, CHANGE)}),
    ("it.clear()", {(ALL, SET)}),
    ("it.popitem()", {(ALL, BOTH)}),
    ("len(it)", {(ALL, LOOK)}),
    ("bool(it)", {(ALL, LOOK)}),
    ("list(it)", {(ALL, LOOK)}),
    ("it.copy()", {(ALL, LOOK)}),
    ("it.keys()", set()),
    ("list(it.items())", {(ALL, LOOK)}),
    ("1 in it.values()", {(ALL, LOOK)}),
    ("it.keys() & {'a'}", {(ALL, LOOK)}),
    ("it.keys().isdisjoint({'a'})", {(ALL, LOOK)}),
    ("it == {}", {(ALL, LOOK)}),
    ("it | {}", {(ALL, LOOK)}),
    ("{**it}", {(ALL, LOOK)}),
    ("dict(it)", {(ALL, LOOK)}),
    ("dict.get(it, 'a')", {("a", LOOK)}),
    ("dict.__setitem__(it, 'a', 1)", {("a", SET)}),
    ("it.__contains__('a')", {("a", LOOK)}),
    ("it.__init__(z=1)", {(ALL, CHANGE)}),
    ("it.__ior__({})", {(ALL, CHANGE)}),
    ("it.fromkeys('a')", set()),
    ("f'{it}'", {(ALL, LOOK)}),
    ("for key in it: pass", {(ALL, LOOK)}),
    ("min(it, key=it.get)", {(ALL, LOOK)}),
]
LIST = [
    ("it.append([])", {(ALL, CHANGE)}),
    ("it.extend([1])", {(ALL, CHANGE)}),
    ("it.insert(0, 1)", {(ALL, CHANGE)}),
    ("it += [1]", {(ALL, CHANGE)}),
    ("it *= 2", {(ALL, CHANGE)}),
    ("it.pop()", {(ALL, BOTH)}),
    ("it.remove(3)", {(ALL, BOTH), (ALL, LOOK)}),
    ("it[0] = 1", {(ALL, BOTH)}),
    ("it[0] += 1", {(ALL, LOOK), (ALL, BOTH)}),
    ("it[:1] = [1]", {(ALL, BOTH)}),
    ("del it[0]", {(ALL, BOTH)}),
    ("it.sort()", {(ALL, BOTH), (ALL, LOOK)}),
    ("it.reverse()", {(ALL, BOTH)}),
    ("it.clear()", {(ALL, SET)}),
    ("it[0]", {(ALL, LOOK)}),
    ("it[0:1]", {(ALL, LOOK)}),
    ("3 in it", {(ALL, LOOK)}),
    ("it.index(3)", {(ALL, LOOK)}),
    ("it.count(3)", {(ALL, LOOK)}),
    ("len(it)", {(ALL, LOOK)}),
    ("sorted(it)", {(ALL, LOOK)}),
    ("sum(it)", {(ALL, LOOK)}),
    ("max(it)", {(ALL, LOOK)}),
    ("any(it)", {(ALL, LOOK)}),
    ("','.join(map(str, it))", {(ALL, LOOK)}),
    ("'%s' % it", {(ALL, LOOK)}),
    ("'{}'.format(it)", {(ALL, LOOK)}),
    ("it + []", {(ALL, LOOK)}),
    ("it < [1]", {(ALL, LOOK)}),
    ("not it", {(ALL, LOOK)}),
    ("[*it]", {(ALL, LOOK)}),
    ("print(*it, end='')", {(ALL, LOOK)}),
    ("a, *b = it", {(ALL, LOOK)}),
    ("[x for x in it]", {(ALL, LOOK)}),
    ("enumerate(it)", {(ALL, LOOK)}),
    ("next(iter(it))", {(ALL, LOOK)}),
    ("it.__iter__()", set()),
    ("it is None", set()),
]
SET_ = [
    ("it.add(4)", {(ALL, CHANGE)}),
    ("it.discard(4)", {(ALL, CHANGE)}),
    ("it.update([4])", {(ALL, CHANGE)}),
    ("it |= {4}", {(ALL, CHANGE)}),
    ("it.remove(3)", {(ALL, BOTH), (ALL, LOOK)}),
    ("it.pop()", {(ALL, BOTH)}),
    ("it.clear()", {(ALL, SET)}),
    ("3 in it", {(ALL, LOOK)}),
    ("it & {3}", {(ALL, LOOK)}),
    ("it.union([3])", {(ALL, LOOK)}),
    ("it.issubset({3})", {(ALL, LOOK)}),
    ("frozenset(it)", {(ALL, LOOK)}),
]
DEQUE = [
    ("it.append(4)", {(ALL, CHANGE)}),
    ("it.appendleft(4)", {(ALL, CHANGE)}),
    ("it.rotate(1)", {(ALL, CHANGE)}),
    ("it.popleft()", {(ALL, BOTH)}),
    ("it[0]", {(ALL, LOOK)}),
    ("list(reversed(it))", {(ALL, LOOK)}),
]
OTHERS = [
    (defaultdict(int), "it['z']", {("z", BOTH), (ALL, CHANGE)}),
    (defaultdict(int), "it.get('z')", {("z", LOOK)}),
    (defaultdict(int), "'z' in it", {("z", LOOK)}),
    (defaultdict(int, a=1), "it['a']", {("a", LOOK)}),
    (defaultdict(int), "it['z'] += 1", {("z", BOTH), ("z", SET), (ALL, CHANGE)}),
    (Counter(), "it['z']", {("z", LOOK)}),
    (OrderedDict(a=1), "it.move_to_end('a')", {(ALL, BOTH)}),
    (OrderedDict(a=1), "it.popitem(last=False)", {(ALL, BOTH)}),
    (bytearray(b"a"), "it.append(1)", {(ALL, CHANGE)}),
    (bytearray(b"a"), "it.decode()", {(ALL, LOOK)}),
    (bytearray(b"a"), "it[0]", {(ALL, LOOK)}),
    (bytearray(b"a"), "memoryview(it)[0]", {(ALL, LOOK)}),
    (bytearray(b"a"), "memoryview(it)[0] = 1", {(ALL, LOOK), (ALL, BOTH)}),
    (array("i", [1]), "it.append(1)", {(ALL, CHANGE)}),
    (array("i", [1]), "it[0] += 1", {(ALL, LOOK), (ALL, BOTH)}),
]
CASES = [
    *[({"a": 1}, *case) for case in DICT],
    *[([3], *case) for case in LIST],
    *[({3}, *case) for case in SET_],
    *[(deque([3]), *case) for case in DEQUE],
    *OTHERS,
]


@pytest.mark.parametrize(
    ("it", "statement", "marks"), CASES, ids=[f"{type(one[0]).__name__}-{one[1]}" for one in CASES]
)
def test_a_container_is_touched_as_python_does(it: Any, statement: str, marks: set[tuple[Any, str]]) -> None:
    """Each method, item and operator marks just the cells that Python touches."""
    own = it.copy() if hasattr(it, "copy") else it[:]
    assert touched(statement, it=own).of(own) == marks


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=[kind.__name__ for kind, _ in TABLES])
def test_every_method_of_a_container_is_listed(kind: type, table: dict[str, object]) -> None:
    """No method of Python's is left to the rule for unknown ones."""
    generic = {"__class__", "__doc__", "__module__", "__dict__", "__weakref__", "__getattribute__", "__setattr__"}
    generic |= {"__delattr__", "default_factory", "typecode", "itemsize", "__slotnames__", "__static_attributes__"}
    generic |= {"__firstlineno__", "__annotations__"}
    assert sorted(set(dir(kind)) - table.keys() - generic) == []


class Asking(dict[Any, Any]):
    """A dictionary that notes what it is asked for."""

    asked: tuple[object, ...] = ()

    def __contains__(self, key: object) -> bool:
        self.asked = (*self.asked, key)
        return False

    def get(self, key: object, default: object = None) -> object:
        self.asked = (*self.asked, key)
        return default


@pytest.mark.parametrize(
    "statement", ["dict.__setitem__(it, 'k', 1)", "it['k'] = 1", "it.update(k=1)", "it.setdefault('k')"]
)
def test_no_code_of_a_reader_s_dictionary_runs_when_it_changes(statement: str) -> None:
    """Whether it is the globals of a module is not asked of the dictionary itself."""
    it = Asking()
    touched(statement, it=it)
    assert it == {"k": None if "default" in statement else 1}
    assert "__builtins__" not in it.asked


def test_a_method_that_nobody_knows_looks_and_changes() -> None:
    """What a container may learn in a later version of Python is taken to change it."""
    table = next(table for kind, table in TABLES if kind is list)
    kept = table.pop("append")
    try:
        it: list[int] = []
        assert touched("it.append(1)", it=it).of(it) == {("*", "both")}
    finally:
        table["append"] = kept


def test_comparing_looks_into_elements_and_counting_does_not() -> None:
    """Text and comparisons enter what a container holds; its length does not."""
    inner: list[int] = [1]
    outer = [inner, {"k": inner}]
    for statement in ("str(it)", "it == [[2]]", "[1] in it", "sorted([it, it])", "repr([it])", "f'{it}'", "'%s' % it"):
        assert touched(statement, it=outer).of(inner) == {("*", "read")}, statement
    for statement in ("len(it)", "it[0]", "list(it)", "it.copy()", "[x for x in it]", "bool(it)", "it.append(1)"):
        assert touched(statement, it=outer).of(inner) == set(), statement


def test_what_is_only_stored_is_not_looked_at() -> None:
    """A container that is put into another is not touched by that."""
    inner: list[int] = []
    for statement in ("it.append(inner)", "it.insert(0, inner)", "it[0] = inner", "{}.setdefault('k', inner)"):
        assert touched(statement, it=[0], inner=inner).of(inner) == set(), statement
    for statement in ("it.extend(inner)", "it += inner", "it[0:0] = inner", "it + inner"):
        assert touched(statement, it=[0], inner=inner).of(inner) == {("*", "read")}, statement


def test_a_shared_iterator_is_a_thing_of_its_own() -> None:
    """Whoever asks an iterator for more changes it, and looks at what it goes over."""
    values = [1, 2, 3]
    iterator = enumerate(values)
    recorded = touched("next(it); list(it)", it=iterator)
    assert recorded.of(iterator) == {("*", "both")}
    assert recorded.of(values) == {("*", "read")}
    counter = itertools.count()
    assert touched("next(it)", it=counter).of(counter) == {("*", "both")}
    assert touched("for x in it: break", it=counter).of(counter) == {("*", "both")}


def test_the_iterator_of_a_container_looks_whoever_uses_it() -> None:
    """What `iter` gives records its looks, also where Python's own code goes on with it."""
    for statement in ("list(iter(it))", "dict(zip(iter(it), 'b'))", "max(iter(it.items()))", "set(it.__iter__())"):
        values = {"a": 1}
        assert ("*", "read") in touched(statement, it=values).of(values), statement


def test_an_iterator_that_was_handed_out_may_be_shared() -> None:
    """Each look changes it as well."""
    recorded = touched("i = iter(it)\nnext(i)\nreturn i", it=[1, 2])
    assert recorded.of(recorded.value) == {(ALL, BOTH)}
