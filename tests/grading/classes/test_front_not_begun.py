"""A pass says near its top for which programs there was no time."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import NONE
from racelab.grading.classes.stage import Stage

from .front import COUNTER, chosen, saved


def test_a_pass_says_first_what_was_not_begun(tmp_path: Path) -> None:
    """The sentence names the groups that are done, and those for which there was no time; if there are any."""
    choice = chosen(saved(tmp_path, COUNTER))
    report = Report(choice, stages=[Stage("pairs", 3, done=3)], not_begun=("two by two", "three threads"), limit=5)
    assert report.verdict == NONE
    assert report.sentence().endswith(": pairs 3 of 3. Not begun within 5 s: two by two, three threads.")
    assert "ot begun" not in Report(choice, stages=[Stage("pairs", 3, done=3)]).sentence()


@pytest.mark.parametrize(
    ("done", "pointless", "not_begun", "whole"),
    [(9, 0, (), True), (8, 1, (), True), (8, 0, (), False), (9, 0, ("three threads",), False)],
)
def test_a_pass_of_a_part_is_no_whole_proof(done: int, pointless: int, not_begun: tuple[str, ...], whole: bool) -> None:
    """Where the time cut programs off, the first line says what was found in which time, and of which programs."""
    stages = [Stage("pairs", 3, done=3), Stage("two by two", 9, done=done, pointless=pointless)]
    choice = Choice("sample:Sample", "", "sample", "", "Sample()", calls=("it.a()",))
    report = Report(choice, stages=stages, not_begun=not_begun, limit=5)
    assert (report.verdict, report.whole()) == (NONE, whole)
    begins = "Every interleaving of sample:Sample ends" if whole else "Nothing found in sample:Sample in 5 s. "
    assert report.sentence().startswith(begins)
    assert ("of the programs that were run to the end" in report.sentence()) == (not whole)
