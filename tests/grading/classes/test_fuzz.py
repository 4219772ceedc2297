"""On random programs the search finds what an enumeration of every schedule finds, with stops everywhere."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest

from racelab.explorer.kernel.states import States
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.program import MODELS
from tests.grading.classes.fuzz import compare
from tests.grading.classes.random_programs import write_module

SEEDS = (2, 7, 19, 27, 28, 31, 42)
"""Programs with races; all of them take a second. `python -m tests.grading.classes.fuzz --cases 500` takes more."""


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_by_recognising_states(tmp_path: Path, seed: int) -> None:
    """The search ends as an enumeration does, as often, and with its verdict."""
    case = compare(write_module(seed, tmp_path), MODELS[seed % 2])
    assert case.wrong == ""
    assert case.schedules


def test_a_state_that_forgets_contents_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes different states for one does not pass the comparison."""

    def state(run: Execution, states: States | None = None) -> Hashable:
        return len(run.turns), tuple([(one.name, one.current, one.pending is None) for one in run.threads])

    monkeypatch.setattr(Execution, "state", state)
    wrong = [compare(write_module(seed, tmp_path), MODELS[seed % 2]).wrong for seed in SEEDS]
    assert any("counts" in one for one in wrong)
