"""Calls of a recorder that begin and end when the test says so: intervals need no threads to overlap."""

from __future__ import annotations

import itertools
from typing import get_args

from racelab.bugs import Outcome
from racelab.promises.history import Past
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call, Kind
from racelab.promises.recorder import Recorder
from session_manager.model import InjectedFault, SessionNotFound

KINDS: tuple[Kind, ...] = get_args(Kind)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_numbers = itertools.count(1)


class Running:
    """A call that has begun."""

    def __init__(self, recorder: Recorder, kind: Kind, session_id: str = "", key: str = "", value: str = "") -> None:
        self._recorder = recorder
        self._context = recorder.call(kind, session_id, key, value)
        self.call: Call = self._context.__enter__()

    def read_row(self) -> Running:
        """The call begins to read its session's row."""
        self._recorder.refreshing(self.call)
        return self

    def end(self, outcome: Outcome = "acknowledged") -> Call:
        """The call ends so."""
        if outcome == "acknowledged":
            self._context.__exit__(None, None, None)
        else:
            error = SessionNotFound(self.call.session_id) if outcome == "failed" else InjectedFault("store")
            self._context.__exit__(type(error), error, None)
        return self.call


def past_of(ledger: Ledger, session_id: str) -> Past:
    """The last calls of a session that has some."""
    past = ledger.past(session_id)
    assert past is not None
    return past


def opened(recorder: Recorder, session_id: str = "") -> str:
    """A session whose opening was acknowledged."""
    running = Running(recorder, "create")
    running.call.session_id = session_id or f"session-{next(_numbers)}"
    return running.end().session_id


def done(
    recorder: Recorder, kind: Kind, session_id: str, key: str = "", value: str = "", outcome: Outcome = "acknowledged"
) -> Call:
    """A call from beginning to end."""
    return Running(recorder, kind, session_id, key, value).end(outcome)
