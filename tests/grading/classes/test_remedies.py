"""Where nothing certain can be said: what happened in which line, and what to do about it."""

from __future__ import annotations

import pytest

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.program import GIL
from racelab.grading.classes.remedies import remedies
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import CANNOT_TELL
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.stage import Stage
from tests.grading.classes.sample import Sample, program_of
from tests.grading.classes.traps.table import TRAPS

UNDECIDED = [sample for sample in TRAPS if sample.gil == CANNOT_TELL and sample.make != "Everything()"]
WITHOUT_LINE = ("no call succeeds", "threads at most", "not end within", "when the last reference", "led elsewhere")
pytestmark = [
    # What an abandoned execution leaves of real coroutines ends when it is collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]


@pytest.mark.parametrize("sample", UNDECIDED, ids=str)
def test_each_reason_has_its_line_and_what_to_do(sample: Sample) -> None:
    """Nobody has to search for what stood in the way."""
    result = grade_program(program_of(sample), GIL, 10.0)
    assert result.verdict == CANNOT_TELL
    assert remedies([result.unsure]), result.unsure
    assert "manager" not in result.unsure
    where = any(f"{sample.module}{mark}" in result.unsure for mark in (".py:", " is not modelled", "."))
    assert where or any(words in result.unsure for words in (*WITHOUT_LINE, "(a coroutine)")), result.unsure


def test_each_advice_comes_once() -> None:
    """However many programs meet the same thing."""
    assert len(remedies(["A socket is made, which is not modelled (a.py:1).", "A socket is made (a.py:2)."])) == 1
    assert remedies(["Something that nobody has thought of."]) == []


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("A socket is made, which is not modelled (client.py:12).", "replace the method in a subclass"),
        ("The id of an object that is gone can be that of a new one, which is not explored.", "in place of id()"),
        ("A loop over Rows.each is left before its end: when that is closed is not explored.", "for row in list(rows)"),
        ("It was stopped after 30 s, with 120,000 executions done.", "--seconds"),
        ("os.nice() may keep state for the whole process: it is not explored.", "when the module is imported"),
        ("A program may have 15 threads at most.", "--new 'Pool(2)'"),
    ],
)
def test_the_advice_names_an_option_or_a_change(reason: str, advice: str) -> None:
    """Something that can be done at once; and real threads as the way out."""
    choice = Choice("cache.py:Cache", "/", "cache", "", "Cache()", calls=("it.get()",))
    report = Report(choice, stages=[Stage("pairs", 1, undecided=1)], reasons={reason: f"it.get(): {reason}"})
    assert advice in report.advice()
    assert "--stress" in report.advice()
