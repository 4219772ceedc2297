"""The responses that the users got, recorded on the client's side. Pure, and independent of the server's own ledger.

The two ledgers must agree: the server cannot have acknowledged fewer calls than the users heard, nor more than they
heard plus their unknown outcomes. The client's ledger can also be compared with a session that is read back over HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from ..bugs import Outcome

Kind = Literal["login", "read", "save", "logout"]

SERVER_KIND: dict[Kind, str] = {"login": "create", "read": "increment", "save": "update", "logout": "delete"}
"""The manager's method whose acknowledgement means that such a request took effect. A read counts one access."""

MOST_SESSIONS = 5_000
"""Open sessions that are followed one by one; further ones are only counted, so that memory is bounded."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: its kind and its arguments."""

    kind: Kind
    session_id: str = ""
    key: str = ""
    value: str = ""


@dataclass(slots=True)
class Key:
    """The possible values of a key: the last acknowledged one, and those of unknown outcome."""

    promised: str | None = None
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Heard:
    """What was acknowledged to the users about one open session.

    Attributes:
        changes: saves and reads acknowledged; each counts one access.
        unknown: saves and reads of unknown outcome: up to so many more accesses may be stored.
        keys: the expected metadata.
    """

    changes: int = 0
    unknown: int = 0
    keys: dict[str, Key] = field(default_factory=dict)

    def compare(self, access_count: int, metadata: Mapping[str, str]) -> tuple[int, int]:
        """The minimum number of acknowledged changes that vanished, and of stored changes that no user made."""
        short = max(0, self.changes - access_count)
        lost = sum(
            key.promised is not None and metadata.get(name) not in (key.promised, *key.unknown)
            for name, key in self.keys.items()
        )
        return max(short, lost), max(0, access_count - self.changes - self.unknown)


@dataclass(slots=True)
class ClientLedger:
    """The ledger of one variant in one process.

    Attributes:
        calls: by kind and outcome.
        sessions: the open sessions that are followed.
        not_followed: how many more were opened.
        examples: the messages of the first definite failures.
    """

    most_sessions: int = MOST_SESSIONS
    calls: Counter[tuple[Kind, Outcome]] = field(default_factory=Counter)
    sessions: dict[str, Heard] = field(default_factory=dict)
    not_followed: int = 0
    examples: list[str] = field(default_factory=list)

    def enter(self, sent: Sent, outcome: Outcome) -> None:
        """Record how a request ended; for an acknowledged login, `sent.session_id` is the new session's."""
        self.calls[sent.kind, outcome] += 1
        if outcome == "failed":
            return
        if sent.kind == "login":
            self._open(sent.session_id, outcome)
        elif sent.kind == "logout":
            self.sessions.pop(sent.session_id, None)
        elif promise := self.sessions.get(sent.session_id):
            _enter_change(promise, sent, outcome)

    def note_failure(self, what: str) -> None:
        """Keep the messages of the first failed requests."""
        if len(self.examples) < 3:
            self.examples.append(what)

    def of(self, outcome: Outcome) -> int:
        """All requests that ended so."""
        return sum(count for (_, ended), count in self.calls.items() if ended == outcome)

    def merge(self, other: ClientLedger) -> None:
        """Add the ledger of another process. It has other sessions than ours."""
        self.calls += other.calls
        self.sessions.update(other.sessions)
        self.not_followed += other.not_followed
        self.examples = (self.examples + other.examples)[:3]

    def to_json(self) -> dict[str, Any]:
        """As plain lists and dictionaries, to be sent from a worker to the master."""
        sessions = {
            session_id: [p.changes, p.unknown, {name: [key.promised, key.unknown] for name, key in p.keys.items()}]
            for session_id, p in self.sessions.items()
        }
        calls = [[kind, outcome, count] for (kind, outcome), count in self.calls.items()]
        return {"calls": calls, "sessions": sessions, "not_followed": self.not_followed, "examples": self.examples}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`."""
        ledger = cls(not_followed=told["not_followed"], examples=list(told["examples"]))
        ledger.calls.update({(kind, outcome): count for kind, outcome, count in told["calls"]})
        for session_id, (changes, unknown, keys) in told["sessions"].items():
            held = {name: Key(promised, list(maybe)) for name, (promised, maybe) in keys.items()}
            ledger.sessions[session_id] = Heard(changes, unknown, held)
        return ledger

    def _open(self, session_id: str, outcome: Outcome) -> None:
        """Follow a new session; a login of unknown outcome has no id to follow."""
        if outcome != "acknowledged":
            return
        if len(self.sessions) < self.most_sessions:
            self.sessions[session_id] = Heard()
        else:
            self.not_followed += 1


def _enter_change(promise: Heard, sent: Sent, outcome: Outcome) -> None:
    if outcome == "acknowledged":
        promise.changes += 1
    else:
        promise.unknown += 1
    if sent.kind == "save":
        key = promise.keys.setdefault(sent.key, Key())
        if outcome == "acknowledged":
            key.promised = sent.value
        else:
            key.unknown.append(sent.value)


def disagreements(ours: Counter[tuple[Kind, Outcome]], theirs: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Where the two ledgers cannot both be right, one sentence for each kind of request.

    Args:
        ours: the responses that the users got.
        theirs: calls of the manager's methods by name and outcome, as the server counted them during the same time.
    """
    found = []
    for kind, method in SERVER_KIND.items():
        heard, unknown = ours[kind, "acknowledged"], ours[kind, "unknown"]
        said = theirs.get(method, {}).get("acknowledged", 0)
        if not heard <= said <= heard + unknown:
            more = f" and {unknown:,} of unknown outcome" if unknown else ""
            found.append(f"{kind}: the users heard {heard:,} acknowledged{more}, the server acknowledged {said:,}")
    return found


def difference(after: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The server's calls between two moments."""
    return {
        method: {outcome: count - before.get(method, {}).get(outcome, 0) for outcome, count in outcomes.items()}
        for method, outcomes in after.items()
    }
