"""Requests of users, entered in their ledger one after another."""

from __future__ import annotations

from racelab.bugs import Outcome
from racelab.promises.heard import Heard
from racelab.promises.promise import Call, Kind


def entered(heard: Heard, outcome: Outcome, kind: Kind, session_id: str = "", key: str = "", value: str = "") -> None:
    """One request, from its beginning to its end."""
    call = Call(kind, "" if kind == "create" else session_id, key, value)
    heard.ledger.begin(call)
    call.session_id = session_id
    heard.end(call, outcome, "404")
