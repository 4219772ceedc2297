"""A copy that is advised has what the loop goes over: values, pairs or keys, in the author's own words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from racelab.explorer.code.sites import SEVERAL_LINES
from racelab.grading.classes import names
from racelab.grading.classes.loops import gone_over
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell
from racelab.grading.classes.uses import Spot

from .graded import program

FORMS = [
    ("self.d", "self.d"),
    ("self.d.values()", "self.d.values()"),
    ("self.d.items()", "self.d.items()"),
    ("self.d.keys()", "self.d.keys()"),
    ("enumerate(self.d.values())", "self.d.values()"),
    ("zip(range(9), self.d.items())", "self.d.items()"),
    ("zip(self.e, self.d)", "self.d"),
    ("map(self.f, self.d.values())", "self.d.values()"),
    ("list(filter(self.d_is, self.d))", "self.d"),
    ("reversed(self.o.d)", "self.o.d"),
    ("itertools.chain(self.e.values(), *self.d.values())", "self.d.values()"),
    ("max(self.d.values(), key=self.f)", "self.d.values()"),
    ("self.t['a'].values()", "self.t['a'].values()"),
    ("boxes.values()", "boxes.values()"),
    ("(d := self.o.d).items()", "(d := self.o.d).items()"),
    ("map(change, boxes)", "boxes"),
    ("zip(self.d, self.d.values())", ""),
    ("len(self.d)", ""),
    ("self.d.get('a', ())", ""),
    ("range(9)", ""),
]


@pytest.mark.parametrize(("written", "over"), FORMS)
def test_what_is_gone_over_is_found_in_what_passes_it_on(written: str, over: str, tmp_path: Path) -> None:
    """Of several, the one with the right name; of two that could be meant, none."""
    file = tmp_path / "looped.py"
    file.write_text(f"for x in {written}: pass\n", encoding="utf-8")
    assert gone_over(Spot(str(file), 1, 9, 9 + len(written)), "self.d") == over


def test_what_is_gone_over_may_be_written_in_several_lines(tmp_path: Path) -> None:
    """Then it is known where it begins, and not where it ends."""
    file = tmp_path / "looped.py"
    file.write_text("for x in (\n    self.d\n    .values()\n): pass\n", encoding="utf-8")
    assert gone_over(Spot(str(file), 2, 4, SEVERAL_LINES), "self.d") == "self.d.values()"
    file = tmp_path / "in_a_call.py"
    file.write_text("for x in zip(self.d, (\n    self.d\n    .values()\n)): pass\n", encoding="utf-8")
    assert gone_over(Spot(str(file), 2, 4, SEVERAL_LINES), "self.d") == "self.d.values()"


SOURCE = """
class Room:
    def __init__(self):
        self.boxes = {{"ann": [], "bob": []}}

    def enter(self, name):
        self.boxes[name] = []

    def say(self, text):
        {}
        return 1

    def put(self, box):
        box.append(1)
"""
BODIES = [
    ("for box in {}:\n            self.put(box)", "self.boxes.values()"),
    ("[self.put(box) for name, box in {}]", "self.boxes.items()"),
    ("sum(self.put(box) or 1 for box in {})", "self.boxes.values()"),
    ("list(map(self.put, {}))", "self.boxes.values()"),
]


@pytest.mark.parametrize(("body", "over"), BODIES)
def test_the_advice_can_be_obeyed(body: str, over: str, tmp_path: Path) -> None:
    """It names what is gone over; with that in its place, the finding is gone and nothing else breaks."""
    advised = f"list({over})"
    found = grade_program(program(tmp_path, SOURCE.format(body.format(over)), "Room()", "it.say('a')", "it.enter('c')"))
    told = tell(found)
    assert told.name == names.ITERATION
    assert f"such as {advised}, or hold" in told.paragraph()
    ast.parse(advised)
    right = program(tmp_path, SOURCE.format(body.format(advised)), "Room()", "it.say('a')", "it.enter('c')")
    assert found.verdict == FOUND
    assert grade_program(right).verdict == NONE


def test_no_copy_is_advised_where_it_is_not_known_of_what(tmp_path: Path) -> None:
    """A copy of a dictionary has its keys, and the loop may want its pairs."""
    body = "for name, box in self.boxes.items() if text else ():\n            self.put(box)"
    told = tell(grade_program(program(tmp_path, SOURCE.format(body), "Room()", "it.say('a')", "it.enter('c')")))
    assert told.name == names.ITERATION
    assert "a copy that is made under a lock or hold one lock over" in told.paragraph()
