"""Rewritten code does what the author's does, in the same order, as long as nothing is explored."""

from __future__ import annotations

import sys
import warnings

import pytest

from tests.explorer.code.random_programs import Writer
from tests.explorer.code.shapes import NEWER, SHAPES
from tests.explorer.code.telling import original, rewritten, told

FEW, MANY = 20, 120
"""Random programs. About one in fifty is none that Python accepts."""
SOURCES = {**SHAPES, **(NEWER if sys.version_info >= (3, 12) else {})}


@pytest.mark.parametrize("claim", SOURCES)
def test_a_shape_behaves_as_it_did(claim: str) -> None:
    """Steps, endings, exceptions with their lines, and globals stay the same."""
    expected = told(SOURCES[claim], original)
    assert told(SOURCES[claim], rewritten) == expected
    assert expected.ending[0] == "answer", "the shape itself fails"


def agreeing(seeds: range) -> int:
    """How many of these random programs are valid; each of them has to do the same."""
    valid = 0
    for seed in seeds:
        source = Writer(seed).program()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            try:
                compile(source, "program.py", "exec", dont_inherit=True)
            except SyntaxError:
                continue
            valid += 1
            assert told(source, rewritten) == told(source, original), f"seed {seed}"
    return valid


def test_random_programs_behave_as_they_did() -> None:
    """So do random programs of all kinds of statements and expressions."""
    assert agreeing(range(FEW)) > FEW * 0.9


@pytest.mark.exhaustive
def test_many_random_programs_behave_as_they_did() -> None:
    """So do many of them."""
    assert agreeing(range(FEW, MANY)) > (MANY - FEW) * 0.9


def test_two_runs_of_one_program_tell_the_same() -> None:
    """What is compared is complete: another program tells something else."""
    sources = list(SHAPES.values())
    assert told(sources[0], original) == told(sources[0], original)
    assert told(sources[0], original) != told(sources[1], original)
