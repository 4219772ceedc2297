"""The loop over several cases of one claim: it hides no failure."""

from __future__ import annotations

import pytest

from tests.subject.cases import Cases


def test_each_failing_case_is_named_and_no_other() -> None:
    """All cases are tried, and the failure names each that failed."""
    tried = []

    def try_four() -> None:
        with Cases() as cases:
            for number in range(3):
                with cases.case("number", number):
                    tried.append(number)
                    assert number == 1
            with cases.case("raises nothing"), pytest.raises(KeyError):
                tried.append(3)

    with pytest.raises(ExceptionGroup, match="3 of 4 cases fail") as found:
        try_four()
    assert tried == [0, 1, 2, 3]
    notes = [note for error in found.value.exceptions for note in error.__notes__]
    assert notes == ["case: number, 0", "case: number, 2", "case: raises nothing"]


def test_a_loop_over_nothing_fails() -> None:
    """A claim of which no case was tried is not said to hold."""
    with pytest.raises(AssertionError, match="no case was tried"), Cases():
        pass


def test_cases_that_hold_raise_nothing() -> None:
    """A loop in which every case holds passes."""
    with Cases() as cases, cases.case("one"):
        pass
