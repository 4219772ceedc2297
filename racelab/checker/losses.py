"""Promises to callers that the final state does not keep, and what can have broken them.

A change can only have been lost to a call that ran at the same time: whoever overwrites it read the session before it
and wrote after it. So where nothing but a refresh met a lost change, the refresh took it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .anomalies import Anomaly, anomaly
from .at_rest import AtRest
from .counting import check_keys, check_total, same_number
from .history import CHANGES, Operation, Sessions, SessionView, acknowledged, meetings
from .specification import State

WRITERS: Final = (*CHANGES, "revoke_session")
REFRESHERS: Final = ("refresh_from_database", "get_session")
"""A read refreshes a session that is past its TTL."""


def broken_promises(sessions: Sessions, initial: State, at_rest: AtRest) -> Iterator[Anomaly]:
    """What was acknowledged and is not so. Calls of unknown outcome promise nothing."""
    for session_id, operations in sessions.items():
        yield from _duplicate_answers(session_id, operations)
        view = at_rest.sessions.get(session_id)
        if view is not None and not acknowledged(operations, "delete_session"):
            yield from _still_authenticated(session_id, operations, view)
            first = initial.find(session_id) or SessionView(*view.identity)
            yield from _lost(session_id, operations, first, view)


def _duplicate_answers(session_id: str, operations: Sequence[Operation]) -> Iterator[Anomaly]:
    for finding in same_number(operations):
        yield anomaly("duplicate-answer", f"Session {session_id!r}: {finding.sentence}", finding.operations)


def _still_authenticated(session_id: str, operations: Sequence[Operation], view: SessionView) -> Iterator[Anomaly]:
    revoked = acknowledged(operations, "revoke_session")
    if revoked and view.is_authenticated:
        told = (
            f"{revoked[0].client}'s revocation of session {session_id!r} was acknowledged; it is still authenticated."
        )
        yield anomaly("still-authenticated", told, revoked)


def _lost(name: str, operations: Sequence[Operation], first: SessionView, final: SessionView) -> Iterator[Anomaly]:
    """Keys one by one; and accesses, where more of them are gone than the lost keys account for."""
    met = meetings(operations)
    keys = [finding for finding in check_keys(operations, first, final) if finding.kind == "lost key"]
    for finding in keys:
        others = [one for lost in finding.operations for one in met[lost.called] if one not in finding.operations]
        yield _attributed(f"Session {name!r}: {finding.claim}", finding.operations, others)
    for finding in check_total(operations, first.access_count, final.access_count):
        if finding.kind == "short" and finding.amount > len(keys):
            others = [one for lost in finding.operations for one in met[lost.called]]
            yield _attributed(f"Session {name!r}: {finding.claim}", finding.operations, others)


def _attributed(claim: str, lost: Iterable[Operation], met: Iterable[Operation]) -> Anomaly:
    """A loss, named by what can have caused it."""
    suspects = {one.called: one for one in met if one.answer != "refused"}.values()
    writers = [one for one in suspects if one.method in WRITERS]
    refreshers = [one for one in suspects if one.method in REFRESHERS]
    name = "stale-overwrite" if refreshers and not writers else "lost-update"
    if refreshers and writers:
        cause = f"{_call(writers)} and {_call(refreshers)} ran at the same time, and either may have taken it"
    elif refreshers:
        cause = f"only {_call(refreshers)} ran at the same time"
    elif writers:
        cause = f"{_call(writers)} ran at the same time"
    else:
        cause = "no other call that could have taken it ran at the same time"
    evidence = {one.called: one for one in (*lost, *writers, *refreshers)}.values()
    return anomaly(name, f"{claim}; {cause}.", evidence)


def _call(operations: Sequence[Operation]) -> str:
    """The first two kinds of them, and how many more there are."""
    kinds = Counter((one.client, one.method) for one in sorted(operations, key=lambda one: (one.client, one.called)))
    told = [f"{who}'s {what}" + (f" ({times} times)" if times > 1 else "") for (who, what), times in kinds.items()]
    return " and ".join([*told[:2], *([f"{len(told) - 2} more"] if len(told) > 2 else [])])
