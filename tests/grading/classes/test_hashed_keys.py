"""Keys that are hashed and compared by functions in Python: a look for one is a single step, after its hash began."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

from racelab.explorer.code.hooks.looking import is_unchanging
from racelab.grading.classes.program import FREE_THREADED, GIL, MODELS
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

from .graded import program

SOURCE = """
    import threading
    from dataclasses import dataclass
    from enum import Enum
    from typing import NamedTuple

    class Kind(Enum):
        USER = 1

    @dataclass(frozen=True)
    class Key:
        kind: Kind
        n: int

    class Pair(NamedTuple):
        kind: Kind
        n: int

    @dataclass(unsafe_hash=True)
    class Loose:
        n: int = 0

    class It:
        def __init__(self):
            self.items, self.lock, self.hits = {}, threading.Lock(), 0
            self.loose = Loose()

        def move(self):
            self.hits = self.loose.n = 1

        def different(self):
            hits = self.hits
            return hits, len({self.loose, Loose(0)})

        def locked(self, call):
            with self.lock:
                return getattr(self, call)()

        def put(self, key, value):
            self.items[key] = value

        def get(self, key):
            return self.items.get(key)

        def take(self, key):
            return self.items.pop(key, None)

        def first(self, key, value):
            return self.items.setdefault(key, value)

        def once(self, key):
            if key in self.items:
                return False
            self.items[key] = 1
            return True

        def once_locked(self, key):
            with self.lock:
                return self.once(key)

        def hit(self, key):
            hits = self.hits
            self.items.get(key)
            self.hits = hits + 1

        def hit_locked(self, key):
            with self.lock:
                self.hit(key)
"""
KEYS = (
    "Kind.USER",
    "Key(Kind.USER, 1)",
    "Pair(Kind.USER, 1)",
    "(Kind.USER, 1)",
    "(Key(Kind.USER, 1), 2)",
)
ONE_STEP = (
    ("it.put({0}, 1)", "it.get({0})"),
    ("it.first({0}, 1)", "it.first({0}, 2)"),
    ("it.put({0}, 1)", "it.take({0})"),
    ("it.once_locked({0})", "it.once_locked({0})"),
    ("it.hit_locked({0})", "it.hit_locked({0})"),
)
SEVERAL = (("it.once({0})", "it.once({0})"), ("it.hit({0})", "it.hit({0})"))


class Kind(enum.Enum):
    """As a key."""

    USER = 1


class Pair(NamedTuple):
    """As a key."""

    kind: Kind
    what: object


@dataclass(frozen=True)
class Frozen:
    """As a key."""

    what: object


@dataclass(unsafe_hash=True)
class Loose:
    """A key that may change."""

    what: object = 1


class Own:
    """A key with a hash of the author's."""

    def __hash__(self) -> int:
        return 1


def verdict(folder: Path, calls: tuple[str, ...], key: str, model: str) -> str:
    """Of two threads with a call each."""
    own = program(folder, SOURCE, "It()", *[call.format(key) for call in calls], then=("it.items", "it.hits"))
    result = grade_program(own, model)
    return f"{result.verdict} {result.unsure}".strip()


@pytest.mark.parametrize("calls", ONE_STEP, ids=str)
@pytest.mark.parametrize("key", KEYS)
def test_a_look_for_such_a_key_is_one_step(key: str, calls: tuple[str, ...], tmp_path: Path) -> None:
    """While it is compared nothing is found yet, and a changed dictionary is searched anew."""
    assert verdict(tmp_path, calls, key, GIL) == "none"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("calls", SEVERAL, ids=str)
@pytest.mark.parametrize("key", KEYS)
def test_two_looks_are_two(key: str, calls: tuple[str, ...], model: str, tmp_path: Path) -> None:
    """And what was read before the hash began is older than what is found."""
    assert verdict(tmp_path, calls, key, model) == "found"


def test_a_key_that_may_change_is_looked_at_where_it_is_hashed(tmp_path: Path) -> None:
    """In braces: what was read before is older than what the hash sees. A lock over both is enough."""
    assert verdict(tmp_path, ("it.move()", "it.different()"), "", GIL) != "none"
    assert verdict(tmp_path, ("it.locked('move')", "it.locked('different')"), "", GIL) == "none"


@pytest.mark.parametrize(
    "key",
    [Kind.USER, (Kind.USER, 1), Pair(Kind.USER, "a"), frozenset([Kind.USER]), PurePosixPath("a")],
    ids=repr,
)
def test_what_a_frozen_key_says_of_itself_stays(key: object) -> None:
    """Also if it is made of several. A dataclass counts only in a module that is graded."""
    assert is_unchanging(key)


@pytest.mark.parametrize("key", [Loose(), Frozen(Loose()), Frozen([1]), (Loose(), 1), Pair(Kind.USER, Own()), Own()])
def test_what_another_key_says_may_change(key: object) -> None:
    """Its fields may be set, or its hash may be code of the author's."""
    assert not is_unchanging(key)


@pytest.mark.parametrize(
    ("key", "text"),
    [("Kind.USER", "Kind.USER"), ("('a', 1)", "('a', 1)"), ("date(2026, 1, 2)", "datetime.date(2026, 1, 2)")],
)
def test_a_finding_names_such_a_key_as_its_author_does(key: str, text: str, tmp_path: Path) -> None:
    """And what was there before and after."""
    source = SOURCE.replace("import threading", "import threading\n    from datetime import date")
    result = grade_program(
        program(tmp_path, source, "It()", f"it.once({key})", f"it.take({key})", f"it.put({key}, 2)"), FREE_THREADED
    )
    told = "\n".join(tell(result).table())
    assert f"self.items[{text}]: 1 -> nothing" in told
    assert "enum" not in told
