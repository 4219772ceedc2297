"""What becomes of a value, as the source shows it; and answers as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.answer_texts import text_of
from racelab.grading.classes.uses import Spot, uses


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("if self.x: pass", {"test"}),
        ("while not self.x: pass", {"test"}),
        ("y = self.x\n        if y: pass", {"test"}),
        ("y = self.x + 1\n        self.x = y", {"write"}),
        ("self.y.append(self.x)", {"write"}),
        ("self.x.append(1)", set()),
        ("return self.x", {"answer"}),
        ("y = self.x\n        y = 2\n        if y: pass", set()),
        ("for y in self.x: pass", {"iterate"}),
        ("if 1 in self.x: pass", {"test", "member"}),
        ("return sum(y.z for y in self.x)", {"answer", "iterate"}),
    ],
)
def test_what_becomes_of_a_value_is_read_off_the_source(tmp_path: Path, body: str, wanted: set[str]) -> None:
    """A test, a write, an answer, a loop."""
    file = tmp_path / "used.py"
    text = f"class C:\n    def f(self):\n        {body}\n"
    file.write_text(text, encoding="utf-8")
    line, whole = 3, text.splitlines()[2]
    column = whole.index("1 in" if "member" in wanted else "self.x")
    end = whole.index("self.x") + len("self.x")
    assert set(uses([Spot(str(file), line, column, end)])) == wanted


def test_a_returned_value_is_followed_to_the_caller(tmp_path: Path) -> None:
    """A getter's value is tested where it is called."""
    file = tmp_path / "called.py"
    file.write_text("def get(self):\n    return self.x\n\ndef f(self):\n    if self.get(): pass\n", encoding="utf-8")
    assert uses([Spot(str(file), 2, 11, 17), Spot(str(file), 5, 7, 17)]) == ("test",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        ("a", "'a'"),
        (("bool", "True"), "True"),
        (("tuple", 3, 0), "(3, 0)"),
        (("tuple", 3), "(3,)"),
        (("list",), "[]"),
        (("dict", ("k", ("list", 1))), "{'k': [1]}"),
        (("set", 2, frozenset({1, 2})), "{1, 2}"),
        (("set", 0, frozenset()), "set()"),
        (("exception", "KeyError"), "KeyError"),
        (("Session", ("object", 0), ("id", "s"), ("hits", 2)), "Session(id='s', hits=2)"),
    ],
)
def test_answers_read_as_they_are_typed(value: object, text: str) -> None:
    """Not as they are compared."""
    assert text_of(value) == text
