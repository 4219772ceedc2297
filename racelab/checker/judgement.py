"""The judgement on one run: everything that is wrong with it, each thing by the most specific name that is proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .anomalies import Anomaly, anomaly, by_severity
from .at_rest import AtRest
from .counting import out_of_order
from .history import Operation, Sessions, by_session, unknown, validate
from .invariants import broken_invariants
from .linearizability import BUDGET, Verdict, check
from .losses import broken_promises
from .owners import mixed_up
from .specification import State

END = "end"
"""The client whose reads stand for the final state."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Nothing wrong was found, and not everything could be looked at."""

    reason: str


def judge(
    history: Sequence[Operation],
    at_rest: AtRest,
    initial: State,
    drained: bool = False,
    budget: int = BUDGET,
    faults: bool = True,
) -> tuple[Anomaly, ...] | CannotTell:
    """What is wrong, the most specific first; nothing if the history and the final state are as they should be.

    Only if nothing with a name of its own is found, an order of the calls is searched that explains every answer.

    Args:
        history: every call, and how it ended.
        at_rest: the final state, when the last call is over.
        initial: the state before the first call.
        drained: cleanup has run as often as it takes, so that its queue should be empty.
        budget: how many configurations the search may enter.
        faults: whether a fault was injected, or the environment can have failed: a call may then have an unknown
            outcome. If not, each call of unknown outcome is an anomaly.

    Raises:
        ValueError: no set of clients can have produced such a history.
    """
    validate(history)
    sessions = by_session(history)
    named = [
        *mixed_up(sessions, initial, at_rest),
        *broken_promises(sessions, initial, at_rest),
        *broken_invariants(history, sessions, at_rest, drained),
        *([] if faults else _without_a_fault(history)),
    ]
    if named:
        return by_severity(named)
    disorder = [
        anomaly("not-linearizable", f"Session {session_id!r}: {finding.sentence}", finding.operations)
        for session_id, operations in sessions.items()
        for finding in out_of_order(operations)
    ]
    if disorder:
        return tuple(disorder)
    return _explained(check([*history, *final_reads(history, sessions, at_rest, initial)], initial, budget))


def _without_a_fault(history: Sequence[Operation]) -> Iterator[Anomaly]:
    """Each call of unknown outcome: it had no reason to fail, and its caller can do nothing with its answer."""
    for one in history:
        if one.answer == "unknown":
            error = "failed with an error that does not say whether it took effect"
            ended = error if one.returned is not None else "was never answered"
            yield anomaly("unknown-outcome", f"{one.call} {ended}, and no fault was injected.", (one,))


def final_reads(history: Sequence[Operation], sessions: Sessions, at_rest: AtRest, initial: State) -> list[Operation]:
    """Reads, after everything else, of each session that a caller knows: its final state, or that it is not found.

    A session whose id no create returned counts as known too, unless a create of unknown outcome can have opened it.
    """
    positions = (position for one in history for position in (one.called, one.returned) if position is not None)
    now = max(positions, default=0) + 1
    ids = set(dict(initial.sessions))
    if unknown(history, "create_session"):
        ids.update(by_session([one for one in history if one.answer == "ok"]))
    else:
        ids.update(sessions, at_rest.sessions)
    reads = []
    for place, session_id in enumerate(sorted(ids)):
        view = at_rest.sessions.get(session_id)
        called = now + 2 * place
        read = Operation(END, "get_session", (session_id,), called, called + 1, "ok", view)
        gone = Operation(END, "get_session", (session_id,), called, called + 1, "refused", "SessionNotFound")
        reads.append(gone if view is None else read)
    return reads


def _explained(verdict: Verdict) -> tuple[Anomaly, ...] | CannotTell:
    if verdict.answer == "linearizable":
        return ()
    if verdict.answer == "cannot tell":
        return CannotTell(f"No order of the calls was found among the first {verdict.configurations} configurations.")
    ordered = f"No order of the calls explains every answer. Calls that can be put in order: {len(verdict.order)}"
    told = f"{ordered}; then this does not fit: {'; '.join(map(str, verdict.stuck))}."
    return (anomaly("not-linearizable", told, (*verdict.stuck, *verdict.order)),)
