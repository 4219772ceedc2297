"""The benchmark of known bugs judges its own searches and the peers by the same endings."""

from __future__ import annotations

import json

import pytest

from benchmarks._first_bug import POLICIES, first_bugs, promises
from benchmarks._known import BY_NAME, Known
from benchmarks._known_page import KEPT, document
from benchmarks._programs import allowed, plain, program_of
from benchmarks.sctbench.table import PROGRAMS
from racelab.grading.classes.result import Answer

SECONDS = 20.0
ORDERLY = (
    "CS.bluetooth_driver_bad",
    "CS.reorder_3_bad",
    "CS.stack_bad",
    "chess.WSQ",
    "CB.aget-bug2",
    "CS.deadlock01_bad",
)


@pytest.mark.parametrize("name", ORDERLY)
def test_what_comes_out_in_order_is_allowed_to_a_peer(name: str) -> None:
    """A peer that runs the threads one after another finds nothing."""
    bug = BY_NAME[name]
    may = allowed(promises(program_of(bug), SECONDS))
    for order in (range(len(bug.tasks)), reversed(range(len(bug.tasks)))):
        program = Known(name, may)
        for number in order:
            program.task(number)
        assert program.right(1)
    assert not Known(name, may).right(1)  # no call was made


def test_an_answer_that_a_peer_cannot_tell_is_refused() -> None:
    """Instead of a finding that is none, an answer of another kind is an error."""
    assert [plain(one) for one in (None, Answer("raises", "KeyError"), Answer("ok", ("bool", "True")))] == [
        "-",
        "raises KeyError",
        "True",
    ]
    with pytest.raises(ValueError, match="more simply"):
        plain(Answer("ok", ("list", 1)))


@pytest.mark.parametrize("name", ["CS.deadlock01_bad", "CS.reorder_3_bad", "CS.sync01_bad", "CS.lazy01_bad"])
def test_each_way_to_search_comes_upon_the_bug(name: str) -> None:
    """Every policy runs into it within the study's ten thousand schedules."""
    found = first_bugs(promises(program_of(BY_NAME[name]), SECONDS), SECONDS)
    assert set(found) == set(POLICIES)
    assert all(one.found == one.of for one in found.values())


def test_a_search_that_finds_nothing_says_so() -> None:
    """A right program, here the specification of a wrong one, has no first bug."""
    bug = BY_NAME["CS.account_bad"]
    program = program_of(bug)
    right = type(program)(program.root, program.module, "Account(1, 2, 4)", program.tasks)
    found = first_bugs(promises(right, SECONDS), 0.2)
    assert [str(one) for one in found.values()] == ["-"] * len(POLICIES)


def test_the_page_of_known_bugs_follows_from_its_measurement() -> None:
    """No figure of docs/known-bugs.md is typed by hand, and every program has its row."""
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    assert list(told) == [bug.name for bug in PROGRAMS]
    page = document(told)
    assert KEPT.with_suffix(".md").read_text(encoding="utf-8") == page
    told["CS.stack_bad"]["peers"]["frontrun"] |= {"verdict": "none", "reason": "All was tried.\nTruly."}
    assert "* CS.stack_bad: frontrun: none: All was tried. Truly." in document(told)
