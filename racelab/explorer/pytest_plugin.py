"""The explorer in tests of your own: `pytest_plugins = ["racelab.explorer.pytest_plugin"]` gives the fixture `explore`.

    def mine(database, runtime):
        return MyManager(database, runtime)

    def test_no_increment_is_lost(explore):
        explore.must_survive(["increment_access s1", "increment_access s1"], mine)

The manager has the methods of `session_manager.model.Manager` that the program calls, beside `create_session`, `census`
and `counts`, and takes every lock, nap, clock reading and thread from the runtime that it is given.

Taken for granted is that it changes a guarded value only while it holds that value's lock alone: what it writes under a
read lock, after the release, or beside all guarded values, no exploration sees (docs/TECHNICAL.md, "Limits").

A manager of your own is explored in full. With `reduce=True` states that were reached before are recognised, which is
much quicker, and sound only if everything that its threads share lies behind locks of the runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from racelab.catalogue.variants import Variant, subject_of

from . import by_name
from .kernel.schedule import parse
from .programs.invariants import STEP_INVARIANTS
from .programs.scenario import Does, Scenario
from .programs.scenarios import SCENARIOS
from .search.findings import NONE, Findings, Witness
from .search.policies import DepthFirst, Policy
from .traces.explanation import plural, text
from .traces.trace import Trace

Program = str | Scenario | Sequence[str]
"""The name of a scenario, a scenario, or what each task does, such as `["increment_access s1", "get_session s1"]`."""
PATIENCE = 60.0


@pytest.fixture
def explore() -> Explorer:
    """Tries every interleaving of a small program. See `Explorer`."""
    return Explorer()


class Explorer:
    """Tries every interleaving of a small program on a manager: a variant's name, or `(database, runtime) -> manager`.

    `more` is what the world is like, as in `Scenario`: which `sessions` are open, what to `watch`, and so on.
    """

    def __call__(
        self,
        program: Program,
        manager: Variant,
        *,
        policy: Policy | None = None,
        bound: int | None = None,
        reduce: bool | None = None,
        seconds: float = PATIENCE,
        **more: Any,
    ) -> Findings:
        """What was found: `none` (every schedule was covered), `found` or `cannot tell`.

        Raises:
            ValueError: the program cannot be read; or a policy was given, and beside it what it has of its own.
        """
        if policy is not None and reduce is not None:
            raise ValueError("Give `reduce` to the policy, or no policy.")
        if reduce is not None:
            policy, bound = DepthFirst(bound, reduce), None
        return by_name.explore(scenario_of(program, **more), manager, policy, bound, seconds)

    def must_survive(self, program: Program, manager: Variant, **options: Any) -> Findings:
        """Fail if a schedule ends in an anomaly, with the smallest that does; and if that cannot be told."""
        findings = self(program, manager, **options)
        if findings.witness is not None:
            many = f"{findings.losing:,} of {findings.schedules:,} schedules end in an anomaly."
            pytest.fail(f"{many} The smallest:\n\n{_shown(findings, manager, findings.witness)}", pytrace=False)
        if findings.verdict != NONE:
            pytest.fail(_nothing(findings), pytrace=False)
        return findings

    def must_find(self, program: Program, manager: Variant, anomaly: str | None = None, **options: Any) -> Witness:
        """Fail if no schedule ends in an anomaly, or none in that one. Gives the smallest schedule that does."""
        findings = self(program, manager, **options)
        found = findings.witness if anomaly is None else findings.witnesses.get(anomaly)
        if found is None and findings.witness is not None:
            others = f"No {anomaly!r} was found, but: {', '.join(sorted(findings.witnesses))}. The smallest of those:"
            pytest.fail(f"{others}\n\n{_shown(findings, manager, findings.witness)}", pytrace=False)
        if found is None:
            pytest.fail(_nothing(findings), pytrace=False)
        return found

    def replay(self, program: Program, manager: Variant, schedule: str, to_the_end: bool = True, **more: Any) -> Trace:
        """Run one schedule, such as `A1 B3 A2`, and look at every step."""
        return by_name.replay(scenario_of(program, **more), manager, parse(schedule), to_the_end)


def scenario_of(program: Program, **more: Any) -> Scenario:
    """The program as a scenario.

    Raises:
        ValueError: there is no such scenario or watch, and which there are; or a task does nothing, or there are more
            tasks than letters.
    """
    for watch in more.get("watch", ()):
        _known(watch, "watch", STEP_INVARIANTS)
    if isinstance(program, str):
        program = SCENARIOS[_known(program, "scenario", SCENARIOS)]
    if isinstance(program, Scenario):
        return replace(program, **more)
    return Scenario("your program", "", " | ".join(program), tuple(map(_operations, program)), **more)


def _operations(task: str) -> tuple[Does, ...]:
    if not all(part.strip() for part in task.split(";")):
        raise ValueError(f"{task!r} names no operation. A task reads like 'increment_access s1; get_session s1'.")
    return Does.all_of(task)


def _known(name: str, what: str, known: dict[str, Any]) -> str:
    if name not in known:
        raise ValueError(f"There is no {what} {name!r}. Known: {', '.join(known)}.")
    return name


def _shown(findings: Findings, manager: Variant, witness: Witness) -> str:
    """The trace of a schedule, and how to see it again."""
    scenario, schedule = findings.scenario, witness.schedule
    trace = text(by_name.replay(scenario, manager, parse(schedule)))
    known = SCENARIOS.get(scenario.name) == scenario
    if known and isinstance(manager, str):
        again = f'python3 lab.py replay {scenario.name} "{schedule}" --variant {manager}'
    else:
        program = scenario.name if known else _as_program(scenario)
        call = f'explore.replay({program!r}, {subject_of(manager).name}, "{schedule}")'
        again = f"print(text({call})), with text from racelab.explorer"
    return f"{trace}\n\nReplay it: {again}"


def _as_program(scenario: Scenario) -> list[str]:
    """What a test would call it, but for options such as `sessions`, which have to be given again."""
    return ["; ".join(" ".join((does.method, *does.arguments)) for does in task) for task in scenario.tasks]


def _nothing(findings: Findings) -> str:
    what = f"{findings.schedules:,} schedules of {findings.scenario.name} on {findings.variant}"
    if findings.verdict == NONE:
        within = "" if findings.bound is None else f" with at most {plural(findings.bound, 'preemption')}"
        return f"None of the {what}{within} ends in an anomaly, and there is no other."
    reason = findings.unsure or f"Only {what} were run, and none of them ends in an anomaly: that proves nothing."
    return f"It cannot be told: {reason}"
