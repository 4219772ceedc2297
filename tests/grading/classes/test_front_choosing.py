"""What the grader calls, if the author does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.choosing.domains import role_of
from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.choosing.texts import calls_in
from racelab.grading.classes.target import TargetError

from .front import COUNTER, chosen, saved

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


def test_arguments_come_from_annotations_names_and_trials(tmp_path: Path) -> None:
    """Calls collide on few keys, and limits are as low as they go."""
    choice = chosen(saved(tmp_path, BANK), "Bank")
    assert choice.make == "Bank(limit=1)"
    assert set(choice.calls) == {
        *('it.transfer("a", "b", 1)', 'it.transfer("a", "b", 2)', 'it.transfer("b", "a", 1)'),
        *('it.balance("a")', 'it.balance("b")', "list(it.names())", "with it.locked(): pass", "it.lock()"),
        "it.total",
        *("it.pay(Kind.CASH)", "it.pay(Kind.CARD)", "it.watch(lambda *_: 1)", 'it.odd("a", "a")'),
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
    assert choice.then == ("it.total", "it.balances", 'it.balance("a")', 'it.balance("b")')


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
    calls = {'it["a"] = 1', 'it["a"]', 'del it["a"]', '"a" in it', "len(it)", "list(it)", "it(1)", "with it: pass"}
    assert calls <= set(choice.calls)
    assert choice.then == ('it["a"]', 'it["b"]', '"a" in it', '"b" in it', "len(it)", "list(it)")


FUNCTIONS = """
total = 0
_made = None


class Thing:
    def get(self): return 1


def bump(by: int):
    global total
    total += by
    return total


def reset():
    global total
    total = 0


def other(): return 1


def make(): return Thing()


def instance():
    global _made
    if _made is None:
        _made = Thing()
    return _made
"""


def test_functions_over_module_state_come_together(tmp_path: Path) -> None:
    """A function is graded with those that share its state, where `it` is the module."""
    choice = chosen(saved(tmp_path, FUNCTIONS), "bump")
    assert (choice.make, choice.then) == ("", ("it.total",))
    assert set(choice.calls) == {"it.bump(1)", "it.bump(2)", "it.reset()"}


def test_a_function_that_makes_objects_is_a_factory(tmp_path: Path) -> None:
    """A function that makes a new object is a factory; one that makes the same one is not."""
    path = saved(tmp_path, FUNCTIONS)
    assert (chosen(path, "make").make, chosen(path, "make").calls) == ("make()", ("it.get()",))
    assert (chosen(path, "instance").make, chosen(path, "instance").calls) == ("", ("it.instance()",))


def test_what_the_author_says_is_kept(tmp_path: Path) -> None:
    """What is given is not chosen, and what is not given is."""
    path = saved(tmp_path, COUNTER)
    given = Given("Counter()", calls=("it.add()",), holds=("it.count >= 0",), ignore=("get",), model="free-threaded")
    choice = chosen(path, given=given)
    assert (choice.calls, choice.then, choice.chosen) == (("it.add()",), ("it.count", "it.get()"), ("then",))
    assert (choice.holds, choice.ignore, choice.model) == (("it.count >= 0",), ("get",), "free-threaded")
    assert chosen(path, given=Given(then=())).then == ()


def round_trip(path: Path, name: str, kept: Path) -> tuple[Choice, Choice]:
    """A choice, and the same after it was kept in a file."""
    choice = chosen(path, name)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(text_of(choice, kept), encoding="utf-8")
    return choice, chosen(kept)


@pytest.mark.parametrize(("source", "name"), [(BANK, "Bank"), (COUNTER, "Counter"), (FUNCTIONS, "make")])
@pytest.mark.parametrize("where", ["grade_me.py", "below/grade_me.py"])
def test_a_kept_choice_is_the_same_choice(source: str, name: str, where: str, tmp_path: Path) -> None:
    """A file that was saved is a target, and says what was chosen."""
    before, after = round_trip(saved(tmp_path, source), name, tmp_path / where)
    assert (before.make, before.calls, before.then) == (after.make, after.calls, after.then)
    assert after.module == "grade_me"
    assert after.chosen == ()


def test_a_kept_choice_of_functions_names_their_module(tmp_path: Path) -> None:
    """In a file about functions `it` is their module."""
    before, after = round_trip(saved(tmp_path, FUNCTIONS), "bump", tmp_path / "grade_me.py")
    assert (after.make, after.calls, after.then) == ("sample", before.calls, before.then)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("CALLS = 'it.add()'", "CALLS in grade_me.py has to be a list of texts, as in CALLS = ["),
        ("CALLS = [1]", "CALLS in grade_me.py has to be a list of texts"),
        ("TASKS = ['it.add()']", "TASKS in grade_me.py has to be a list with a list of calls for each thread"),
        ("NEW = 3", "NEW in grade_me.py has to be a text"),
        ("NEW = 'Counter(1)'", "No object could be made with Counter(1)"),
        ("NEW = ''", "has neither CALLS nor TASKS nor NEW"),
        ("NEW = 'Counter()'\nMODEL = 'fast'", "MODEL = 'fast' in grade_me.py is unknown"),
    ],
)
def test_a_file_that_means_nothing_is_refused(wrong: str, said: str, tmp_path: Path) -> None:
    """A wrong value in a file of calls is named, with an example."""
    saved(tmp_path, COUNTER)
    with pytest.raises(TargetError, match=r".") as caught:
        chosen(saved(tmp_path, f"from sample import Counter\n\n{wrong}\n", "grade_me.py"))
    assert said in str(caught.value)


def test_calls_are_split_where_python_splits_them() -> None:
    """A semicolon in a text does not end a call."""
    assert calls_in('it.put("a;b", 1); it.get("a")') == ('it.put("a;b", 1)', 'it.get("a")')
    for wrong in ("it.put(", "", "it.put 1"):
        with pytest.raises(TargetError):
            calls_in(wrong)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("user_id", "key"),
        ("max_size", "limit"),
        ("on_change_callback", "function"),
        ("timeout_s", "time"),
        ("zz", "unknown"),
    ],
)
def test_a_name_says_what_a_parameter_is_for(name: str, role: str) -> None:
    """The last word of a name that says anything decides."""
    assert role_of(name) == role


def test_what_is_computed_when_it_is_read_is_a_call(tmp_path: Path) -> None:
    """A property, a cached one, and a descriptor of the author's are read by threads."""
    source = """
import functools

class lazy:
    def __init__(self, make): self.make = make
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, it, owner=None):
        return self if it is None else it.__dict__.setdefault(self.name, self.make(it))

class Report:
    @property
    def one(self): return 1

    @functools.cached_property
    def two(self): return 2

    @lazy
    def three(self): return 3
"""
    assert set(chosen(saved(tmp_path, source)).calls) == {"it.one", "it.two", "it.three"}
