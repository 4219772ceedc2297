"""The types of the fixtures, for annotations in tests of your own: `def test_cache(race: Race) -> None`."""

from __future__ import annotations

from racelab.explorer.fixture import Explorer
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import Result
from racelab.grading.classes.testing.race import Race

__all__ = ["Explorer", "Race", "Report", "Result"]
