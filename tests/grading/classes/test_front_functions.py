"""Functions over the state of a module, factories, what the author says, and what a kept choice says again."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.choosing.domains import role_of
from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.choosing.texts import calls_in
from racelab.grading.classes.target import TargetError
from tests.grading.classes.test_front_choosing import BANK

from .front import COUNTER, chosen, saved

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
        ("on_zero", "function"),
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


def test_a_kept_choice_says_why_that_is_observed(tmp_path: Path) -> None:
    """If the grader has chosen it, and not if the author has said it."""
    path = saved(tmp_path, COUNTER)
    assert "methods whose names say that they only look" in text_of(chosen(path), tmp_path / "grade_me.py")
    said = chosen(path, given=Given(then=("it.count",)))
    assert "methods whose names say" not in text_of(said, tmp_path / "grade_me.py")
