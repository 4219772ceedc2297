"""Calls of a ledger that begin and end when the test says so: intervals need no threads to overlap."""

from __future__ import annotations

import itertools
from typing import get_args

from racelab.bugs import Outcome
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call, Kind
from session_manager.model import InjectedFault, SessionNotFound

KINDS: tuple[Kind, ...] = get_args(Kind)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

_numbers = itertools.count(1)


class Running:
    """A call that has begun."""

    def __init__(self, ledger: Ledger, kind: Kind, session_id: str = "", key: str = "", value: str = "") -> None:
        self._ledger = ledger
        self._context = ledger.call(kind, session_id, key, value)
        self.call: Call = self._context.__enter__()

    def read_row(self) -> Running:
        """The call begins to read its session's row."""
        self._ledger.refreshing(self.call)
        return self

    def end(self, outcome: Outcome = "acknowledged") -> Call:
        """The call ends so."""
        if outcome == "acknowledged":
            self._context.__exit__(None, None, None)
        else:
            error = SessionNotFound(self.call.session_id) if outcome == "failed" else InjectedFault("store")
            self._context.__exit__(type(error), error, None)
        return self.call


def opened(ledger: Ledger, session_id: str = "") -> str:
    """A session whose opening was acknowledged."""
    running = Running(ledger, "create")
    running.call.session_id = session_id or f"session-{next(_numbers)}"
    return running.end().session_id


def done(
    ledger: Ledger, kind: Kind, session_id: str, key: str = "", value: str = "", outcome: Outcome = "acknowledged"
) -> Call:
    """A call from beginning to end."""
    return Running(ledger, kind, session_id, key, value).end(outcome)
