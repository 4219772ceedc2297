"""On random programs the search finds what an enumeration of every schedule finds, with stops everywhere."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest

from racelab.explorer.kernel.states import States
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.program import MODELS, Program
from tests.grading.classes.fuzz import Everywhere, fuzzed
from tests.grading.classes.random_programs import LARGEST, module_text, write_module
from tests.grading.classes.random_statements import PLAIN, RACY, WAITS

SEEDS = range(12)
"""The first ones. `python -m tests.grading.classes.fuzz --cases 500` takes more."""


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_by_recognising_states(tmp_path: Path, seed: int) -> None:
    """The search ends as an enumeration does, as often, and with its verdict."""
    case = fuzzed(tmp_path, seed)
    assert case.wrong == ""
    assert case.schedules


def test_a_state_that_forgets_contents_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes different states for one does not pass the comparison."""

    def state(run: Execution, states: States | None = None) -> Hashable:
        return len(run.turns), tuple([(one.name, one.current, one.pending is None) for one in run.threads])

    monkeypatch.setattr(Execution, "state", state)
    assert any("counts" in fuzzed(tmp_path, seed).wrong for seed in SEEDS)


def test_programs_are_small_by_their_text(tmp_path: Path) -> None:
    """A program is chosen by its estimate, and the same seed gives the same."""
    for seed in range(40):
        made, again = (write_module(seed, tmp_path, MODELS[0]) for _ in range(2))
        assert made == again
        assert 1 < made.estimate <= LARGEST


def test_no_statement_takes_more_steps_than_it_says(tmp_path: Path) -> None:
    """What a statement's size is estimated to be is what one thread takes."""
    for number, (text, *said) in enumerate((*RACY, *PLAIN, *WAITS)):
        body = text.replace("{k}", "1").replace("{key}", "y" if "not in" in text else "x")
        module = f"statement_{number}"
        (tmp_path / f"{module}.py").write_text(module_text({"one": body, "grow": "self.a += 1"}), encoding="utf-8")
        for model, most in zip(MODELS, said, strict=True):
            bench = Bench.of(Program(str(tmp_path), module, "Subject()", (("it.one()",),)), model)
            bench.places.racy = Everywhere()
            with Execution(bench):
                """The first one imports."""
            with Execution(bench) as run:
                while ready := run.ready():
                    run.step(ready[0])
                assert len(run.turns) <= 1 + int(most), text
