"""Which cells attributes of objects, classes and modules are."""

from __future__ import annotations

import types
import weakref
from typing import Any

import pytest

from racelab.explorer.kernel.cells import Attribute, Modelled
from tests.explorer.code.recorded import Recorded, module, record, touched

LOOK, SET, BOTH, CHANGE = "read", "write", "both", "change"


def run(source: str, **names: Any) -> tuple[dict[str, Any], Recorded]:
    """A module with a function `run`, run as one task."""
    space = module(source, **names)
    return space, record(space["run"])


CLASSES = """
class Plain:
    size = 3
    def __init__(self):
        self.x = 1
    def method(self):
        return 1
class Slots:
    __slots__ = ("x",)
    def __init__(self):
        self.x = 1
class Held:
    def __init__(self):
        self._x = 1
    @property
    def x(self):
        return self._x
    @x.setter
    def x(self, value):
        self._x = value
class Through:
    def __init__(self):
        self.__dict__["names"] = {"x": 1}
    def __getattr__(self, name):
        return self.__dict__["names"][name]
    def __setattr__(self, name, value):
        self.__dict__["names"][name] = value
class Strict:
    def __init__(self):
        object.__setattr__(self, "x", 1)
    def __setattr__(self, name, value):
        super().__setattr__(name, value)
    def __getattribute__(self, name):
        return super().__getattribute__(name)
    def __delattr__(self, name):
        object.__delattr__(self, name)
class Sub(Plain):
    def method(self):
        return super().size
"""
OBJECTS = [
    ("Plain", "it.x", {("x", LOOK)}),
    ("Plain", "it.x = 2", {("x", SET)}),
    ("Plain", "it.x += 2", {("x", LOOK), ("x", SET)}),
    ("Plain", "del it.x", {("x", BOTH)}),
    ("Plain", "it.__dict__['x']", {("x", LOOK)}),
    ("Plain", "it.__dict__['x'] = 2", {("x", SET)}),
    ("Plain", "vars(it)['x'] += 2", {("x", LOOK), ("x", SET)}),
    ("Plain", "it.__dict__.update(x=2)", {("*", CHANGE)}),
    ("Plain", "getattr(it, 'x')", {("x", LOOK)}),
    ("Plain", "getattr(it, 'y', None)", {("y", LOOK)}),
    ("Plain", "hasattr(it, 'y')", {("y", LOOK)}),
    ("Plain", "setattr(it, 'x', 2)", {("x", SET)}),
    ("Plain", "delattr(it, 'x')", {("x", BOTH)}),
    ("Plain", "object.__setattr__(it, 'x', 2)", {("x", SET)}),
    ("Plain", "it.__setattr__('x', 2)", {("x", SET), ("__setattr__", LOOK)}),
    ("Plain", "object.__getattribute__(it, 'x')", {("x", LOOK)}),
    ("Plain", "it.method()", {("method", LOOK)}),
    ("Plain", "operator.attrgetter('x')(it)", {("x", LOOK)}),
    ("Plain", "operator.methodcaller('method')(it)", {("method", LOOK)}),
    ("Plain", "min([it], key=operator.attrgetter('x'))", {("*", LOOK)}),
    ("Plain", "for it.x in (1, 2): pass", {("x", SET)}),
    ("Plain", "it.x, y = 1, 2", {("x", SET)}),
    ("Plain", "{**it.__dict__}", {("*", LOOK)}),
    ("Slots", "it.x", {("x", LOOK)}),
    ("Slots", "it.x += 1", {("x", LOOK), ("x", SET)}),
    ("Held", "it.x", {("_x", LOOK)}),
    ("Held", "it.x = 2", {("_x", SET)}),
    ("Held", "it.x += 2", {("_x", LOOK), ("_x", SET)}),
    ("Through", "it.__dict__['names']", {("names", LOOK)}),
    ("Strict", "it.x", {("x", LOOK)}),
    ("Strict", "it.x = 2", {("x", SET)}),
    ("Strict", "del it.x", {("x", BOTH)}),
    ("Strict", "it.x += 1", {("x", LOOK), ("x", SET)}),
]


@pytest.mark.parametrize(("kind", "statement", "marks"), OBJECTS, ids=[f"{one[0]}-{one[1]}" for one in OBJECTS])
def test_an_attribute_is_a_cell_of_its_object(kind: str, statement: str, marks: set[tuple[str, str]]) -> None:
    """`x.name` is one cell, whichever way it is looked for or set."""
    made = module(CLASSES)[kind]()
    assert touched(f"import operator\n{statement}", it=made).of(made) == marks


def test_attributes_that_a_dictionary_holds_are_its_items() -> None:
    """`__getattr__` and `__setattr__` of the author's record what they do themselves."""
    made = module(CLASSES)["Through"]()
    inner = vars(made)["names"]
    assert touched("it.x", it=made).of(inner) == {("x", LOOK)}
    assert touched("it.x = 2", it=made).of(inner) == {("x", SET)}


@pytest.mark.parametrize("base", ["dict", "OrderedDict", "Counter", "defaultdict"])
@pytest.mark.parametrize("slots", ["", "__slots__ = ('x',)"])
def test_an_attribute_of_a_dictionary_is_no_item(base: str, slots: str) -> None:
    """`it.x` and `it['x']` are two cells, whatever is called alike."""
    kind = module(f"from collections import *\nclass Kind({base}):\n    n = 0\n    {slots}")["Kind"]
    made = kind()
    made.x = made["x"] = 1
    has_names = not slots or base not in ("dict", "defaultdict")
    thing: object = vars(made) if has_names else made
    key: object = "x" if has_names else Attribute("x")
    for statement, access in (("it.x", LOOK), ("it.x = 2", SET), ("del it.x", BOTH)):
        recorded = touched(statement, it=made)
        assert recorded.of(thing) == {(key, access)}
        assert recorded.of(made) <= {(key, access)}
    made.x = 1
    assert touched("it['x']", it=made).of(made) == {("x", LOOK)}
    assert touched("it['x'] = 2", it=made).of(made) == {("x", SET)}


def test_the_attributes_of_a_dictionary_are_found_through_its_names() -> None:
    """`vars(it)['x']` is `it.x`; and after `self.__dict__ = self` both are an item."""
    made = module("class Kind(dict):\n    x = 0")["Kind"]()
    made.x = 1
    for statement in ("vars(it)['x']", "it.__dict__['x']", "it.x"):
        recorded = touched(statement, it=made)
        assert (recorded.of(vars(made)), recorded.of(made)) == ({("x", LOOK)}, set()), statement
        assert not recorded.places.gaps
    same = module("class Kind(dict):\n    def __init__(self):\n        self.__dict__ = self\n")["Kind"]()
    assert touched("it.x = 1", it=same).of(same) == {("x", SET)}


def test_objects_that_share_their_dictionary_are_one() -> None:
    """With `self.__dict__ = shared`, what one sets the other finds."""
    source = """
        class Borg:
            shared = {}
            def __init__(self):
                self.__dict__ = self.shared
        def run():
            one, other = Borg(), Borg()
            one.x = 1
            return other.x
        """
    space, recorded = run(source)
    sets = [thing for thing, key, access in recorded.marks if (key, access) == ("x", SET)]
    looks = [thing for thing, key, access in recorded.marks if (key, access) == ("x", LOOK)]
    assert sets[0] is looks[-1] is space["Borg"].shared
    assert not recorded.places.gaps


def test_what_a_class_has_is_a_cell_of_the_class() -> None:
    """`Class.count += 1` and `self.count` meet; methods are no data."""
    space, recorded = run("class Kind:\n    n = 0\ndef run():\n    Kind.n += 1\n    return Kind().n")
    assert recorded.of(space["Kind"]) == {("n", LOOK), ("n", SET)}
    assert recorded.value == 1
    space, recorded = run(CLASSES + "def run():\n    return Sub().size, Sub().method()")
    assert recorded.of(space["Plain"]) == {("size", LOOK)}
    assert recorded.of(space["Sub"]) == {("size", LOOK)}
    space, recorded = run(CLASSES + "def run():\n    return type(Sub()).size")
    assert recorded.of(space["Plain"]) == {("size", LOOK)}


def test_the_dictionary_of_a_class_is_the_class() -> None:
    """What is looked for there is set in the class."""
    for statement in ("type(it).__dict__['size']", "vars(type(it))['size']", "type(it).__dict__.get('size')"):
        space = module(CLASSES)
        recorded = touched(statement, it=space["Plain"]())
        assert {("size", LOOK), ("*", LOOK)} & recorded.of(space["Plain"]), statement


def test_an_attribute_that_is_nowhere_may_come_in_any_class() -> None:
    """`hasattr(cls, name)` looks at the class, its bases and its metaclass."""
    for where in ("Sub", "Sub()"):
        space, recorded = run(CLASSES + f"def run():\n    return hasattr({where}, 'one')")
        assert recorded.value is False
        for kind in ("Sub", "Plain"):
            assert ("one", LOOK) in recorded.of(space[kind])


def test_data_of_a_metaclass_is_a_cell_of_it() -> None:
    """The registry of a singleton's metaclass is found there."""
    source = """
        class Meta(type):
            made = {}
            def __call__(cls, *args):
                if cls not in cls.made:
                    cls.made[cls] = super().__call__(*args)
                return cls.made[cls]
        class One(metaclass=Meta):
            def __init__(self, size):
                self.size = size
        def run():
            return One(1) is One(2)
        """
    space, recorded = run(source)
    assert recorded.value is True
    assert ("made", LOOK) in recorded.of(space["Meta"])
    assert len([key for key, access in recorded.of(space["Meta"].made) if access == SET]) == 1
    assert not recorded.places.opaque


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Plain.method = lambda self: 2", "replaced"),
        ("Plain.size = property(lambda self: 2)", "replaced"),
        ("setattr(Plain, 'method', None)", "replaced"),
        ("del Sub.method", "replaced"),
        ("Sub.x2 = len", "replaced"),
        ("Plain().__class__ = Sub", "another class"),
    ],
)
def test_a_class_that_changes_its_functions_leaves_a_gap(source: str, words: str) -> None:
    """Looks for methods are not recorded: nothing found is no pass then."""
    _, recorded = run(CLASSES + f"def run():\n    {source}")
    assert [gap for gap in recorded.places.gaps if words in gap]
    _, recorded = run(CLASSES + "def run():\n    Plain.size = 4\n    Plain().method = None\n    Sub().x = len")
    assert not recorded.places.gaps


def test_a_module_has_its_globals_as_cells() -> None:
    """A global is one cell, as a name, as an attribute of its module and as an item of `globals()`."""
    source = """
        n = 0
        def bump():
            global n
            n += 1
        """
    space = module(source)
    made = types.ModuleType("authors")
    vars(made).update(space)
    for statement in ("it.n", "it.__dict__['n']", "vars(it)['n']", "getattr(it, 'n')"):
        assert ("n", LOOK) in touched(statement, it=made).of(vars(made)), statement
    for statement in ("it.n = 1", "it.__dict__['n'] = 1", "setattr(it, 'n', 1)"):
        assert ("n", SET) in touched(statement, it=made).of(vars(made)), statement
    assert record(space["bump"]).of(space) == {("n", LOOK), ("n", SET)}


def test_only_recorded_globals_may_be_set_from_outside() -> None:
    """A global that no function of its module sets is read without a hook."""
    other = types.ModuleType("other")
    vars(other).update(module("n = m = 0\ndef bump():\n    global n\n    n += 1"))
    assert not touched("it.n = 2\nit.__dict__['n'] = 3", it=other).places.gaps
    for statement in ("it.m = 2", "vars(it)['m'] = 3", "it.__dict__.update(m=3)", "setattr(it, 'm', 3)"):
        assert touched(statement, it=other).places.gaps, statement


def test_a_module_of_pythons_may_be_used_and_not_changed() -> None:
    """What is written there would be there in the next execution."""
    assert not touched("import math, sys\nmath.pi + len(sys.path)").places.unfaithful
    made = types.ModuleType("math")
    assert touched("it.tau = 3", it=made).places.unfaithful
    vars(made)["path"] = []
    for statement in ("it.path.append(1)", "it.path[:] = [1]", "it.path += [1]"):
        assert touched(statement, it=made).places.unfaithful, statement


def test_a_weak_proxy_stands_for_its_object() -> None:
    """What is set through it is set in the object; whether that lives is not explored."""
    made = module(CLASSES)["Plain"]()
    recorded = touched("it.x = 2", it=weakref.proxy(made))
    assert recorded.of(made) == {("x", SET)}
    assert recorded.places.gaps


class Model(Modelled):
    """As the explorer's own: its module says so."""

    def __init__(self) -> None:
        self.inside = 0


Model.__module__ = "racelab.explorer.primitives.tried"


def test_a_model_records_itself_and_a_subclass_of_the_authors_does_not() -> None:
    """What an author's thread class stores in itself is shared like any attribute."""
    Model.state = 1  # type: ignore[attr-defined]
    made = Model()
    assert touched("it.state", it=made).marks == []
    space = module("class Mine(Model):\n    total = 0\ndef run(it):\n    it.result = 1\n    it.total += 1", Model=Model)
    mine = space["Mine"]()
    recorded = record(lambda: space["run"](mine))
    assert recorded.of(mine) == {("result", SET), ("total", LOOK), ("total", SET)}
    assert recorded.of(space["Mine"]) == {("total", LOOK)}


def test_without_an_exploration_the_code_does_what_it_says() -> None:
    """Hooks that nobody explores touch nothing."""
    body = "one = Plain()\n    one.x += 1\n    del one.x\n    return hasattr(one, 'x')"
    assert module(f"{CLASSES}def run():\n    {body}")["run"]() is False
