"""What is not faithful gives no verdict, and a gap gives no pass and leaves a finding."""

from __future__ import annotations

import pytest

from racelab.explorer.kernel.places import Places
from racelab.grading.classes.conclusion import conclude
from racelab.grading.classes.program import Program
from racelab.grading.classes.result import Ending, Result
from racelab.grading.classes.witness import Witness

FOUND = Witness(1, ("A", "B", "A"), "left", Ending(()))


def concluded(witness: Witness | None = None, **why: str) -> Result:
    """The result of a program for which that is known."""
    result, places = Result(Program("", "m", "C()", (("it.f()",),))), Places()
    places.gaps.update([why["gap"]] if "gap" in why else [])
    places.unfaithful.update([why["unfaithful"]] if "unfaithful" in why else [])
    conclude(result, places, witness, why.get("unsure", ""), why.get("unfinished", ""))
    return result


def test_all_schedules_without_a_finding_are_a_pass() -> None:
    """Nothing found and nothing left out is a pass."""
    result = concluded()
    assert (result.verdict, result.unsure) == ("none", "")


@pytest.mark.parametrize("why", ["unfinished", "gap"])
def test_what_was_left_out_is_no_pass(why: str) -> None:
    """A search that was stopped, or a gap, gives no pass, with the reason; a finding stands."""
    result = concluded(None, **{why: "so"})
    assert (result.verdict, result.unsure) == ("cannot tell", "so")
    found = concluded(FOUND, **{why: "so"})
    assert (found.verdict, found.kind, found.schedule, found.unsure) == ("found", "left", "A1 B1 A1", "")


@pytest.mark.parametrize("why", ["unsure", "unfaithful"])
def test_what_is_not_faithful_gives_no_verdict(why: str) -> None:
    """Where what ran is not what would run, a finding does not stand either."""
    for witness in (None, FOUND):
        result = concluded(witness, **{why: "so"})
        assert (result.verdict, result.unsure, result.schedule) == ("cannot tell", "so", "")
