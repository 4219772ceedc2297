"""Exploring a program begins anew for new racy places, keeps to its limits, and lets any policy lead."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.search.policies import PCT, Follow, Policy, RandomWalk
from racelab.grading.classes import exploring
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.program import Program
from racelab.grading.classes.result import Ending
from racelab.grading.classes.search import grade_program

from .graded import COUNTER, program


@pytest.fixture
def racy(tmp_path: Path) -> Program:
    """Two threads that add to a counter without a lock."""
    return program(tmp_path, COUNTER, "Counter()", "it.add()", "it.add()", then=("it.n",))


def ended(bench: Bench, policy: Policy) -> list[tuple[str, Ending]]:
    """The schedule and the ending of each execution that the policy leads."""
    found = []
    while policy.begin():
        with Execution(bench) as run:
            policy.lead(run)
            while ready := run.ready():
                run.step(policy.choose(run, ready))
            found.append((run.schedule(), run.ending()))
            policy.end(run, None)
    return found


def counts(found: list[tuple[str, Ending]]) -> set[object]:
    """What was counted."""
    return {ending.then[0].value for _, ending in found}


def test_it_begins_anew_for_each_racy_place(racy: Program) -> None:
    """A program with a race takes a restart, and one that only looks takes none."""
    assert grade_program(racy).restarts > 0
    alone = Program(racy.root, racy.module, racy.make, (("it.n",), ("it.n",)), racy.then)
    assert grade_program(alone).restarts == 0


@pytest.mark.parametrize("policy", [RandomWalk(1, 40), PCT(1, 40, depth=2)])
def test_any_policy_leads_a_program(racy: Program, policy: Policy) -> None:
    """Random policies find both counts of two threads, once the racy places are known."""
    bench = Bench.of(racy, "gil")
    ended(bench, RandomWalk(2, 1))
    assert bench.places.racy
    found = ended(bench, policy)
    assert counts(found) == {1, 2}
    schedule, ending = next(one for one in found if one[1].then[0].value == 1)
    assert ended(bench, Follow(parse(schedule))) == [(schedule, ending)]


def test_a_prefix_that_leads_elsewhere_is_noticed(racy: Program) -> None:
    """Steps that cannot be taken again end the exploration."""
    with Execution(Bench.of(racy, "gil")) as run, pytest.raises(CannotDecide, match="led elsewhere"):
        run.retrace(["A", "C"])


def test_an_execution_that_does_not_end_is_no_pass(tmp_path: Path) -> None:
    """A thread that asks again and again for what never comes gets no verdict."""
    source = """
        import threading

        class Flag:
            def __init__(self):
                self.lock, self.flag = threading.Lock(), False

            def wait(self):
                while True:
                    with self.lock:
                        if self.flag:
                            return

            def set(self):
                with self.lock:
                    self.flag = True
    """
    result = grade_program(program(tmp_path, source, "Flag()", "it.wait()", "it.set()"))
    assert result.verdict == "cannot tell"
    assert "does not end" in result.unsure


def test_memory_is_bounded(racy: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search with too many states stops and says so."""
    monkeypatch.setattr(exploring, "MOST_STATES", 1)
    monkeypatch.setattr(exploring, "LOOK_EVERY", 1)
    result = grade_program(racy)
    assert result.verdict == "cannot tell"
    assert "because of the memory" in result.unsure


def test_progress_is_told(racy: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of executions is told now and then."""
    monkeypatch.setattr(exploring, "TELL_EVERY", 0)
    told: list[int] = []
    result = grade_program(racy, progress=told.append)
    assert told == sorted(told)
    assert told
    assert told[-1] <= result.executions


def test_garbage_is_left_alone_and_then_looked_for_as_before() -> None:
    """Python collects nothing by itself during an exploration, and afterwards as it did."""
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    with without_collecting():
        assert not gc.isenabled()
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
