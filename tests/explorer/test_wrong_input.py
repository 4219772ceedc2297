"""What the public functions refuse before anything is explored: one sentence, and never a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from racelab.explorer import SCENARIOS, Does, Scenario, explore, minimise, parse, replay
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.schedule import BadSchedule
from racelab.explorer.programs.given import BadProgram
from racelab.explorer.search.policies import PCT, DepthFirst, Follow, RandomWalk
from tests.explorer.cells import refusal

INCREMENT = SCENARIOS["lost-increment"]
READ: Any = ["get_stats"]
Wrong = tuple[tuple[Callable[..., object], str], ...]


def not_refused(cases: Wrong, kind: type[Exception] = BadProgram) -> list[tuple[str, str]]:
    """The reasons that a case should have given, and what it said instead."""
    told = [(reason, refusal(case, kind)) for case, reason in cases]
    return [(reason, said) for reason, said in told if reason not in said]


def test_the_functions_refuse_what_the_fixture_refuses() -> None:
    """`explore`, `replay` and `minimise` refuse what is no scenario, manager or witness."""
    wrong: Any = None
    found: Any = explore(INCREMENT, "buggy").witness
    assert not not_refused(
        (
            (lambda: explore(wrong, "fixed"), "None is no scenario. Give a Scenario"),
            (lambda: explore(INCREMENT, "fixd"), "Did you mean fixed?"),
            (lambda: explore(INCREMENT, lambda: None), "takes ()"),  # type: ignore[arg-type, misc]
            (lambda: explore(INCREMENT, "fixed", progress=7), "7 is no function"),  # type: ignore[arg-type]
            (lambda: explore(INCREMENT, "fixed", stop_at_first=1), "stop_at_first=1"),  # type: ignore[arg-type]
            (lambda: explore(INCREMENT, "fixed", seconds=10**400), "is no number"),
            (lambda: explore(replace(INCREMENT, watch=("x",)), "fixed"), "no step invariant 'x'"),
            (lambda: explore(replace(INCREMENT, world="x"), "fixed"), "no world 'x'"),
            (lambda: explore(INCREMENT.without(("A1", "B1")), "fixed"), "does nothing"),
            (lambda: replay(wrong, "fixed", ["A"]), "None is no scenario"),
            (lambda: replay(INCREMENT, "fixed", ["A"], to_the_end=1), "to_the_end=1"),  # type: ignore[arg-type]
            (lambda: minimise(wrong, "buggy", "lost-update", found), "None is no scenario"),
            (lambda: minimise(INCREMENT, "buggy", "lost-update", wrong), "None is no witness"),
            (lambda: minimise(INCREMENT, "buggy", "lost-updat", found), "Did you mean lost-update?"),
        )
    )
    turns: Any
    for turns in ("A1 B1", None, [7], {"A"}):
        assert "is no list of turns" in refusal(partial(replay, INCREMENT, "fixed", turns), BadSchedule), turns
    assert replay(INCREMENT, "buggy", parse("A1 B3 A2")).ending
    assert minimise(INCREMENT, "buggy", "lost-update", found)[1].schedule == "A1 B3 A2"
    assert explore(INCREMENT, "fixed", progress=lambda done: None, stop_at_first=True).verdict == "none"


def test_a_scenario_is_made_of_operations() -> None:
    """A scenario whose tasks are no operations is refused when it is made."""
    does: Any
    for does in (None, ("get_stats",), (("get_stats",),), ((Does("update", ("s1", 1)),),), [[Does("get_stats")]]):  # type: ignore[arg-type]
        assert refusal(partial(Scenario, "", "", "", does), BadProgram), does
    assert not not_refused(
        (
            (lambda: Does.all_of(""), "names no operation"),
            (lambda: Scenario("", "", "", (), holds=7), "is no invariant"),  # type: ignore[arg-type]
            (lambda: INCREMENT.repeated(-1), "times=-1"),
            (lambda: scenario_of(["clock_steps_back soon"]), "by a number of seconds"),
            (lambda: scenario_of(["clock_steps_back nan"]), "by a number of seconds"),
            (lambda: scenario_of(["write_elsewhere s9 key value"]), "No session 's9'"),
        )
    )
    assert scenario_of(["clock_steps_back 60", "write_elsewhere s1 key value"]).operations() == ["A1", "B1"]


def test_a_policy_has_numbers_and_explores_once() -> None:
    """A policy without an execution, or one that has run before, never gives a pass."""
    old = DepthFirst()
    assert explore(INCREMENT, "fixed", old).verdict == "none"
    wrong: Any = "1"
    assert not not_refused(
        (
            (lambda: explore(INCREMENT, "buggy", old), "Make a new one"),
            (lambda: explore(INCREMENT, "buggy", DepthFirst), "is no policy"),  # type: ignore[arg-type]
            (lambda: DepthFirst(reduce=1), "reduce=1"),  # type: ignore[arg-type]
            (lambda: DepthFirst(most=-1), "most=-1"),
            (lambda: RandomWalk(wrong, 1), "seed='1' is no whole number"),
            (lambda: RandomWalk(1, 0), "executions=0"),
            (lambda: PCT(1, wrong), "executions='1'"),
            (lambda: PCT(1, 1, depth=0), "depth=0"),
        )
    )
    told = explore(INCREMENT, "fixed", Follow(["A", "Z"])).unsure
    assert told.startswith("Step 2: there is no task Z, only A and B.")
    assert explore(INCREMENT, "buggy", DepthFirst()).verdict == "found"


def test_the_fixture_refuses_what_has_no_order_or_no_name(explore: Explorer) -> None:
    """A set of tasks or names, and an anomaly or invariant that is none, are refused."""
    wrong: Any = []
    assert not not_refused(
        (
            (lambda: explore({"get_stats"}, "fixed"), "is no program"),  # type: ignore[arg-type]
            (lambda: explore({"get_stats": 1}, "fixed"), "is no program"),  # type: ignore[arg-type]
            (lambda: explore(READ, "fixed", sessions={"s1"}), "Give texts in their order"),  # type: ignore[arg-type]
            (lambda: explore(READ, "fixed", holds=lambda: True), "is called with the manager, and takes ()"),  # type: ignore[arg-type, misc]
            (lambda: explore.must_find(READ, "fixed", wrong), "[] is no anomaly"),
            (lambda: explore.replay(READ, "fixed", "A1", ends_in=wrong), "[] is no anomaly"),
        )
    )
    assert explore(READ, "fixed", holds=lambda manager: True).verdict == "none"


def test_a_generator_of_step_invariants_is_not_used_up() -> None:
    """Names from a generator are checked and kept."""
    names: Any = (name for name in ["counts-differ"])
    assert scenario_of(READ, watch=names).watch == ("counts-differ",)
