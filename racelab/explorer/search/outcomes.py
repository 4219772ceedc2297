"""How an execution came out: its answers, what is left at rest, and every anomaly that the checker names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from racelab.checker import TERMS, Anomaly, CannotTell, judge
from session_manager.model import RowChangedElsewhere

from ..kernel.calls import OURS, Call
from ..kernel.states import canonical
from ..programs.invariants import STEP_INVARIANTS
from ..programs.rules import Rule, rule_broken, rule_name
from .execution import Execution
from .serial import Answers, Serial

FINISHED, DEADLOCK, TOO_LONG = "finished", "deadlock", "too long"
BUDGET = 100_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Two are equal if nobody could tell them apart.

    Attributes:
        kind: `finished`, `deadlock` (nobody can go on) or `too long`.
        answers: of every operation, in order of tasks.
        rest: what is left, as something that can be compared.
        anomalies: what is wrong with it.
        unsure: why it could not be judged; empty if it was.
    """

    kind: str
    answers: tuple[tuple[str, object], ...]
    rest: object
    anomalies: tuple[Anomaly, ...] = field(compare=False)
    names: tuple[str, ...] = ()
    unsure: str = ""

    def fingerprint(self) -> str:
        """The same on every machine and every Python."""
        return repr((self.kind, self.answers, self.rest, self.names))


class Judge:
    """Judges executions in which nobody can go on.

    Args:
        serial: what the manager answers to the same calls one after another, if that is known.

    Once for all those with the same answers, the same rest, and the same operations answered before each began: what
    order calls have that overlap does not enter into a judgement.
    """

    def __init__(self, serial: Serial | None = None) -> None:
        self._serial = serial
        self._judged: dict[object, Outcome] = {}

    def outcome_of(self, run: Execution) -> Outcome:
        """How it came out."""
        calls = [call for task in run.tasks for call in task.calls]
        answers = tuple([(call.answer, canonical(call.value)) for call in calls])
        if not run.finished():
            return _unfinished(run, answers)
        stuck, broken = _settle(run)
        if stuck is not None:
            return _hung(answers, stuck)
        rest = run.world.rest()
        crashed = tuple([repr(call.error) for call in calls if call.error is not None])
        changed = tuple([call.given is not call.value and _has_changed(call) for call in calls])
        rules = run.broken_rules, tuple([run.world.broken(rule) for rule in run.scenario.at_rest])
        seen = run.precedence(), answers, crashed, changed, rest, run.broken, rules, broken
        ending = self._judged.get(seen)
        if ending is None:
            ending = self._judged[seen] = _at_rest(run, answers, rest, broken, self._serial)
        return ending


def _unfinished(run: Execution, answers: tuple[tuple[str, object], ...]) -> Outcome:
    if run.ready():
        return Outcome(TOO_LONG, answers, None, (), unsure=f"An execution went on after {len(run.turns)} steps.")
    waits = [run.world.stuck] if run.world.stuck else [task.why_not() for task in run.tasks if not task.done]
    return _hung(answers, Anomaly(DEADLOCK, "deadlock", f"No task can go on: {', and '.join(waits)}."))


def _hung(answers: tuple[tuple[str, object], ...], why: Anomaly) -> Outcome:
    return Outcome(DEADLOCK, answers, None, (why,), (why.name,))


def _settle(run: Execution) -> tuple[Anomaly | None, str]:
    """What happens at the end. Returns why it cannot go on, and the error that it ends with: both are findings."""
    held = [f"{task.name} has ended and still holds the lock of the {name}" for task, name in run.held_at_the_end()]
    if held:
        return Anomaly("lock-held", "lock leak", f"Every later call waits for ever: {' and '.join(held)}."), ""
    try:
        stuck = run.world.settle()
    except OURS:
        raise
    except BaseException as error:  # noqa: BLE001
        return None, repr(error)
    return (Anomaly(DEADLOCK, "deadlock", f"{stuck}.") if stuck else None), ""


def _broken(run: Execution, at_the_end: str) -> list[Anomaly]:
    """What was seen before anything is compared: broken watches, crashes, refusals for nothing."""
    anomalies = [Anomaly(name, "broken invariant", STEP_INVARIANTS[name].sentence) for name in run.broken]
    anomalies += [_of_a_rule(rule, f"After a step {rule_broken(rule)}") for rule in run.broken_rules]
    broken = [rule for rule in run.scenario.at_rest if run.world.broken(rule)]
    anomalies += [_of_a_rule(rule, f"At the end {rule_broken(rule)}") for rule in broken]
    for task in run.tasks:
        for call in task.calls:
            if call.crash is not None:
                what = f"{type(call.crash).__name__}: {call.crash}".rstrip(".: ")
                anomalies.append(Anomaly("crash", "crash", f"{task.name}'s {call.method} ended with {what}."))
            if _has_changed(call):
                told = f"What {task.name}'s {call.method} returned has changed since: it is the manager's own, no copy."
                anomalies.append(Anomaly("answer-changed", "representation exposure", told))
    if at_the_end:
        anomalies.append(Anomaly("crash", "crash", f"At the end, with nobody else there: {at_the_end}."))
    return [*anomalies, *_refused_for_nothing(run), *_of_unknown_outcome(run)]


def _of_unknown_outcome(run: Execution) -> list[Anomaly]:
    """Calls of operations that no specification knows, which failed with an error that does not tell what they did."""
    own = run.of_its_own() if not run.has_faults() else ()
    told = "{}'s {} failed with an error that does not say whether it took effect, and no fault was injected."
    return [
        Anomaly("unknown-outcome", TERMS["unknown-outcome"], told.format(task.name, call))
        for task in run.tasks
        for call in task.calls
        if call.answer == "unknown" and call.method in own and call.crash is None
    ]


def _of_a_rule(rule: Rule, sentence: str) -> Anomaly:
    return Anomaly(rule_name(rule), "broken invariant", sentence)


def _has_changed(call: Call) -> bool:
    """Whether what was returned says something else by now: then it was no copy, and others write it without a lock."""
    return call.answer == "ok" and call.given is not call.value and canonical(call.given) != canonical(call.value)


def _refused_for_nothing(run: Execution) -> list[Anomaly]:
    """Only where somebody else writes the rows, or an outcome is unknown, may a change be refused as outdated."""
    calls = [(task, call) for task in run.tasks if not task.started for call in task.calls]
    if any(call.method == "write_elsewhere" or call.answer == "unknown" for _, call in calls):
        return []
    told = "{}'s {} was refused as outdated, and nobody but this process had written the row."
    return [
        Anomaly("refused-for-nothing", "spurious conflict", told.format(task.name, call.method))
        for task, call in calls
        if isinstance(call.error, RowChangedElsewhere) and call.answer == "refused"
    ]


def _at_rest(
    run: Execution, answers: tuple[tuple[str, object], ...], rest: object, at_the_end: str, serial: Serial | None
) -> Outcome:
    anomalies, unsure = _broken(run, at_the_end), ""
    if serial is not None and not serial.explains(Answers.of(run)):
        never = "No serial order acknowledges all the calls that were acknowledged here"
        calls = [f"{task.name}'s {call}" for task in run.tasks for call in task.calls if call.answer == "ok"]
        anomalies.append(Anomaly("not-linearizable", "linearizability violation", f"{never}: {', '.join(calls)}."))
    judged = judge(
        run.history(),
        run.world.at_rest(),
        run.world.beginning,
        drained=run.scenario.cycles > 0,
        budget=BUDGET,
        faults=run.has_faults(),
    )
    if isinstance(judged, CannotTell):
        unsure = judged.reason
    elif own := run.of_its_own(answered=True):
        unsure = _without_a_rule(run, own, judged)
    else:
        known = {anomaly.name for anomaly in anomalies}
        anomalies += [anomaly for anomaly in judged if anomaly.name not in known and not _is_told(anomaly, run)]
    names = tuple(sorted({anomaly.name for anomaly in anomalies}))
    return Outcome(FINISHED, answers, rest, tuple(anomalies), names, unsure)


def _without_a_rule(run: Execution, own: Sequence[str], told: Sequence[Anomaly]) -> str:
    """Why a program cannot be judged that calls operations which no specification knows; empty if it can."""
    ask = "Say what must hold: `at_rest=` or `holds=`, a function of the manager."
    if told:
        return f"{told[0].sentence} The specification does not know {', '.join(own)}, which may explain that. {ask}"
    if not (run.scenario.at_rest or run.scenario.holds):
        return f"The specification does not know {', '.join(own)}. {ask}"
    return ""


def _is_told(anomaly: Anomaly, run: Execution) -> bool:
    """Whether it is about a call that crashed: that its outcome is unknown goes without saying."""
    crashed = {call.called for task in run.tasks for call in task.calls if call.crash is not None}
    return anomaly.name == "unknown-outcome" and all(one.called in crashed for one in anomaly.operations)
