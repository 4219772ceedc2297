"""The benchmark of the explorers: the same classes for all, by the same endings, and a page that follows from it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from benchmarks._explorer_page import KEPT, document
from benchmarks._first_bug import promises
from benchmarks._known import BY_NAME, Known
from benchmarks._plain import POLICIES, Verdict, plain_targets, turn
from benchmarks._programs import allowed, program_of
from benchmarks._rates import Rate, ratios
from benchmarks.plain.table import CLASSES, Plain
from racelab.grading.classes.program import MODELS
from racelab.grading.classes.search import grade_program

SECONDS = 20.0


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_each_plain_class_gets_its_verdict_in_both_models(one: Plain) -> None:
    """Half of them are right, and the others have the fault that the table says."""
    for model in MODELS:
        result = grade_program(program_of(one), model, SECONDS)
        assert (result.verdict, result.name) == (("found", one.fault) if one.fault else ("none", ""))


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_a_turn_judges_as_the_grade_does(one: Plain) -> None:
    """Whole executions end badly in a turn if, and only if, the class is wrong."""
    known = promises(program_of(one), SECONDS)
    for kind in POLICIES:
        executions, wrong, seconds = turn(known, kind, 1, 0.2, time.perf_counter)
        assert executions > 0
        assert seconds >= 0.2
        assert (wrong > 0) == bool(one.fault)


def test_a_peer_is_told_what_may_come_out_of_a_plain_class() -> None:
    """One thread after another is right, and no call at all is not."""
    one = BY_NAME["bank"]
    may = allowed(promises(program_of(one), SECONDS))
    program = Known(one.name, may)
    assert not program.right(1)
    program.task(0)
    program.task(1)
    assert program.right(1)


def test_what_a_peer_ends_a_thread_with_is_no_answer() -> None:
    """Its own exceptions pass through the calls, or it would wait for a thread that does not end."""
    ending = type("Ended", (Exception,), {"__module__": "frontrun._deadlock"})
    program = Known("bank", ())

    def total() -> int:
        raise ending

    program.it.total = total
    with pytest.raises(ending):
        program.task(1)
    assert program.answers[1] == ["-"]


def _rates() -> tuple[list[Rate], list[Rate]]:
    ours = [Rate("ours", "dfs", "bank", "all schedules", [100.0, 90.0, 80.0])]
    return ours, [Rate("frontrun", "dpor", "bank", "all schedules", [10.0, 10.0, 5.0])]


def test_a_goal_is_missed_by_the_slowest_class() -> None:
    """The least ratio over the classes counts, and a wrong name is a target of its own."""
    ours, theirs = _rates()
    ours.append(Rate("ours", "dfs", "counter", "all schedules", [100.0]))
    theirs.append(Rate("frontrun", "dpor", "counter", "all schedules", [50.0]))
    said = [Verdict("counter", "ours, gil", "found", "stale read", 5, 0.6)]
    missed = {target.name: target.measured for target in plain_targets(ours, theirs, said) if not target.reached}
    assert list(missed.values()) == [2.0, 0.6, 1]


def test_the_ratio_is_that_of_one_round() -> None:
    """What else the machine did in a round hits both."""
    ours, theirs = _rates()
    assert ratios(ours[0], theirs[0]) == [10.0, 9.0, 16.0]


def test_the_page_of_speed_says_what_is_not_reached() -> None:
    """No goal is left out, and the ratios stand beside the rates."""
    ours, theirs = _rates()
    environment = {"python": "3.12.1", "cores": 2, "load_before": 0.1, "rounds": 3, "seconds": 1.0, "clock": "wall"}
    told: dict[str, Any] = {
        "environment": {**environment, "peers": "frontrun 0.7.0"},
        "rates": [rate.as_json() for rate in (*ours, *theirs)],
        "ratios": {theirs[0].name: ratios(ours[0], theirs[0])},
        "targets": [target.as_json() for target in plain_targets(ours, theirs, [_slow()])],
        "verdicts": [_slow().as_json()],
        "patience": 5.0,
    }
    page = document(json.loads(json.dumps({"plain": told})))
    assert "| bank | frontrun dpor | 10 | **10.0** | 9.0 to 16.0 | 0 % |" in page
    assert "* **Not reached**: verdict on a plain class, the slowest (bank, gil), 0.9 (at most 0.5)." in page
    assert "* Reached: executions/s: ours / frontrun dpor, all schedules, the least (bank), 10 (at least 10)." in page


def _slow() -> Verdict:
    return Verdict("bank", "ours, gil", "found", "torn read", 44, 0.9)


def test_the_page_of_speed_follows_from_its_measurement() -> None:
    """No figure of docs/explorer-speed.md is typed by hand."""
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    assert KEPT.with_suffix(".md").read_text(encoding="utf-8") == document(told)
