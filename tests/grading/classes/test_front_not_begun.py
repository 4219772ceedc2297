"""A pass says near its top for which programs there was no time."""

from __future__ import annotations

from pathlib import Path

from racelab.grading.classes.report import Report, Stage
from racelab.grading.classes.result import NONE

from .front import COUNTER, chosen, saved


def test_a_pass_says_first_what_was_not_begun(tmp_path: Path) -> None:
    """The sentence names the groups that are done, and those for which there was no time; if there are any."""
    choice = chosen(saved(tmp_path, COUNTER))
    report = Report(choice, stages=[Stage("pairs", 3, done=3)], not_begun=("two by two", "three threads"), limit=5)
    assert report.verdict == NONE
    assert report.sentence().endswith(": pairs 3 of 3. Not begun within 5 s: two by two, three threads.")
    assert "ot begun" not in Report(choice, stages=[Stage("pairs", 3, done=3)]).sentence()
