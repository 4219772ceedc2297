"""What a run of a survey could have found, made up."""

from __future__ import annotations

from collections.abc import Mapping

from racelab.bugs import Verdict
from racelab.grading.check import COLUMNS, Column
from racelab.grading.survey.json_types import ConditionsJson, EnvironmentJson, RowJson
from racelab.grading.survey.results import row_of
from racelab.grading.survey.rows import rows

ENVIRONMENT: EnvironmentJson = {"python": "3.11.7", "system": "Linux", "cores": 2, "redis": "7.0.15", "node": ""}
CONDITIONS: ConditionsJson = {"clients": 8, "seconds": 8.0, "hold": 5, "runs": 2, "rows_lifetime": 2}


def column(key: str, wrong: int = 0, tested: int = 300, verdict: Verdict | None = None) -> Column:
    """A column: wrong if any is wrong, right otherwise, or the given verdict."""
    (known,) = [each for each in COLUMNS if each == key]
    found = verdict or (Verdict.DISAGREE if wrong else Verdict.AGREE)
    return Column(known, found, tested, wrong, sentence=f"{wrong} of {tested}.")


def run(**wrong: int) -> dict[str, Column]:
    """A run in which so many were wrong in each named column, and none in the others."""
    return {key: column(key, wrong.get(key, 0)) for key in COLUMNS}


def row(name: str, *runs: Mapping[str, Column]) -> RowJson:
    """A row made of such runs."""
    return row_of(rows()[name], runs or [run(), run()], {"flask": "3.1.3"}, ENVIRONMENT, CONDITIONS)
