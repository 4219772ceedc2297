"""Which methods are called, in which order, and which values can be exchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import ALIKE, Choice
from racelab.grading.classes.result import FOUND, NONE

from .front import chosen, saved
from .test_front_session import graded, passed

SOURCE = """
import threading

class Base:
    def __init__(self, workers):
        self.lock, self.kept = threading.Lock(), {}

    def add(self, key):
        self.kept[key] = 1

class Sub(Base):
    def get(self, key):
        return self.kept.get(key)

    def work(self):
        with self.lock:
            pass
"""


def test_inherited_methods_are_called(tmp_path: Path) -> None:
    """What a base class does is graded with the class, with two workers."""
    choice = chosen(saved(tmp_path, SOURCE), "Sub")
    assert {'it.add("a")', 'it.get("a")', "it.work()"} <= set(choice.calls)
    assert choice.make == "Sub(2)"


@pytest.mark.parametrize("right", [False, True])
def test_operators_that_the_author_has_written_are_called(right: bool, tmp_path: Path) -> None:
    """A listener is added with `+=`; whether there is any, and in which order, is a look."""
    source = """
import threading
class Signal:
    def __init__(self): self._all, self._lock = (), threading.Lock()
    def __iadd__(self, listener):
        known = list(self._all)
        self._all = (*known, listener)
        return self
    def __bool__(self): return bool(self._all)
    def __call__(self, value):
        for listener in self._all: listener(value)
"""
    locked = source.replace("known = list(self._all)\n        self", "with self._lock: self").replace(
        "*known", "*self._all"
    )
    report = passed(saved(tmp_path, locked)) if right else graded(saved(tmp_path, source))
    assert {"it.__iadd__(one)", "it.__iadd__(two)", "it(1)", "bool(it)"} <= set(report.choice.calls)
    assert "bool(it)" in report.choice.then
    assert report.verdict == (NONE if right else FOUND), report.reasons


def test_what_does_not_say_that_it_looks_comes_first(tmp_path: Path) -> None:
    """A method may change what cannot be seen: only its name says that it looks."""
    calls = chosen(saved(tmp_path, SOURCE.replace("def get", "def find")), "Sub").calls
    assert calls.index("it.work()") < calls.index('it.find("a")')


def test_what_a_class_is_there_for_comes_first_of_many_methods(tmp_path: Path) -> None:
    """Wherever they are defined: those that change before those that look, then their family, then all others."""
    others = [f"    def other_{i}(self):\n        self.kept[0] = {i}\n" for i in range(30)]
    get = "    def get(self, key):\n        return self.kept.get(key)\n"
    put = "    def put(self, key):\n        self.kept[key] = 1\n"
    family = "    def put_both(self):\n        self.kept.update(a=1, b=1)\n"
    head = "class Store:\n    def __init__(self):\n        self.kept = {}\n"
    source = "\n".join([head, *others[:15], family, get, put, *others[15:]])
    calls = list(chosen(saved(tmp_path, source), "Store").calls)
    assert calls[:5] == ['it.put("a")', 'it.put("b")', 'it.get("a")', 'it.get("b")', "it.put_both()"]
    assert calls[5:] == [f"it.other_{i}()" for i in range(30)]


@pytest.mark.parametrize(
    ("picked", "holds", "alike"),
    [
        (("calls", "then"), (), ALIKE),
        (("calls",), (), ()),
        (("then",), (), ()),
        (("calls", "then"), ("it.kept",), ()),
    ],
)
def test_keys_can_be_exchanged_only_where_the_grader_has_chosen_all(
    picked: tuple[str, ...], holds: tuple[str, ...], alike: tuple[str, ...]
) -> None:
    """What the author gives may mean one key and not the other."""
    assert Choice("w", "", "m", "", "C()", holds=holds, chosen=picked).alike() == alike


DESCRIBED = """
class Number:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, it, kind=None):
        return it.__dict__.get(self.name, 0)

    def __set__(self, it, value):
        it.__dict__[self.name] = value

class Bound:
    def __init__(self, function):
        self.function = function

    def __get__(self, it, kind=None):
        if it is None:
            raise KeyError(kind)
        return lambda step: self(it, step)

    def __call__(self, it, step):
        return self.function(it, step)

class Counter:
    n = Number()

    def rise(self):
        self.n += 1

class Decorated:
    n = 0

    @Bound
    def rise(self, step):
        self.n += step

class Shared:
    n = 0

    @classmethod
    def rise(cls, step):
        cls.n += step
"""


@pytest.mark.parametrize(
    ("name", "calls"),
    [("Counter", {"it.n", "it.rise()"}), ("Decorated", {"it.rise(1)"}), ("Shared", {"it.rise(1)"})],
)
def test_descriptors_do_not_run_when_their_class_is_looked_at(tmp_path: Path, name: str, calls: set[str]) -> None:
    """Those that are made for objects alone fail on the class."""
    assert calls <= set(chosen(saved(tmp_path, DESCRIBED), name).calls)


@pytest.mark.parametrize("base", ["dict", "OrderedDict", "set", "deque"])
def test_methods_of_python_s_own_containers_are_called(tmp_path: Path, base: str) -> None:
    """What a class inherits from a container of Python's is called, though it does not tell its parameters."""
    source = f"from collections import OrderedDict, deque\n\n\nclass Kept({base}):\n    def f(self): return 1\n"
    choice = chosen(saved(tmp_path, source))
    assert not [name for name, _ in choice.left_out if not name.startswith("__")]
    assert {"it.clear()", "it.copy()"} <= {*choice.calls, *choice.then}
    updates = {"set": "it.update({1})", "deque": "it.extend([1])"}
    assert updates.get(base, 'it.update({"a": 1})') in choice.calls
