"""Classes in unusual styles: no wrong one passes, and no right one is accused."""

from __future__ import annotations

import pytest

from racelab.grading.classes.program import MODELS
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program
from tests.grading.classes.sample import Sample, expected, program_of
from tests.grading.classes.unusual.table import RIGHT, WRONG

SECONDS = 20.0
pytestmark = [
    pytest.mark.exhaustive,
    # What an execution has left of a generator is closed when it is collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("sample", WRONG, ids=str)
def test_no_wrong_class_passes(sample: Sample, model: str) -> None:
    """It is found, or cannot be told; under a model where it is right it is not accused."""
    result = grade_program(program_of(sample), model, SECONDS)
    meant = expected(sample, model)
    assert result.verdict == meant or (meant != NONE and result.verdict == FOUND), (result.unsure, result.gaps)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("sample", RIGHT, ids=str)
def test_no_right_class_is_accused(sample: Sample, model: str) -> None:
    """A right class passes."""
    result = grade_program(program_of(sample), model, SECONDS)
    assert result.verdict == NONE, (result.unsure, result.gaps)
