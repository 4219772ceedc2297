"""Explores a scenario with a policy. What it says is three-valued, with the smallest schedule that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import monotonic  # the real one: while something is explored, the one in the module `time` is refused
from typing import cast

from ..kernel.alarm import Alarm
from ..kernel.calls import CannotDecide
from ..kernel.garbage import COLLECT_EVERY, collect_young
from ..kernel.guard import NotModelled, modelled_only, real_again, refuse_what_was_swallowed
from ..kernel.heap import CannotReduce
from ..kernel.inspection import Inspection
from ..kernel.schedule import parse
from ..kernel.states import CannotCompare
from ..kernel.subject import Maker, Subject
from ..programs.given import BadProgram, number, whole
from ..programs.scenario import Scenario
from .execution import MOST_STEPS, Execution
from .findings import Findings, Witness
from .outcomes import Judge, Outcome
from .policies import DepthFirst, Diverged, Follow, Policy
from .run import DOES_NOT_REPEAT
from .serial import serial_orders

MOST_TOO_LONG = 20
"""So many executions without an end, and the others are not tried."""
ALL_REFUSED = "Every call was refused, so there was nothing that could be lost. Is this the program you meant?"
UNOBSERVED = (
    "{} took nothing that could be observed: no lock of the runtime, no `peek()`, no call of the database. Put what "
    "threads share behind a lock of the runtime."
)
Progress = Callable[[int], None]


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
        BadProgram: the program calls what the manager does not have, or a value is of another kind.
    """
    number("seconds", seconds, least=0)
    if bound is not None:
        whole("bound", bound)
    search = _Search(scenario, subject if isinstance(subject, Subject) else Subject.of(subject), seconds, progress)
    search.stop_at_first = stop_at_first
    policy = _policy(policy, bound, search.subject)
    try:
        return search.run(policy)
    except CannotReduce as reason:
        assert isinstance(policy, DepthFirst)
        findings = search.run(DepthFirst(policy.bound, reduce=False, most=policy.most))
        findings.not_merged = str(reason)
        return findings


class _Search:
    """One exploration, which may have to be begun anew."""

    stop_at_first = False
    _inspect: Inspection | None = None

    def __init__(self, scenario: Scenario, subject: Subject, seconds: float, progress: Progress | None) -> None:
        self.scenario = scenario
        self.subject = subject
        self._progress = progress
        self._seconds = seconds
        self._begun = monotonic()

    def run(self, policy: Policy) -> Findings:
        """Until the policy, or the time, is exhausted."""
        bound = policy.bound if isinstance(policy, DepthFirst) else None
        findings = Findings(self.scenario, self.subject.name, bound)
        try:
            with modelled_only(), Alarm():
                self._look_first()
                judge = Judge(serial_orders(self.scenario, self.subject, self._inspect))
                self._try_all(findings, policy, judge)
                if not all(self._repeats(witness, judge) for witness in findings.witnesses.values()):
                    raise CannotDecide(DOES_NOT_REPEAT)  # noqa: TRY301
                self._look_once_more()
        except (NotModelled, CannotCompare, CannotDecide, Diverged) as reason:
            findings.unsure, findings.witnesses = str(reason), {}
        except (CannotReduce, BadProgram):
            raise
        except Exception as error:  # noqa: BLE001 - a manager that cannot even be made or looked at: never a pass
            findings.unsure, findings.witnesses = f"It broke off outside of any operation: {error!r}.", {}
        _conclude(findings, policy)
        findings.seconds = monotonic() - self._begun
        return findings

    def _look_first(self) -> None:
        """Before anything is explored: is it what the explorer can judge, and is there what the program calls?"""
        self._inspect = None if self.subject.merge_states else Inspection(self.subject.make)
        with Execution(self.scenario, self.subject, inspect=self._inspect, check=True):
            """Only set up."""

    def _look_once_more(self) -> None:
        """At the end: have the operations brought along something real, or left something for another execution?"""
        if self._inspect is not None:
            self._inspect.once_more()
            with Execution(self.scenario, self.subject, inspect=self._inspect):
                """Only set up."""

    def _try_all(self, findings: Findings, policy: Policy, judge: Judge) -> None:
        while policy.begin():
            self._execute(findings, policy, judge)
            if not findings.executions % COLLECT_EVERY:
                with real_again():
                    collect_young()
                    if self._progress is not None:
                        self._progress(findings.executions)
            if monotonic() - self._begun > self._seconds and not policy.exhausted():
                findings.unsure = f"It was stopped after {self._seconds:g} s."
                return
            if (self.stop_at_first and findings.witnesses) or findings.too_long >= MOST_TOO_LONG:
                return

    def _execute(self, findings: Findings, policy: Policy, judge: Judge) -> None:
        findings.executions += 1
        with Execution(self.scenario, self.subject, policy.states, self._inspect) as run:
            policy.lead(run)
            while not policy.known(run):
                ready = run.ready()
                if not ready or len(run.turns) >= MOST_STEPS:
                    break
                run.step(policy.choose(run, ready))
            else:
                findings.merged += 1
                self._check_merging(policy)
                return
            self._check_merging(policy)
            outcome = _outcome(run, judge)
            policy.end(run, outcome)
            findings.add(outcome, run)
            findings.unobserved |= run.unobserved()

    def _check_merging(self, policy: Policy) -> None:
        """States are merged by what lies behind locks: nothing that outlives the manager may change meanwhile.

        Raises:
            CannotReduce: something has.
        """
        if policy.states is not None and self._inspect is not None and (changed := self._inspect.changed()):
            raise CannotReduce(f"States were not merged, because {changed}, changes during an execution.")

    def _repeats(self, witness: Witness, judge: Judge) -> bool:
        """Whether a witness that is run once more ends as it did."""
        policy = Follow(parse(witness.schedule))
        with Execution(self.scenario, self.subject, inspect=self._inspect) as run:
            while ready := run.ready() if len(run.turns) < MOST_STEPS else []:
                run.step(policy.choose(run, ready))
            return _outcome(run, judge) == witness.ending


def _outcome(run: Execution, judge: Judge) -> Outcome:
    outcome = judge.outcome_of(run)
    refuse_what_was_swallowed()
    if run.stage.gave_up:
        raise CannotDecide(run.stage.gave_up)
    return outcome


def _conclude(findings: Findings, policy: Policy) -> None:
    """What all executions together say."""
    covered = policy.exhausted() and not findings.unsure
    reasons = []
    if findings.outcomes and not any(map(_has_succeeded, findings.outcomes)):
        reasons.append(ALL_REFUSED)
    if findings.unobserved and not findings.witnesses:
        reasons.append(UNOBSERVED.format(" and ".join(sorted(findings.unobserved))))
    reasons += [outcome.unsure for outcome in findings.outcomes if outcome.unsure]
    findings.unsure = findings.unsure or next(iter(reasons), "")
    findings.exhausted = covered and not findings.unsure
    if isinstance(policy, DepthFirst) and covered:
        findings.outcomes = cast("Counter[Outcome]", policy.count())
        findings.states = policy.reached()
    findings.schedules = findings.outcomes.total()
    findings.losing = sum(many for outcome, many in findings.outcomes.items() if outcome.names)


def _has_succeeded(outcome: Outcome) -> bool:
    """Whether anything came of it that could be right or wrong."""
    return bool(outcome.names) or not outcome.answers or any(answer != "refused" for answer, _ in outcome.answers)


def _policy(policy: Policy | None, bound: int | None, subject: Subject) -> Policy:
    if policy is None:
        return DepthFirst(bound, reduce=subject.merge_states)
    if bound is not None:
        raise BadProgram("Give the bound to the policy, or no policy.")
    if isinstance(policy, type) or not isinstance(policy, Policy):
        raise BadProgram(f"{policy!r} is no policy. Make one of racelab.explorer.search.policies: DepthFirst().")
    if policy.explored:
        raise BadProgram("This policy has explored already, and would go on where it has stopped. Make a new one.")
    policy.explored = True
    return policy
