"""What the grader calls, if the author does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from .front import chosen, saved
from .test_front_session import graded

BANK = """
from __future__ import annotations

import contextlib
import enum
import threading


class Kind(enum.Enum):
    CASH = 1
    CARD = 2


class Bank:
    def __init__(self, balances: dict[str, int] | None = None, limit: int = 100):
        self.balances = balances or {"a": 1, "b": 1}
        self.limit = limit
        self._lock = threading.Lock()

    def transfer(self, source: str, target: str, amount: int) -> bool:
        self.balances[source] -= amount
        self.balances[target] += amount
        return True

    def balance(self, name: str) -> int:
        return self.balances[name]

    @property
    def total(self):
        return sum(self.balances.values())

    def names(self):
        yield from self.balances

    @contextlib.contextmanager
    def locked(self):
        with self._lock:
            yield

    def pay(self, kind: Kind): ...

    def watch(self, callback): self._callback = callback

    def odd(self, spam, eggs): return spam.upper() + eggs

    def lock(self): return self._lock

    def dump(self, path): open(path, "w")

    async def fetch(self): ...

    def _private(self): ...
"""


@pytest.mark.parametrize(("held", "names"), [(False, {"lost update"}), (True, set())], ids=["wrong", "right"])
def test_a_property_is_set_by_two_threads(held: bool, names: set[str], tmp_path: Path) -> None:
    """An assignment to it is a call, and what it reads before it writes is a race."""
    source = """
import threading


class Thermostat:
    def __init__(self):
        self._target, self.log, self._lock = 0, [], threading.Lock()

    @property
    def target(self) -> int:
        return self._target

    @target.setter
    def target(self, degrees: int) -> None:
        old = self._target
        with self._lock:
            self._target = degrees
            self.log.append((old, degrees))
"""
    if held:
        source = source.replace(
            "        old = self._target\n        with self._lock:\n",
            "        with self._lock:\n            old = self._target\n",
        )
    report = graded(saved(tmp_path, source))
    assert {"it.target = 1", "it.target = 2", "it.target"} == set(report.choice.calls)
    assert {each.name for each in report.findings} == names


def test_arguments_come_from_annotations_names_and_trials(tmp_path: Path) -> None:
    """Calls collide on few keys, and limits are as low as they go."""
    choice = chosen(saved(tmp_path, BANK), "Bank")
    assert choice.make == "Bank(limit=1)"
    assert set(choice.calls) == {
        *('it.transfer("a", "b", 1)', 'it.transfer("a", "b", 2)', 'it.transfer("b", "a", 1)'),
        *('it.transfer("a", "a", 1)', 'it.balance("a")', 'it.balance("b")', "list(it.names())", "it.lock()"),
        "block = it.locked(); block.__enter__(); block.__exit__(None, None, None)",
        "it.total",
        *("it.pay(Kind.CASH)", "it.pay(Kind.CARD)", "it.watch(one)", "it.watch(two)"),
        *('it.odd("a", "a")', 'it.odd("b", "b")'),
    }
    assert choice.calls[0] == 'it.transfer("a", "b", 1)'


ANYTHING = """
from abc import ABC, abstractmethod
from typing import Any, Protocol

class Shape(ABC):
    @abstractmethod
    def area(self): ...

class Sized(Protocol):
    def size(self) -> int: ...

class Shelf:
    def __init__(self): self.kept = {}

    def put(self, key: str, value: Any) -> None: self.kept[key] = value

    def hold(self, key: str, value: Shape) -> None: self.kept[key] = value

    def lift(self, key: str, value: Sized) -> None: self.kept[key] = value
"""


def test_an_annotation_that_says_nothing_is_none(tmp_path: Path) -> None:
    """`Any`, an abstract class and a protocol cannot be made: the name of the parameter decides."""
    choice = chosen(saved(tmp_path, ANYTHING), "Shelf")
    assert choice.left_out == ()
    assert {'it.put("a", 1)', 'it.hold("a", 1)', 'it.lift("a", 1)'} <= set(choice.calls)


def test_what_only_looks_is_observed(tmp_path: Path) -> None:
    """Properties, plain attributes and methods that look are observed, and nothing that changes."""
    choice = chosen(saved(tmp_path, BANK), "Bank")
    assert choice.then == ("it.total", "it.balances", 'it.balance("a")', 'it.balance("b")', "sorted(map(repr, heard))")


def test_what_is_not_called_is_told_with_the_reason(tmp_path: Path) -> None:
    """A method that opens a file, and an asynchronous one, are left out."""
    left_out = dict(chosen(saved(tmp_path, BANK), "Bank").left_out)
    assert left_out.keys() == {"dump", "fetch"}
    assert "it reaches out of the process" in left_out["dump"]
    assert "asynchronous" in left_out["fetch"]
    assert not (tmp_path / "a").exists()


def test_a_call_that_blocks_is_called_and_not_observed(tmp_path: Path) -> None:
    """A get that waits for a put is a call, and no observation."""
    source = """
        import threading

        class Box:
            def __init__(self, capacity):
                self.items, self.changed, self.capacity = [], threading.Condition(), capacity

            def put(self, item):
                with self.changed:
                    self.items.append(item)
                    self.changed.notify()

            def get(self):
                with self.changed:
                    while not self.items:
                        self.changed.wait()
                    return self.items.pop()
    """
    choice = chosen(saved(tmp_path, "\n".join(line[8:] for line in source.splitlines())))
    assert choice.make == "Box(1)"
    assert set(choice.calls) == {'it.put("a")', 'it.put("b")', "it.get()"}
    assert choice.then == ("it.items",)


def test_functions_of_the_object_alone_are_calls(tmp_path: Path) -> None:
    """A closure that is an attribute of the object is a method of it."""
    source = """
class Desk:
    def __init__(self):
        last = 0

        def ticket():
            nonlocal last
            last += 1
            return last

        self.ticket = ticket
"""
    assert chosen(saved(tmp_path, source)).calls == ("it.ticket()",)


def test_a_database_beside_the_program_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that opens a file of SQLite is tried in a folder that is thrown away."""
    source = """
import sqlite3

class Stock:
    def __init__(self):
        self.db = sqlite3.connect("stock.db")
        self.db.execute("CREATE TABLE stock (name)")

    def add(self, name):
        self.db.execute("INSERT INTO stock VALUES (?)", (name,))

    def size(self):
        return self.db.execute("SELECT count(*) FROM stock").fetchone()[0]
"""
    monkeypatch.chdir(tmp_path)
    choice = chosen(saved(tmp_path, source))
    assert set(choice.calls) == {'it.add("a")', 'it.add("b")', "it.size()"}
    assert [path.name for path in tmp_path.iterdir()] == ["sample.py"]


def test_what_can_be_made_only_once_is_tried_on_one_object(tmp_path: Path) -> None:
    """A class that refuses a second object of the same name is graded all the same."""
    source = """
names = set()

class Metric:
    def __init__(self, name):
        if name in names:
            raise ValueError(name)
        names.add(name)
        self.value = 0

    def grow(self, by): self.value += by

    def __iter__(self):
        while True:
            yield self.value
"""
    choice = chosen(saved(tmp_path, source))
    assert (choice.make, choice.calls, choice.then) == ('Metric("a")', ("it.grow(1)", "it.grow(2)"), ("it.value",))
    assert dict(choice.left_out) == {"__iter__": "it goes on without an end"}


def test_a_getter_that_changes_is_not_observed(tmp_path: Path) -> None:
    """A method whose name says that it looks, and that changes something, is a call alone."""
    source = "class Ids:\n    def __init__(self): self._last = 0\n    def get(self):\n        self._last += 1\n"
    choice = chosen(saved(tmp_path, source))
    assert (choice.calls, choice.then) == (("it.get()",), ())


def test_operators_are_calls(tmp_path: Path) -> None:
    """Subscripts, `in`, `len`, a call and `with` are calls of a class that defines them."""
    source = """
class Table:
    def __init__(self): self._held = {}
    def __setitem__(self, index, thing): self._held[index] = thing
    def __getitem__(self, index): return self._held[index]
    def __delitem__(self, index): del self._held[index]
    def __contains__(self, index): return index in self._held
    def __len__(self): return len(self._held)
    def __iter__(self): return iter(self._held)
    def __call__(self, number): return number
    def __enter__(self): return self
    def __exit__(self, *_): ...
"""
    choice = chosen(saved(tmp_path, source))
    calls = {'it["a"] = 1', 'it["a"]', 'del it["a"]', '"a" in it', "len(it)", "list(it)", "it(1)"}
    calls |= {"it.__enter__(); it.__exit__(None, None, None)"}
    assert calls <= set(choice.calls)
    assert choice.then == ('it["a"]', 'it["b"]', '"a" in it', '"b" in it', "len(it)", "list(it)")


@pytest.mark.parametrize(
    ("name", "made"),
    [("balance", "Account(balance=1)"), ("start_stock", "Account(start_stock=1)"), ("port", "Account()")],
)
def test_two_calls_take_the_last_one(name: str, made: str, tmp_path: Path) -> None:
    """What there is to begin with is lowered too, and no other number."""
    source = f"class Account:\n    def __init__(self, {name}=100):\n        self.n = {name}\n"
    path = saved(tmp_path, f"{source}    def take(self, n):\n        self.n -= n\n", "account.py")
    assert chosen(path, "Account").make == made


@pytest.mark.parametrize(("default", "made"), [(1, "Limiter()"), (2, "Limiter(limit=1)"), (4, "Limiter(limit=1)")])
def test_two_calls_meet_a_limit(default: int, made: str, tmp_path: Path) -> None:
    """A limit that is higher by default is lowered, and the lowest one is left as it is."""
    source = f"class Limiter:\n    def __init__(self, limit={default}):\n        self.limit = limit\n"
    path = saved(tmp_path, f"{source}    def allow(self):\n        return self.limit > 0\n", "limiter.py")
    assert chosen(path, "Limiter").make == made


RECORDS = """
from __future__ import annotations
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    USER = 1


@dataclass(frozen=True)
class Key:
    kind: Kind
    n: int
    note: str = ""


class Pair(NamedTuple):
    key: Key
    name: str


class Node:
    def __init__(self, above: Node, *, n: int): self.above, self.n = above, n


class Table:
    def __init__(self): self.rows = {}
    def put(self, key: Key, value: int): self.rows[key] = value
    def find(self, pair: Pair): return self.rows.get(pair.key)
    def hang(self, node: Node): self.rows[node.n] = node
"""


def test_an_argument_is_made_of_what_its_class_needs(tmp_path: Path) -> None:
    """Of its fields, by their types; with a default it needs none. What is made of itself gets something else."""
    choice = chosen(saved(tmp_path, RECORDS), "Table")
    assert {"it.put(Key(Kind.USER, 1), 1)", "it.put(Key(Kind.USER, 2), 1)"} <= set(choice.calls)
    assert 'it.find(Pair(Key(Kind.USER, 1), "a"))' in {*choice.calls, *choice.then}
    assert "it.hang(Node(1, n=1))" in choice.calls
