"""What is said of methods that were never called, or of which no call succeeded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import CANNOT_TELL, NONE
from racelab.grading.classes.stage import Stage

CHOSEN = Choice(
    "t", "", "", "", "", calls=("it.issue(1)", 'it.pay("a")', 'it.pay("b")'), chosen=("new", "calls", "then")
)
DONE = [Stage("pairs", 3, done=3)]


@pytest.mark.parametrize(
    ("changed", "never", "said"),
    [
        ({"left_out": (("put", "no arguments were found"),)}, {}, "Nothing is known of put (never called)."),
        ({}, {'it.pay("a")': "KeyError", 'it.pay("b")': "KeyError"}, "Nothing is known of pay (KeyError)."),
        ({"chosen": ("new", "then")}, {'it.pay("a")': "AttributeError"}, 'it.pay("a") (AttributeError)'),
        ({"chosen": ("calls",), "then": ("it.sate",)}, {"it.sate": "AttributeError"}, "it.sate (AttributeError)"),
    ],
)
def test_what_was_never_called_or_never_succeeded_is_no_pass(
    changed: dict[str, Any], never: dict[str, str], said: str
) -> None:
    """Nothing is known of such a method, and what looks misspelt is told; then there is no pass, and advice."""
    report = Report(replace(CHOSEN, **changed), stages=DONE, never=never)
    assert report.verdict == CANNOT_TELL
    assert said in report.sentence()
    assert report.advice()


@pytest.mark.parametrize(
    ("changed", "never"),
    [
        ({}, {}),
        ({}, {'it.pay("a")': "KeyError"}),
        ({"chosen": ("new",), "left_out": (("put", "it is asynchronous"),)}, {'it.pay("a")': "KeyError"}),
    ],
)
def test_a_method_that_succeeds_once_is_known(changed: dict[str, Any], never: dict[str, str]) -> None:
    """One call that succeeds is enough; and calls that the author gives may fail as they like."""
    report = Report(replace(CHOSEN, **changed), stages=DONE, never=never)
    assert (report.verdict, "Nothing is known" in report.sentence()) == (NONE, False)


def test_a_with_statement_is_several_calls() -> None:
    """What other threads see between the two ends of a block is what it is there for."""
    call = "block = it.track(); block.__enter__(); block.__exit__(None, None, None)"
    choice = replace(CHOSEN, calls=(call, "it.now()"))
    parts = ("block = it.track()", "block.__enter__()", "block.__exit__(None, None, None)")
    assert choice.program(((call,), ("it.now()",))).tasks == (parts, ("it.now()",))
    assert Report(choice, stages=DONE, never={parts[1]: "KeyError"}).unknown() == {"track": "KeyError"}
