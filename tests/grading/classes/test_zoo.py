"""Every class of the zoo gets its verdict, and a wrong one the name that the field has for its fault."""

from __future__ import annotations

import pytest

from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.result import FOUND
from racelab.grading.classes.search import grade_program
from tests.grading.classes.sample import Sample, expected, program_of
from tests.grading.classes.zoo.table import RIGHT, WRONG

SECONDS = 20.0


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize("sample", [*RIGHT, *WRONG], ids=str)
def test_a_class_gets_its_verdict(sample: Sample, model: str) -> None:
    """Right classes pass; wrong ones are found, some only when free-threaded."""
    result = grade_program(program_of(sample), model, SECONDS)
    assert result.verdict == expected(sample, model), (result.unsure, result.gaps, result.schedule)


@pytest.mark.parametrize("sample", WRONG, ids=str)
def test_a_fault_gets_the_name_that_the_field_has_for_it(sample: Sample) -> None:
    """What is wrong with a class is said in the field's words."""
    result = grade_program(program_of(sample), FREE_THREADED, SECONDS)
    assert result.verdict == FOUND
    assert result.name in sample.names
