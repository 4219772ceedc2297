"""Answers read as Python shows them, and an exception with what it says, where, and what was expected instead."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from racelab.explorer.traces.values import show
from racelab.grading.classes.answer_texts import text_of
from racelab.grading.classes.answers import comparable, renumbered
from racelab.grading.classes.finding_lines import answer_lines
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.program import Program
from racelab.grading.classes.raised import LONGEST, said_by, where
from racelab.grading.classes.result import FOUND, NONE, Answer, Ending
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

from .graded import program


@dataclass
class Point:
    x: int
    y: list[Any] = field(default_factory=list)


class Colour(Enum):
    RED = 1


class Objects:
    """Names them."""

    def thing(self, value: object, _: object) -> SimpleNamespace:
        return SimpleNamespace(name=f"object {id(value)}")


PYTHONIC = [
    *([], {}, set(), (), frozenset(), (1,), [()], [[], {}], {"a": []}, {("a", 1): {"b": ()}}, [("a", 1)]),
    *({1}, frozenset({1}), Point(1), Point(1, [Point(2)]), {"k": True}, [None, 1.5, "it's", b"x"]),
    *({}.keys(), {"a": 1}.values(), {"a": 1}.items(), MappingProxyType({"a": []}), bytearray(b"x"), range(3)),
    *(collections.deque(), collections.deque([[]]), collections.Counter("aab")),
    *(collections.defaultdict(list, {"a": []}), collections.defaultdict(None), int, len),
]


@pytest.mark.parametrize("value", PYTHONIC, ids=repr)
def test_an_answer_reads_as_python_shows_it(value: Any) -> None:
    """Whatever it is made of, and however it is nested; in whatever report shows it."""
    told = renumbered(comparable(value, Objects()), {})
    assert text_of(told) == repr(value)
    assert str(Answer("ok", told)) == repr(value)


@pytest.mark.parametrize(
    "value", [[], {}, set(), (), frozenset(), (1,), frozenset({1}), [[], {}], {"a": {1}}], ids=repr
)
def test_a_shared_value_reads_as_python_shows_it(value: Any) -> None:
    """In a table as in an answer."""
    assert show(value) == repr(value)


def test_what_has_no_such_text_is_told_by_its_class() -> None:
    """Nothing of the form in which answers are compared is left."""
    odd = (Colour.RED, Colour, object(), ValueError("x"), Objects().thing)
    assert [text_of(renumbered(comparable(one, Objects()), {})) for one in odd[:4]] == [
        "Colour.RED",
        "<class 'Colour'>",
        "object()",
        "ValueError",
    ]
    assert text_of(("frozenset", 0, frozenset())) == "frozenset()"


class Rude(Exception):
    """Has code of its own, which must not run."""

    def __str__(self) -> str:
        raise AssertionError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(), ""),
        (ValueError("no\n  query"), "no query"),
        (KeyError("a"), "'a'"),
        (Rude("plain", 1), "plain"),
        (ValueError(Rude()), ""),
        (OSError(2, "No such file"), "No such file"),
        (ValueError("x" * 999), "x" * (LONGEST - 1) + "…"),
        (None, ""),
    ],
    ids=repr,
)
def test_what_an_exception_says_is_one_line(error: BaseException | None, said: str) -> None:
    """As Python shows it, and without the author's own code."""
    assert said_by(error) == said
    assert where(error) == ""


ROOM = """
class Room:
    def __init__(self):
        self.boxes = {"ann": []}

    def say(self, text):
        told = 0
        for box in list(self.boxes.values()):
            put(box, text)
            told += 1
        return told

    def heard(self):
        return list(self.boxes["ann"])


def put(box, text):
    box.append(text)


class Wrong(Room):
    def say(self, text):
        for box in list(self.boxes):
            put(box, text)
"""


def specified(folder: Path, make: str, *tasks: str) -> Program:
    """A program over a class that is held to `Room`."""
    made = program(folder, ROOM, make, *tasks, then=("it.heard()",))
    return Program(made.root, made.module, make, made.tasks, made.then, spec=f"{made.module}:Room")


def test_an_exception_says_what_where_and_what_was_expected(tmp_path: Path) -> None:
    """Of one thread that never stops, too; and of what is left."""
    result = grade_program(specified(tmp_path, "Wrong()", "it.say('a'); it.heard()"))
    assert result.verdict == FOUND
    assert result.expected is not None
    assert result.ending is not None
    said = "it.say('a') raises AttributeError: 'str' object has no attribute 'append' ("
    told = tell(result)
    assert said in told.paragraph()
    lines = answer_lines(result.program, result.ending, result.expected)
    assert lines[0].startswith(said)
    assert lines[0].endswith(".py:18), expected 1")
    assert lines[1:] == ["it.heard() -> [], expected ['a']", "Afterwards: it.heard() -> [], expected ['a']"]
    assert ".py:18), expected 1" in " ".join(" ".join(told.table()).split())
    assert grade_program(specified(tmp_path, "Room()", "it.say('a'); it.heard()")).verdict == NONE


def test_what_is_right_is_not_told_as_unexpected(tmp_path: Path) -> None:
    """Only the call that differs has another answer; without a specification, none has."""
    result = grade_program(specified(tmp_path, "Wrong()", "it.heard(); it.say('a')", "it.heard()"))
    told = " ".join(" ".join(tell(result).table()).split())
    assert "it.heard() -> []" in told
    assert "it.heard() -> [], expected []" not in told
    plain = Program(*(getattr(result.program, name) for name in ("root", "module", "make", "tasks", "then")))
    assert grade_program(plain).expected is None


def test_only_what_comes_out_in_one_way_is_expected() -> None:
    """Calls that overlap may come in either order; one that has ended before the other begins comes first."""
    judge = Judge(Program("", "m", "M()", (("it.a()",), ("it.b()",))))
    first, second = (Ending(((Answer("ok", a),), (Answer("ok", 3 - a),))) for a in (1, 2))
    judge.add(first, (((0, 0),), ((1, 0),)))
    judge.add(second, (((0, 1),), ((0, 0),)))
    assert judge.expected((((0, 0),), ((0, 0),))) is None
    assert judge.expected((((0, 0),), ((1, 0),))) == first


def test_a_call_that_has_not_ended_says_so() -> None:
    """And what it should have answered is no part of that."""
    ending = Ending(((None,), (Answer("raises", "KeyError", "'a'", "c.py:3"),)))
    lines = answer_lines(Program("", "m", "M()", (("it.a()",), ("it.b()",))), ending)
    assert lines == ["A: it.a() has not ended", "B: it.b() raises KeyError: 'a' (c.py:3)"]
