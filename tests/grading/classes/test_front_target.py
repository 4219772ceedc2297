"""What TARGET may be, and what is said where it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import Given
from racelab.grading.classes.running.session import choose
from racelab.grading.classes.target import TargetError, read

from .front import COUNTER, chosen, command, saved

NAMED = """
from abc import ABC, abstractmethod

TABLE = {}


class Store(ABC):
    @abstractmethod
    def get(self): ...


class Memory(Store):
    def get(self):
        return 1


class Later:
    async def get(self): ...


class Mute: ...


class Needs:
    def __init__(self, other):
        other.connect()

    def get(self): ...
"""


def refused(word: str, folder: Path) -> TargetError:
    """Why a word cannot be graded."""
    with pytest.raises(TargetError) as caught:
        choose(read(word, folder), Given())
    return caught.value


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nothing.py:Store", "There is no file"),
        ("named.p:Store", "There is no module 'named.p' in"),
        ("nmaed:Store", "Did you mean named"),
        ("named:Stor", "Did you mean Store?"),
        ("named:Store", "Store is abstract: get would have to be written first"),
        ("named:Store", "Name a subclass of it: Memory."),
        ("named:Later", "Later is asynchronous."),
        ("named:Mute", "it has no public method"),
        ("named:Needs", "Say how with --new"),
        ("named:TABLE", "neither a class nor a function: it is of type dict"),
        ("named.py", "Name one: named.py:Memory, named.py:Later, named.py:Needs"),
        ("named:", "does not name anything"),
        ("named:Memory()", "'Memory()' is not a name in Python"),
        ("broken.py:X", "broken.py does not parse: line 2: "),
        ("broken:X", "broken.py does not parse: line 2: "),
        ("ends:X", "ends cannot be imported: SystemExit: 3 (ends.py, line 1)"),
        ("needs.py:X", "needs imports not_installed_here, which is not installed"),
        ("needs.py:X", " -m pip install not_installed_here), or grade"),
        ("not_installed_here:X", " -m pip install not_installed_here"),
        ("queue.py:X", "queue.py has the name of a module of the standard library"),
        ("json:JSONDecoder", "json is in the standard library."),
        ("greenlet._greenlet:greenlet", "greenlet._greenlet is compiled"),
        (".", "is a folder. It has broken.py"),
    ],
)
def test_what_is_no_target_is_told_with_the_reason(word: str, said: str, tmp_path: Path) -> None:
    """A word that cannot be graded is answered with what happened and what to do."""
    saved(tmp_path, NAMED, "named.py")
    saved(tmp_path, "x = 1\ndef f(:\n", "broken.py")
    saved(tmp_path, "raise SystemExit(3)\n", "ends.py")
    saved(tmp_path, "import not_installed_here\n", "needs.py")
    saved(tmp_path, "class X: ...\n", "queue.py")
    assert said in str(refused(word, tmp_path))


@pytest.mark.parametrize(("word", "undecided"), [("named:Later", True), ("json:loads", True), ("named:Stor", False)])
def test_a_right_name_without_a_verdict_is_no_wrong_usage(word: str, undecided: bool, tmp_path: Path) -> None:
    """Asynchronous classes and the standard library are undecided, typing errors not."""
    saved(tmp_path, NAMED, "named.py")
    assert refused(word, tmp_path).undecided is undecided


def test_a_file_a_module_and_a_package_name_the_same_class(tmp_path: Path) -> None:
    """A class is found by file, by module, and in a package with relative imports."""
    path = saved(tmp_path, COUNTER)
    assert chosen(path).make == chosen(path, "Counter").make == "Counter()"
    saved(tmp_path, "", "outer/__init__.py")
    saved(tmp_path, COUNTER, "outer/base.py")
    inner = saved(tmp_path, "from .base import Counter\n\n\nclass Other(Counter): ...\n", "outer/inner.py")
    choice = chosen(inner, "Other")
    assert (choice.root, choice.module, choice.make) == (str(tmp_path.resolve()), "outer.inner", "Other()")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("class Entry:\n    def get(self): ...\nclass Cache:\n    def get(self): return Entry()\n", "Cache"),
        ("class Gone(Exception): ...\nclass Cache:\n    def get(self): ...\n", "Cache"),
        ("class Base:\n    def get(self): ...\nclass Cache(Base): ...\n", "Cache"),
        ("class A:\n    def get(self): ...\nclass B:\n    def get(self): ...\n", ""),
    ],
)
def test_a_file_alone_means_the_class_that_uses_the_others(source: str, name: str, tmp_path: Path) -> None:
    """Of several classes the outermost is graded and named; with two of them, a name is asked for."""
    saved(tmp_path, source)
    if name:
        assert choose(read("sample.py", tmp_path), Given()).word == f"sample.py:{name}"  # type: ignore[union-attr]
    else:
        assert "Name one: sample.py:A, sample.py:B" in str(refused("sample.py", tmp_path))


def test_an_installed_class_is_a_target(tmp_path: Path) -> None:
    """A class of an installed package is graded as one's own."""
    choice = choose(read("cachetools:TTLCache", tmp_path), Given())
    assert not hasattr(choice, "reason")
    assert choice.make == "TTLCache(1, 1)"
    assert {'it["a"] = 1', 'it.get("a")', 'it.pop("a")'} <= set(choice.calls)


def test_a_nested_class_is_a_target(tmp_path: Path) -> None:
    """A class in a class is named with a dot."""
    path = saved(tmp_path, "class Outer:\n    class Inner:\n        def get(self): return 1\n")
    assert chosen(path, "Outer.Inner").make == "Outer.Inner()"


def test_what_the_file_could_have_meant_too_is_said_of_a_pass(tmp_path: Path) -> None:
    """A pass of a subclass says that the racy class below it was not graded; a file of one class says nothing."""
    base = "class Seats:\n    n = 0\n    def take(self):\n        n = self.n\n        self.n = str(n)\n"
    entry = "class Entry:\n    def __init__(self, n): self.n = n\n"
    right = "class Right(Seats):\n    def __init__(self):\n        self.n = 0\n    def take(self): return Entry(1).n\n"
    saved(tmp_path, base + entry + right)
    done = command("sample.py", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[1] == "Not graded: sample.py:Seats. Name one to grade it."
    saved(tmp_path, entry + right.replace("Seats", "object"))
    assert "Not graded" not in command("sample.py", folder=tmp_path).stdout
