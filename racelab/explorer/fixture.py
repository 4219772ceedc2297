"""What the fixture `explore` gives: a test that a manager must survive, one that must find, and one schedule again."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import pytest

from racelab.catalogue.variants import Variant
from racelab.home import COMMAND

from . import by_name
from .kernel.schedule import BadSchedule, parse
from .programs.given import BadProgram, flag, in_order, known
from .programs.rules import Rule
from .programs.scenario import Does, Scenario
from .programs.scenarios import SCENARIOS
from .search.findings import NONE, Findings, Witness
from .search.policies import DepthFirst, Policy
from .traces.explanation import plural, share, text
from .traces.trace import Trace

Program = str | Scenario | Sequence[str]
"""The name of a scenario, a scenario, or what each task does, such as `["increment_access s1", "get_session s1"]`."""
PATIENCE = 60.0
NAMELESS = "..."
CALL = """Replay it: {}
Here `...` stands for what has no name in its module, such as a lambda. Give it one, and a test to paste is printed."""
PASTE = """Replay it: paste this into the test file, and run it with `pytest -s -k test_replay`.

def test_replay(explore):
    from racelab.explorer import text

    print(text(explore.replay({})))"""
DIFFERS = (
    "{} ends in {} here, and was found to end in {}: the manager does not do the same in each process. Look for the "
    "order of a set of texts (PYTHONHASHSEED), an id(), a file, or an environment variable."
)
CANNOT_FOLLOW = (
    "{} cannot be followed any more, and was found to end in {}: the manager was changed, or it does not do the same "
    "in each process."
)


class Options(TypedDict, total=False):
    """What the world is like: see the fixture `explore` in racelab/pytest_plugin.py."""

    sessions: tuple[str, ...]
    closed: tuple[str, ...]
    watch: tuple[str, ...]
    holds: Rule | Sequence[Rule]
    at_rest: Rule | Sequence[Rule]
    cycles: int
    cache_ttl: float | None
    refresh_at_end: bool
    roles: tuple[str, ...]


class Search(Options, total=False):
    """And how it is explored."""

    policy: Policy | None
    bound: int | None
    reduce: bool | None
    seconds: float


class Explorer:
    """See the fixture `explore`."""

    def __call__(
        self,
        program: Program,
        manager: Variant,
        *,
        policy: Policy | None = None,
        bound: int | None = None,
        reduce: bool | None = None,
        seconds: float = PATIENCE,
        **more: Unpack[Options],
    ) -> Findings:
        """What was found: `none` (every schedule was covered), `found` or `cannot tell`.

        Raises:
            BadProgram: something was given that cannot be used; the sentence says what there is instead.
        """
        __tracebackhide__ = True
        try:
            if reduce is not None:
                policy, bound = _merging(policy, bound, reduce), None
            return by_name.explore(scenario_of(program, **more), manager, policy, bound, seconds)
        except BadProgram as error:
            raise error.with_traceback(None) from None

    def must_survive(self, program: Program, manager: Variant, **options: Unpack[Search]) -> Findings:
        """Fail if a schedule ends in an anomaly, with the smallest that does; and if it cannot tell."""
        __tracebackhide__ = True
        findings = self(program, manager, **options)
        if findings.witness is not None:
            many = f"{share(findings.losing, findings.schedules)} in an anomaly."
            pytest.fail(f"{many} The smallest:\n\n{_shown(findings, manager, findings.witness)}", pytrace=False)
        if findings.verdict != NONE:
            pytest.fail(_nothing(findings), pytrace=False)
        return findings

    def must_find(
        self, program: Program, manager: Variant, anomaly: str | None = None, **options: Unpack[Search]
    ) -> Witness:
        """Fail if no schedule ends in an anomaly, or none in that one. Gives the smallest schedule that does."""
        __tracebackhide__ = True
        _name_or_none(anomaly)
        findings = self(program, manager, **options)
        found = findings.witness if anomaly is None else findings.witnesses.get(anomaly)
        if found is None and findings.witness is not None:
            others = f"No {anomaly!r} was found, but: {', '.join(sorted(findings.witnesses))}. The smallest of those:"
            pytest.fail(f"{others}\n\n{_shown(findings, manager, findings.witness)}", pytrace=False)
        if found is None:
            pytest.fail(_nothing(findings), pytrace=False)
        return found

    def replay(
        self,
        program: Program,
        manager: Variant,
        schedule: str,
        to_the_end: bool = True,
        ends_in: str | None = None,
        **more: Unpack[Options],
    ) -> Trace:
        """Run one schedule, such as `A1 B3 A2`, and look at every step.

        Args:
            program, manager, more: what runs on what, as it was explored.
            schedule: the task of each step.
            to_the_end: whether each task runs on where the schedule ends, until it ends or has to wait.
            ends_in: the anomaly that it ended in when it was found. Fails if it does not: something differs from one
                process to another.

        Raises:
            BadProgram, BadSchedule: something was given that cannot be used; the sentence says what there is instead.
        """
        __tracebackhide__ = True
        try:
            _name_or_none(ends_in)
            trace = by_name.replay(scenario_of(program, **more), manager, parse(schedule), to_the_end)
        except (BadProgram, BadSchedule) as error:
            raise error.with_traceback(None) from None
        if ends_in is not None and trace.diverged:
            pytest.fail(f"{CANNOT_FOLLOW.format(schedule, ends_in)}\n\n{text(trace)}", pytrace=False)
        names = trace.ending.names if trace.ending is not None else ()
        if ends_in is not None and ends_in not in names:
            pytest.fail(DIFFERS.format(schedule, " and ".join(names) or "no anomaly", ends_in), pytrace=False)
        return trace


def scenario_of(program: Program, **more: Unpack[Options]) -> Scenario:
    """The program as a scenario.

    Raises:
        BadProgram: there is no such scenario, option or invariant, and which there are; or a task does nothing, or
            there are more tasks than letters.
    """
    options: dict[str, Any] = dict(more)
    for option in options:
        known(option, "option", Search.__annotations__)  # those of a search are named too, though they are not for here
        known(option, "option of a replay", Options.__annotations__)
    if isinstance(program, str):
        program = SCENARIOS[known(program, "scenario", SCENARIOS)]
    if isinstance(program, Scenario):
        return replace(program, **options)
    given: list[Any] = [*program] if in_order(program) else []
    if not given or not all(isinstance(task, str) for task in given):
        raise BadProgram(
            f"{program!r} is no program. It is a list of what each task does, such as ['increment_access s1', "
            "'get_session s1; delete_session s1'], or the name of a scenario."
        )
    tasks = tuple(map(Does.all_of, given))
    return Scenario("your program", "", " | ".join(given), tasks, **{"roles": _as_program(tasks), **options})


def _name_or_none(anomaly: object) -> None:
    if anomaly is not None and not isinstance(anomaly, str):
        raise BadProgram(f"{anomaly!r} is no anomaly. Give the name of one, such as 'lost-update'.")


def _merging(policy: Policy | None, bound: int | None, reduce: bool) -> Policy:
    if policy is not None:
        raise BadProgram("Give `reduce` to the policy, or no policy.")
    return DepthFirst(bound, flag("reduce", reduce))


def _shown(findings: Findings, manager: Variant, witness: Witness) -> str:
    """The trace of a schedule, and a command or a test that replays it."""
    scenario, schedule = findings.scenario, witness.schedule
    trace = text(by_name.replay(scenario, manager, parse(schedule)))
    listed = SCENARIOS.get(scenario.name) == scenario
    if listed and isinstance(manager, str):
        return f'{trace}\n\nReplay it: {COMMAND} replay {scenario.name} "{schedule}" --variant {manager}'
    program, options = (scenario.name, "") if listed else ([*_as_program(scenario.tasks)], _options(scenario))
    name = repr(manager) if isinstance(manager, str) else _name(manager)
    told = f'{program!r}, {name}, "{schedule}", ends_in="{witness.ending.names[0]}"{options}'
    again = PASTE.format(told) if NAMELESS not in told else CALL.format(f"explore.replay({told})")
    return f"{trace}\n\n{again}"


def _name(thing: object) -> str:
    """What a test calls a function or a class of its module."""
    name = str(getattr(thing, "__qualname__", ""))
    module = sys.modules.get(str(getattr(thing, "__module__", "")))
    return name if name.isidentifier() and getattr(module, name, None) is thing else NAMELESS


def _as_program(tasks: Iterable[Iterable[Does]]) -> tuple[str, ...]:
    """What a test would call it."""
    return tuple("; ".join(" ".join((does.method, *does.arguments)) for does in task) for task in tasks)


def _options(scenario: Scenario) -> str:
    """The options that are not the usual ones, as a call would give them."""
    usual = Scenario("", "", "", (), roles=_as_program(scenario.tasks))
    given = {name: getattr(scenario, name) for name in Options.__annotations__}
    return "".join(f", {name}={_written(value)}" for name, value in given.items() if value != getattr(usual, name))


def _written(value: object) -> str:
    if isinstance(value, tuple) and value and all(map(callable, value)):
        return f"[{', '.join(map(_name, value))}]"
    return repr(value)


def _nothing(findings: Findings) -> str:
    what = f"{findings.schedules:,} schedules of {findings.scenario.name} on {findings.variant}"
    if findings.verdict == NONE:
        within = "" if findings.bound is None else f" with at most {plural(findings.bound, 'preemption')}"
        return f"None of the {what}{within} ends in an anomaly: the search is exhaustive."
    reason = findings.unsure or f"Only {what} were run, and none of them ends in an anomaly: that proves nothing."
    return f"Cannot tell: {reason}"
