"""No trap passes: each is found, or it is said that nothing can be told."""

from __future__ import annotations

import pytest

from racelab.grading.classes.program import MODELS
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program
from tests.grading.classes.sample import Sample, expected, program_of
from tests.grading.classes.traps.table import TRAPS

SECONDS = 20.0
pytestmark = [
    pytest.mark.exhaustive,
    # What an abandoned execution leaves of real coroutines and processes ends when it is collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("sample", TRAPS, ids=str)
def test_no_trap_passes(sample: Sample, model: str) -> None:
    """A trap is found, or cannot be told; where it can be found, it is."""
    result = grade_program(program_of(sample), model, SECONDS)
    assert result.verdict != NONE
    assert result.verdict == FOUND or expected(sample, model) != FOUND, (result.unsure, result.gaps)
