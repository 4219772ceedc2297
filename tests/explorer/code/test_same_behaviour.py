"""Rewritten code does what the author's does, in the same order, as long as nothing is explored."""

from __future__ import annotations

import ast
import sys
import warnings

import pytest

from tests.explorer.code.random_programs import Writer
from tests.explorer.code.shapes import NEWER, SHAPES
from tests.explorer.code.telling import original, rewritten, told

PROGRAMS = 150
"""About one in fifty is no valid program."""
SOURCES = {**SHAPES, **(NEWER if sys.version_info >= (3, 12) else {})}


@pytest.mark.parametrize("claim", SOURCES)
def test_a_shape_behaves_as_it_did(claim: str) -> None:
    """Steps, endings, exceptions with their lines, and globals stay the same."""
    expected = told(SOURCES[claim], original)
    assert told(SOURCES[claim], rewritten) == expected
    assert expected.ending[0] == "answer", "the shape itself fails"


def test_random_programs_behave_as_they_did() -> None:
    """So do random programs of all kinds of statements and expressions."""
    valid = 0
    for seed in range(PROGRAMS):
        source = Writer(seed).program()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            try:
                ast.parse(source)
                expected = told(source, original)
            except SyntaxError:
                continue
            valid += 1
            assert told(source, rewritten) == expected, f"seed {seed}"
    assert valid > PROGRAMS * 0.9


def test_two_runs_of_one_program_tell_the_same() -> None:
    """What is compared is complete: another program tells something else."""
    sources = list(SHAPES.values())
    assert told(sources[0], original) == told(sources[0], original)
    assert told(sources[0], original) != told(sources[1], original)
