"""A loss once more in the explorer: its few calls as a small program, and the smallest schedule that loses the same.

The explorer runs a manager of its own, in memory: nothing on the server is touched. What a load only shows, that the
same calls can lose it, is found here, repeated, and put to the fixes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from session_manager.fixes import CATALOGUE, Fix

from ...bugs import BUGS, Bug
from ...catalogue.variants import VARIANTS, subject_of
from ...explorer.kernel.schedule import parse
from ...explorer.programs.rules import Rule, rule_name
from ...explorer.programs.scenario import Does, Scenario
from ...explorer.programs.scenarios import SCENARIOS
from ...explorer.search.explore import explore
from ...explorer.search.findings import CANNOT_TELL, FOUND, NONE, Findings, Witness
from ...explorer.traces.recording import replay
from ...explorer.traces.trace import Trace
from ...promises.history import PastCall
from ...promises.losses import Loss

REPLAYS: Final = 20
SECONDS: Final = 0.5
"""The most for one search. One of two calls takes a few milliseconds."""
USUAL: Final = "buggy"
"""What is explored of a manager that the explorer does not run, because its sessions are somewhere else."""
CYCLES: Final = 20
"""Of cleanup, after which a queue that is not empty leaks."""
EVEN, ODD = 8, 7
"""Characters of a session's id: the row of one of odd length cannot be cleaned up."""
METHODS: Final = {
    "create": "create_session",
    "increment": "increment_access",
    "read": "refresh_from_database",
    "delete": "delete_session",
}
RANKS: Final = (
    "create_session",
    "update_session",
    "increment_access",
    "refresh_from_database",
    "delete_session",
    "run_cleanup",
    "fault",
)
"""The order of the tasks, which is that of the explorer's own scenarios."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The same calls on a fix: whether any of so many schedules ends in that loss, and in what else any ends."""

    fix: Fix
    verdict: str
    schedules: int
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What the explorer makes of a loss.

    Attributes:
        variant: the manager that was explored.
        findings: over all schedules of the calls.
        witness: the smallest schedule that ends in that very loss; None if there is none.
        trace: of that schedule.
        again: how many of `REPLAYS` replays of it have ended in the same.
        fixes: of that bug.
        steps_at: the explorer's own scenario in which the same schedule does the same; empty if there is none.
    """

    variant: str
    findings: Findings
    witness: Witness | None = None
    trace: Trace | None = None
    again: int = 0
    fixes: tuple[Tried, ...] = ()
    steps_at: str = ""

    @property
    def scenario(self) -> Scenario:
        """The calls, as a small program."""
        return self.findings.scenario

    @property
    def sentence(self) -> str:
        """What the checker says of that schedule."""
        found = self.witness.ending.anomalies if self.witness is not None else ()
        told = [one for one in found if one.name in _bug_of(self.scenario).anomalies] or found
        return told[0].sentence if told else ""


def reproduced(loss: Loss, variant: str) -> Reproduced:
    """Explore the calls of a loss: on its manager, and on the fixes of the bug if that loses them."""
    variant = variant if variant in VARIANTS else USUAL
    scenario, subject = program_of(loss), subject_of(variant)
    findings = explore(scenario, subject, seconds=SECONDS)
    witness = _of_the_loss(findings)
    if witness is None:
        return Reproduced(variant, findings)
    traces = [replay(scenario, subject, parse(witness.schedule)) for _ in range(REPLAYS)]
    again = sum(trace.ending == witness.ending for trace in traces)
    fixes = tuple(_tried(scenario, fix) for fix in CATALOGUE.values() if fix.bug == scenario.bug)
    return Reproduced(variant, findings, witness, traces[0], again, fixes, _steps_at(scenario, variant, witness))


def program_of(loss: Loss) -> Scenario:
    """The calls that have a role, each by a task of its own. Where a save is gone, that it is stored is required."""
    bug = next(bug for bug in BUGS if bug.key == loss.bug)
    main = [(call, role) for call, role in loss.calls if role != "beside"]
    session, more = loss.session_id[:EVEN], dict[str, Any]()
    tasks = [(_does(call, session), call.caller) for call, _ in main]
    for call, role in main:
        if role == "half":
            tasks.append((Does("fault"), "an injected fault"))
        elif role == "asked":
            session = loss.session_id[:ODD]
            tasks = [(_does(call, session), call.caller), (Does("run_cleanup"), "cleanup")]
            more["cycles"] = CYCLES
        elif role == "gone" and call.kind == "update":
            more["at_rest"] = (_stored(session, call),)
    tasks.sort(key=lambda task: RANKS.index(task[0].method))
    calls = tuple((does,) for does, _ in tasks)
    return Scenario(
        bug.replay, bug.mark, loss.text, calls, (session,), roles=tuple(who or "somebody" for _, who in tasks), **more
    )


def _does(call: PastCall, session: str) -> Does:
    if call.kind == "update":
        return Does("update_session", (session, call.key or "key", call.value or "value"))
    return Does(METHODS[call.kind], (session,))


def _stored(session: str, gone: PastCall) -> Rule:
    def change_is_stored(manager: Any) -> bool:
        """What was acknowledged is there."""
        data = manager.census().sessions.get(session)
        return data is None or data.metadata.get(gone.key or "key") == (gone.value or "value")

    return change_is_stored


def _bug_of(scenario: Scenario) -> Bug:
    return next(bug for bug in BUGS if bug.mark == scenario.bug)


def _of_the_loss(findings: Findings) -> Witness | None:
    """The smallest schedule that ends in what is told of the loss: its change is gone, or its bug is seen."""
    scenario = findings.scenario
    names: Iterable[str] = [rule_name(rule) for rule in scenario.at_rest] or _bug_of(scenario).anomalies
    return min(filter(None, map(findings.witnesses.get, names)), key=Witness.size, default=None)


def _tried(scenario: Scenario, fix: Fix) -> Tried:
    findings = explore(scenario, subject_of(fix.name), seconds=SECONDS)
    loses = _of_the_loss(findings) is not None
    verdict = FOUND if loses else NONE if findings.exhausted else CANNOT_TELL
    return Tried(fix, verdict, findings.schedules, () if loses else tuple(sorted(findings.witnesses)))


def _steps_at(scenario: Scenario, variant: str, witness: Witness) -> str:
    """A scenario of the same methods in which that schedule can be followed to an anomaly of the bug."""
    methods = [[does.method for does in task] for task in scenario.tasks]
    for name, other in SCENARIOS.items():
        if other.bug == scenario.bug and [[does.method for does in task] for task in other.tasks] == methods:
            trace = replay(other, subject_of(variant), parse(witness.schedule))
            if not trace.diverged and trace.ending is not None and trace.ending.names:
                return name
    return ""
