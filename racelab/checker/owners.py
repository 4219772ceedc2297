"""Whose session is whose: a session belongs to the user that its create was called with, for as long as it is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .anomalies import Anomaly, anomaly
from .at_rest import AtRest
from .history import Operation, Sessions, SessionView, acknowledged
from .specification import State, opened_by

Seen = tuple[str, SessionView, tuple[Operation, ...]]
"""Where a session was seen, in words; what was seen; and the call that saw it, if it was a call."""


def mixed_up(sessions: Sessions, initial: State, at_rest: AtRest) -> Iterator[Anomaly]:
    """Each create whose session is another user's, or another session, in an answer, in the store or in its row.

    A session of the initial state belongs to the user that it has there. One whose create has an unknown outcome may
    belong to anybody. The row of a closed session is not looked at: no caller can see it.
    """
    for session_id in sorted({*sessions, *dict(initial.sessions)}):
        operations = sessions.get(session_id, ())
        seen = [*_in_answers(operations), *_at_rest(session_id, at_rest)]
        first = initial.find(session_id)
        if first is not None:
            yield from _mixed_up(first, f"At the beginning there was {first.whose}", (), seen)
        for create in acknowledged(operations, "create_session"):
            view = opened_by(create)
            yield from _mixed_up(view, f"{create.client}'s create_session opened {view.whose}", (create,), seen)


def _mixed_up(
    expected: SessionView, promise: str, creates: tuple[Operation, ...], seen: Sequence[Seen]
) -> Iterator[Anomaly]:
    wrong = [one for one in seen if one[1].identity != expected.identity]
    if wrong:
        places = dict.fromkeys(f"{where} {view.whose}" for where, view, _ in wrong)
        calls = (*creates, *(call for _, _, calls in wrong for call in calls))
        yield anomaly("wrong-user", f"{promise}; {'; '.join(places)}.", calls)


def _in_answers(operations: Sequence[Operation]) -> Iterator[Seen]:
    for read in acknowledged(operations, "get_session"):
        if isinstance(read.value, SessionView):
            yield f"{read.client}'s get_session returned", read.value, (read,)


def _at_rest(session_id: str, at_rest: AtRest) -> Iterator[Seen]:
    if session_id in at_rest.sessions:
        yield "the store holds", at_rest.sessions[session_id], ()
        row = (at_rest.rows or {}).get(session_id)
        if row is not None:
            yield "the row holds", row.session, ()
