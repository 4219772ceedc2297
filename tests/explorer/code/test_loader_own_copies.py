"""Modules of Python's that call an author's methods are rewritten, and are otherwise what they are."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import functools
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from racelab.explorer.code.abstract_classes import CLASSES
from racelab.explorer.code.kept import is_private
from racelab.explorer.code.own_copies import PARTS, WHOLE
from tests.explorer.code.loading import Folder

TABLE = """
from collections.abc import MutableMapping, MutableSequence, MutableSet

class Table(MutableMapping):
    def __init__(self): self.inner = {}
    def __getitem__(self, key): return self.inner[key]
    def __setitem__(self, key, value): self.inner[key] = value
    def __delitem__(self, key): del self.inner[key]
    def __iter__(self): return iter(self.inner)
    def __len__(self): return len(self.inner)

class Row(MutableSequence):
    def __init__(self, of=()): self.inner = list(of)
    def __getitem__(self, key): return self.inner[key]
    def __setitem__(self, key, value): self.inner[key] = value
    def __delitem__(self, key): del self.inner[key]
    def __len__(self): return len(self.inner)
    def insert(self, index, value): self.inner.insert(index, value)

class Bag(MutableSet):
    def __init__(self, of=()): self.inner = set(of)
    def __contains__(self, x): return x in self.inner
    def __iter__(self): return iter(self.inner)
    def __len__(self): return len(self.inner)
    def add(self, x): self.inner.add(x)
    def discard(self, x): self.inner.discard(x)
"""


@contextmanager
def loaded(tmp_path: Path, source: str = TABLE) -> Iterator[Any]:
    """A module, in one execution."""
    with Folder(tmp_path, {"it.py": source}).execution() as loader:
        yield loader.load("it")


def test_a_mixin_method_is_rewritten(tmp_path: Path) -> None:
    """What a class gets from its abstract base calls the hooks, as if the author had written it."""
    with loaded(tmp_path) as it:
        methods = [it.Table.pop, it.Table.setdefault, it.Table.get, it.Row.append, it.Row.index, it.Bag.remove]
        assert all(is_private(method.__globals__) for method in methods)
        assert is_private(type(it.Table().keys()).__iter__.__globals__)
    assert not is_private(collections.abc.MutableMapping.pop.__globals__)


def test_the_methods_do_what_pythons_own_do(tmp_path: Path) -> None:
    """Every mixin method answers as the one of a dict, a list or a set."""
    with loaded(tmp_path) as it:
        table = it.Table()
        table.update(a=1, b=2)
        assert (table.pop("a"), table.pop("x", 7), table.setdefault("c", 3), table.get("q")) == (1, 7, 3, None)
        with pytest.raises(KeyError):
            table.pop("a")
        assert (list(table.items()), "b" in table, table == {"b": 2, "c": 3}) == ([("b", 2), ("c", 3)], True, True)
        assert table.keys() & {"b", "z"} == {"b"}
        assert table.popitem() == ("b", 2)
        table.clear()
        assert len(table) == 0
        row = it.Row([3, 1])
        row.append(2)
        row += [5]
        assert (row.pop(), row.index(1), row.count(3), list(reversed(row)), 9 in row) == (5, 1, 1, [2, 1, 3], False)
        bag = it.Bag([1, 2])
        assert ((bag | {3}) == {1, 2, 3}, bag >= {1}, bag.isdisjoint({5}), sorted(bag ^ {2, 4})) == (
            *(True, True, True),
            [1, 4],
        )


def test_the_classes_stand_for_pythons_own(tmp_path: Path) -> None:
    """Whatever counts as a mapping counts as one on both sides, and nothing else does."""
    with loaded(tmp_path) as it:
        for name in CLASSES:
            real, own = getattr(collections.abc, name), vars(it).get(name) or getattr(it.MutableMapping, name, None)
            if own is None:
                continue
            assert issubclass(own, real)
            for kind in (
                dict,
                list,
                tuple,
                set,
                str,
                int,
                collections.UserDict,
                collections.ChainMap,
                it.Table,
                it.Row,
            ):
                assert issubclass(kind, own) == issubclass(kind, real), (kind, name)
        assert isinstance(it.Table(), typing.Mapping)
        assert isinstance({}, it.MutableMapping)
        assert not isinstance({}, it.Table)
        assert not isinstance([], it.MutableMapping)
        assert repr(it.MutableMapping) == repr(collections.abc.MutableMapping)
        assert it.MutableMapping[str, int].__origin__ is it.MutableMapping
        with pytest.raises(TypeError, match="abstract"):
            it.MutableMapping()
        match it.Table():
            case {}:
                pass
            case _:
                pytest.fail("it is a mapping")


def test_all_ways_to_the_abstract_classes_are_one(tmp_path: Path) -> None:
    """Whatever name a module takes them by, they are the same."""
    source = (
        "import collections, collections.abc\nimport collections.abc as third\nfrom collections import abc\n"
        "from collections.abc import Mapping, Callable, deque_of_nothing\n"
    ).replace(", deque_of_nothing", "")
    with loaded(tmp_path, source) as it:
        found = {it.collections.abc.Mapping, it.third.Mapping, it.abc.Mapping, it.Mapping}
        assert len(found) == 1
        assert it.Callable is collections.abc.Callable
        assert it.collections.OrderedDict is collections.OrderedDict
        assert it.collections.deque is collections.deque


@pytest.mark.parametrize("name", sorted({*WHOLE, *PARTS}))
def test_a_copy_has_every_public_name(name: str, tmp_path: Path) -> None:
    """Code that takes any name from it does not fail, and a star takes all."""
    with loaded(tmp_path, f"import {name} as m\nfrom {name} import *\n") as it:
        real = __import__(name, fromlist=["x"])
        assert set(dir(real)) >= {*PARTS.get(name, ())}
        listed = getattr(real, "__all__", [])
        assert [each for each in listed if not hasattr(it, each)] == []
        with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
            it.m.no_such_name  # noqa: B018
        with pytest.raises(AttributeError):
            real.no_such_name  # noqa: B018


def test_the_parts_of_functools_that_call_are_rewritten(tmp_path: Path) -> None:
    """`cached_property` and its like are, and what is written in C is Python's own."""
    source = (
        "import functools, contextlib\nfrom functools import wraps, partial, lru_cache\n"
        "class C:\n    @functools.cached_property\n    def x(self): return 1\n"
        "@functools.singledispatch\ndef f(x): return 'any'\n@f.register\ndef _(x: int): return 'int'\n"
        "@functools.total_ordering\nclass D:\n    def __init__(self, x): self.x = x\n"
        "    def __eq__(self, other): return self.x == other.x\n    def __lt__(self, other): return self.x < other.x\n"
        "@contextlib.contextmanager\ndef g():\n    yield 1\n"
    )
    with loaded(tmp_path, source) as it:
        assert (it.C().x, it.f(1), it.f(""), it.D(1) >= it.D(0)) == (1, "int", "any", True)
        assert is_private(type(vars(it.C)["x"]).__get__.__globals__)
        assert isinstance(it.f, FunctionType)
        assert is_private(it.f.__globals__)
        assert (it.wraps, it.partial, it.lru_cache) == (functools.wraps, functools.partial, functools.lru_cache)
        with it.g() as value:
            assert value == 1
        assert is_private(type(it.g()).__enter__.__globals__)


def test_what_copies_a_dataclass_is_rewritten(tmp_path: Path) -> None:
    """`replace` and `asdict` are, and they know the kinds of fields that there are."""
    source = (
        "from dataclasses import InitVar, asdict, astuple, dataclass, field, replace\nfrom typing import ClassVar\n"
        "@dataclass(frozen=True)\nclass P:\n    kind: ClassVar[str] = 'p'\n    x: int = 0\n"
        "    n: int = field(init=False, default=3)\n    seed: InitVar[int] = 0\n"
        "@dataclass\nclass Q:\n    seed: InitVar[int]\n"
    )
    with loaded(tmp_path, source) as it:
        changed = it.replace(it.P(1), x=2)
        assert (it.asdict(changed), it.astuple(changed)) == ({"x": 2, "n": 3}, (2, 3))
        with pytest.raises(ValueError, match="must be specified"):
            it.replace(it.Q(1))
        assert all(is_private(part.__globals__) for part in (it.replace, it.asdict, it.astuple))
        assert it.dataclass is dataclasses.dataclass


def test_copies_of_objects_are_what_they_are(tmp_path: Path) -> None:
    """What is shared inside of one stays shared, cycles close, and `copyreg` says how to copy a class."""
    source = (
        "import copy, copyreg\nclass C: pass\nclass Odd: pass\n"
        "class Fixed:\n    def __deepcopy__(self, memo): return 7\n"
        "copyreg.pickle(Odd, lambda odd: 'Odd')\n"
        "def main():\n    one, part, odd, loop = C(), [1], Odd(), []\n    loop.append(loop)\n"
        "    one.part, one.twice, one.itself, one.odd, one.fixed = part, (part, part), one, odd, Fixed()\n"
        "    new, flat, again = copy.deepcopy(one), copy.copy(one), copy.deepcopy(loop)\n"
        "    return (new.part == part, new.part is part, new.twice[0] is new.twice[1] is new.part, new.itself is new,\n"
        "        new.odd is odd, new.fixed, flat.part is part, flat.itself is one, again[0] is again, again is loop)\n"
        "at_import = main()\n"
    )
    expected = (True, False, True, True, True, 7, True, True, True, False)
    with loaded(tmp_path, source) as it:
        assert it.main() == it.at_import == expected
        assert is_private(it.copy.deepcopy.__globals__)
        assert it.copy.Error is it.copy.error


def test_objects_of_a_copy_can_be_pickled(tmp_path: Path) -> None:
    """`pickle` finds the class of the copy by its name, also where the module is kept."""
    source = (
        "import pickle, random\nfrom collections import ChainMap\n"
        "def again(x): return pickle.loads(pickle.dumps(x))\n"
        "def same(): return again(ChainMap({1: 2}))[1] == 2 and type(again(random.Random(1))) is random.Random\n"
    )
    folder = Folder(tmp_path, {"it.py": source})
    for _ in range(2):
        with folder.execution() as loader:
            assert loader.load("it").same()
    assert "it" in folder.kept.modules


def test_copies_are_made_once(tmp_path: Path) -> None:
    """Rewriting takes long, so all executions and programs with the same models share them."""
    folder = Folder(tmp_path, {"it.py": TABLE, "other.py": "from collections.abc import MutableMapping\n"})
    first, second = folder.value("it", "MutableMapping"), folder.value("other", "MutableMapping")
    assert first is second
    assert is_private(first.pop.__globals__)


def test_outside_of_an_execution_a_copy_gives_what_is_real(tmp_path: Path) -> None:
    """A part that nobody has asked for yet is Python's own then."""
    with loaded(tmp_path, "import collections\n") as it:
        module = it.collections
    assert module.UserDict is collections.UserDict
