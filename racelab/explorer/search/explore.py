"""Explores a scenario with a policy. What it says is three-valued, with the smallest schedule that shows it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from ..kernel.calls import CannotDecide
from ..kernel.heap import CannotReduce
from ..kernel.states import CannotCompare
from ..kernel.subject import Maker, Subject
from ..programs.scenario import Scenario
from ..reality import NotModelled, modelled_only, refuse_real_parts, refuse_what_was_swallowed
from .execution import MOST_STEPS, Execution
from .outcomes import TOO_LONG, Judge, Outcome
from .policies import DepthFirst, Policy

NONE, FOUND, CANNOT_TELL = "none", "found", "cannot tell"
MOST_TOO_LONG = 20
"""So many executions without an end, and the others are not tried."""
ALL_REFUSED = "Every call was refused, so there was nothing that could be lost. Is this the program you meant?"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Witness:
    """A schedule that ends in an anomaly."""

    schedule: str
    preemptions: int
    steps: int
    ending: Outcome

    def size(self) -> tuple[int, int, int, str]:
        """The smaller, the easier to read: fewest preemptions, then fewest steps, then fewest turns."""
        return self.preemptions, self.steps, len(self.schedule), self.schedule


@dataclass(slots=True)
class Findings:
    """What an exploration found.

    Attributes:
        executions: how many were begun; `merged` of them ended early, in a state that was known.
        states: how many different ones they went through, if all were covered.
        schedules: how many ways there are to interleave the tasks, if all were covered; else how many were run.
        losing: how many of those end in an anomaly.
        endings: how many schedules end how.
        witnesses: the smallest for each anomaly.
        exhausted: whether every schedule was covered, `bound` permitting.
        too_long: how many executions did not come to an end.
        not_merged: why states were not recognised though that was asked for; empty if they were.
        unsure: why nothing certain can be said; empty if something can.
    """

    scenario: Scenario
    variant: str
    bound: int | None = None
    executions: int = 0
    merged: int = 0
    states: int = 0
    schedules: int = 0
    losing: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    exhausted: bool = False
    too_long: int = 0
    not_merged: str = ""
    unsure: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """`found`, `none` (every schedule was covered), or `cannot tell`."""
        if self.witnesses:
            return FOUND
        return NONE if self.exhausted and not self.unsure else CANNOT_TELL

    def fingerprint(self) -> str:
        """Changes with every answer and all that is left at the end of any schedule, and with how many end so."""
        told = sorted(f"{many} {ending.fingerprint()}" for ending, many in self.outcomes.items())
        return sha256("\n".join(told).encode()).hexdigest()[:12]

    @property
    def witness(self) -> Witness | None:
        """The smallest of all."""
        return min(self.witnesses.values(), key=Witness.size, default=None)


def explore(
    scenario: Scenario,
    subject: Subject | Maker,
    policy: Policy | None = None,
    bound: int | None = None,
    seconds: float = float("inf"),
    progress: Progress | None = None,
    stop_at_first: bool = False,
) -> Findings:
    """Try the schedules of a scenario.

    Args:
        scenario, subject: what runs on what; of whatever merely makes a manager nothing is assumed.
        policy: who decides. If none is given all schedules are tried, fewest preemptions first; states are recognised
            for a subject for which that was compared with the full search.
        bound: the most preemptions, if no policy is given: it would have its own.
        seconds: after which it stops, and cannot tell unless something was found.
        progress: is told the number of executions now and then.
        stop_at_first: whether one witness is enough.

    Raises:
        ValueError: a policy and a bound were given.
    """
    subject = subject if isinstance(subject, Subject) else Subject.of(subject)
    policy = _policy(policy, bound, subject)
    try:
        return _explore(scenario, subject, policy, seconds, progress, stop_at_first)
    except CannotReduce as reason:
        assert isinstance(policy, DepthFirst)
        every = DepthFirst(policy.bound, reduce=False, most=policy.most)
        findings = _explore(scenario, subject, every, seconds, progress, stop_at_first)
        findings.not_merged = str(reason)
        return findings


def _explore(
    scenario: Scenario,
    subject: Subject,
    policy: Policy,
    seconds: float,
    progress: Progress | None,
    stop_at_first: bool,
) -> Findings:
    findings = Findings(scenario, subject.name, policy.bound if isinstance(policy, DepthFirst) else None)
    judge, begun = Judge(), time.monotonic()
    try:
        with modelled_only():
            while policy.begin():
                _execute(findings, subject, policy, judge)
                if progress is not None and findings.executions % 256 == 0:
                    progress(findings.executions)
                if time.monotonic() - begun > seconds and not policy.exhausted():
                    findings.unsure = f"It was stopped after {seconds:g} s."
                    break
                if (stop_at_first and findings.witnesses) or findings.too_long >= MOST_TOO_LONG:
                    break
    except (NotModelled, CannotCompare, CannotDecide) as reason:
        findings.unsure, findings.witnesses = str(reason), {}
    except CannotReduce:
        raise
    except Exception as error:  # noqa: BLE001 - a manager that cannot even be made or looked at: never a pass
        findings.unsure, findings.witnesses = f"It broke off outside of any operation: {error!r}.", {}
    _conclude(findings, policy)
    findings.seconds = time.monotonic() - begun
    return findings


def _conclude(findings: Findings, policy: Policy) -> None:
    """What all executions together say."""
    reasons = [ending.unsure for ending in findings.outcomes if ending.unsure]
    if findings.outcomes and not any(map(_has_succeeded, findings.outcomes)):
        reasons.append(ALL_REFUSED)
    findings.unsure = findings.unsure or next(iter(reasons), "")
    findings.exhausted = policy.exhausted() and not findings.unsure
    if isinstance(policy, DepthFirst) and findings.exhausted:
        findings.outcomes = cast("Counter[Outcome]", policy.count())
        findings.states = policy.reached()
    findings.schedules = findings.outcomes.total()
    findings.losing = sum(many for ending, many in findings.outcomes.items() if ending.names)


def _has_succeeded(ending: Outcome) -> bool:
    """Whether anything came of it that could be right or wrong."""
    return bool(ending.names) or not ending.answers or any(answer != "refused" for answer, _ in ending.answers)


def _policy(policy: Policy | None, bound: int | None, subject: Subject) -> Policy:
    if policy is None:
        return DepthFirst(bound, reduce=subject.merge_states)
    if bound is not None:
        raise ValueError("Give the bound to the policy, or no policy.")
    return policy


def _execute(findings: Findings, subject: Subject, policy: Policy, judge: Judge) -> None:
    findings.executions += 1
    inspect = refuse_real_parts if findings.executions == 1 else None
    with Execution(findings.scenario, subject, policy.states, inspect) as run:
        policy.lead(run)
        while not policy.known(run):
            ready = run.ready()
            if not ready or len(run.turns) >= MOST_STEPS:
                break
            run.step(policy.choose(run, ready))
        else:
            findings.merged += 1
            return
        ending = judge.outcome_of(run)
        refuse_what_was_swallowed()
        if run.stage.gave_up:
            raise CannotDecide(run.stage.gave_up)
        policy.end(run, ending)
        findings.outcomes[ending] += 1
        findings.too_long += ending.kind == TOO_LONG
        size = run.preemptions, len(run.turns)
        for name in ending.names:
            known = findings.witnesses.get(name)
            if known is None or size <= (known.preemptions, known.steps):
                found = Witness(run.schedule(), *size, ending)
                findings.witnesses[name] = found if known is None else min(known, found, key=Witness.size)
