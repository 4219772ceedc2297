"""The shared data of a finding, frame by frame: each place once, with what is there at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.frames import FramesJson
from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import FOUND
from racelab.grading.classes.running import telling, worker
from racelab.grading.classes.running.telling import told
from racelab.grading.classes.search import grade_program

INIT = "    def __init__(self):\n        "
HEAD = f"class Node:\n{INIT}self.n = 0\n\nclass Kept:\n{INIT}self.x = {{}}\n"
ADD = "    def add(self):\n        "
SET = "self.x.setdefault('b', set()).add(1)\n"
DROP = "    def drop(self):\n        self.x['b'].discard(2)\n        if not self.x['b']:\n            del self.x['b']\n"
ITEM = "        if 'b' not in self.x:\n            self.x['b'] = {made}\n        {change}\n"


def frames(
    folder: Path, body: str, other: str = "it.add()", then: str = "it.x.get('b')", head: str = HEAD
) -> FramesJson:
    """Those of what two calls end in."""
    (folder / "kept.py").write_text(head + ADD + body.lstrip(), encoding="utf-8")
    result = grade_program(Program(str(folder), "kept", "Kept()", (("it.add()",), (other,)), (then,)))
    story = told(result, 120)
    assert story is not None
    assert story.frames is not None
    return story.frames


def values(told: FramesJson, name: str) -> list[str]:
    """What is at a place after each line."""
    return [one["value"] for frame in told["frames"] for one in frame["shared"] if one["name"] == name]


def test_a_set_that_was_taken_out_is_not_the_place_any_more(tmp_path: Path) -> None:
    """The place is listed once; what A adds to the set that B has taken out is shown as the old one's."""
    found = frames(tmp_path, SET + DROP, "it.drop()")
    first, last = found["frames"][0]["shared"], found["frames"][-1]["shared"]
    assert [(one["name"], one["value"], one["shown"]) for one in first] == [
        ("self.x['b']", "nothing", True),
        ("the old self.x['b']", "set()", False),
    ]
    assert [(one["value"], one["shown"]) for one in last] == [("nothing", True), ("{1}", True)]
    assert "the old self.x['b']: set() -> {1}" in found["frames"][-2]["words"]


@pytest.mark.parametrize(
    ("made", "change", "then"),
    [
        ("set()", "self.x['b'].add(len(self.x['b']))", "it.x['b']"),
        ("[]", "self.x['b'].append(len(self.x['b']))", "it.x['b']"),
        ("{}", "self.x['b']['n'] = self.x['b'].get('n', 0) + 1", "it.x['b']"),
        ("Node()", "self.x['b'].n += 1", "f\"Node(n={it.x['b'].n})\""),
    ],
)
def test_a_place_has_what_was_put_into_its_object(tmp_path: Path, made: str, change: str, then: str) -> None:
    """Also if that was done by a line that touches only the object: each moment has the value of that moment."""
    found = frames(tmp_path, ITEM.format(made=made, change=change), then=then)
    assert values(found, "self.x['b']")[0] == "nothing"
    (observed,) = found["frames"][-1]["words"]
    assert values(found, "self.x['b']")[-1] == observed.partition("→ ")[2].strip("'")
    for frame in found["frames"]:
        names = [one["name"] for one in frame["shared"]]
        assert len(names) == len(set(names))
        assert not [name for name in names if name.startswith("the old")]


@pytest.mark.parametrize("gate", ["Semaphore(2)", "BoundedSemaphore(2)"])
def test_a_semaphore_is_no_place_of_shared_data(tmp_path: Path, gate: str) -> None:
    """It has no value to show: a finding under one that lets two in is shown all the same."""
    head = f"import threading\n\nclass Kept:\n{INIT}self.x, self.gate = 0, threading.{gate}\n\n"
    work = "with self.gate:\n            self.x = max(self.x, 0) + 1\n"
    found = frames(tmp_path, work, then="it.x", head=head)
    assert {one["name"] for frame in found["frames"] for one in frame["shared"]} == {"self.x"}


MOVED = "n = self.x['b']\n        max(n.n, 0)\n        there = 'b' in self.x\n        n.n += 1\n        return there\n"


@pytest.mark.parametrize(
    ("goes", "called"),
    [("self.x['c'] = node", "self.x['c'].n"), ("return", "the old self.x['b'].n")],
)
def test_an_object_that_has_moved_is_called_by_where_it_is(tmp_path: Path, goes: str, called: str) -> None:
    """It is none of the past; one that no way leads to any more is."""
    head = f"{HEAD}        self.x['b'] = Node()\n\n    def go(self):\n        node = self.x.pop('b')\n"
    head += f"        node.n += 5\n        {goes}\n\n"
    found = frames(tmp_path, MOVED, "it.go()", "len(it.x)", head)
    assert f"{called}: 5 -> 6" in [word for frame in found["frames"] for word in frame["words"]]
    assert values(found, called)[-1] == "6"
    shown = [one["shown"] for frame in found["frames"] for one in frame["shared"] if one["name"] == called]
    assert (shown[0], shown[-1]) == (False, True)


def test_a_fault_in_telling_takes_no_finding_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict stands, with what it is and what failed; without the fault it has its name and its steps."""
    (tmp_path / "kept.py").write_text(HEAD + ADD + SET + DROP, encoding="utf-8")
    program = Program(str(tmp_path), "kept", "Kept()", (("it.add()",), ("it.drop()",)), ("it.x.get('b')",))
    whole = worker.grade(print, program, GIL, 30.0, 120)
    assert whole.story is not None
    assert (whole.result.verdict, bool(whole.result.name), bool(whole.story.table)) == (FOUND, True, True)
    monkeypatch.setattr(telling, "Frames", {}.__getitem__)
    graded = worker.grade(print, program, GIL, 30.0, 120)
    assert graded.story is not None
    assert (graded.result.verdict, graded.result.name, graded.story.table) == (FOUND, "", ())
    assert "a fault of the lab (TypeError: " in graded.story.paragraph
