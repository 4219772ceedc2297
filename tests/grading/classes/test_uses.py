"""What becomes of a value, as the source shows it; and answers as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.answer_texts import text_of
from racelab.grading.classes.interleavings import Event, Unit
from racelab.grading.classes.trace import Goal, Line, Touch
from racelab.grading.classes.uses import Spot, goals, uses


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


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("self.log.append(self.x)", {(3, 3, True)}),
        ("y = self.x\n        self.y = (\n            y\n        )", {(3, 3, False), (4, 6, True)}),
        ("if self.x:\n            self.y = 1", {(3, 3, False)}),
    ],
)
def test_the_statements_that_a_value_comes_into_are_known(
    tmp_path: Path, body: str, wanted: set[tuple[int, int, bool]]
) -> None:
    """Of one with a body it is the head; and whether the value is part of what is written there."""
    file = tmp_path / "reached.py"
    text = f"class C:\n    def f(self):\n        {body}\n"
    file.write_text(text, encoding="utf-8")
    column = text.splitlines()[2].index("self.x")
    found = {(one.first, one.last, one.written) for one in goals([Spot(str(file), 3, column, column + len("self.x"))])}
    assert wanted <= found
    assert {one for one in found if one[2]} == {one for one in wanted if one[2]}
    assert {one[1] for one in found} == {one[1] for one in wanted}


def test_a_value_becomes_only_what_is_written_in_its_statements() -> None:
    """Here or in what they call; it also reaches others."""
    made, seen = Goal("c.py", 7, 8, written=True), Goal("c.py", 5, 5)
    read = Touch("A", 0, "read", "o", "'x'", "self.x", Line("c.py", 3, ""), uses=("write",), goals=(made, seen))
    unit = Unit("A", 0)
    event = Event(0, 0, read, unit)
    for line, callers, becomes, reaches in (
        (8, (), True, True),
        (20, (7,), True, True),
        (5, (), False, True),
        (9, (), False, False),
    ):
        lines = tuple(Line("c.py", one, "") for one in callers)
        other = Event(1, 0, Touch("A", 0, "write", "o", "'y'", "self.y", Line("c.py", line, ""), callers=lines), unit)
        assert (event.becomes(other), event.reaches(other)) == (becomes, reaches)
