"""What the visitors heard, written down on their side of the wire. Pure, and independent of the server's own ledger.

Two ledgers of one trade have to agree: the server cannot have acknowledged less than the visitors heard, nor more than
they heard plus what they cannot know. And what they heard can be compared with what a session holds, read back over
HTTP like anybody would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from ..bugs import Outcome

Kind = Literal["login", "read", "save", "logout"]

SERVER_KIND: dict[Kind, str] = {"login": "create", "read": "increment", "save": "update", "logout": "delete"}
"""Which of the manager's methods says that a request of that kind took effect. A read counts one access."""

MOST_SESSIONS = 5_000
"""Open sessions that are followed one by one; beyond it they are counted only, so that memory is bounded."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: what it was to do."""

    kind: Kind
    session_id: str = ""
    key: str = ""
    value: str = ""


@dataclass(slots=True)
class Key:
    """What a key may hold: the last acknowledged value, and those of which nobody knows whether they arrived."""

    promised: str | None = None
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Heard:
    """What the visitors were told of one open session.

    Attributes:
        changes: saves and reads acknowledged; each counts one access.
        unknown: saves and reads of unknown outcome: up to so many more accesses may be there.
        keys: what the metadata should hold.
    """

    changes: int = 0
    unknown: int = 0
    keys: dict[str, Key] = field(default_factory=dict)

    def compare(self, access_count: int, metadata: Mapping[str, str]) -> tuple[int, int]:
        """How many acknowledged changes are not there, at the least, and how many are that nobody asked for."""
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
        examples: what the first definite failures said.
    """

    most_sessions: int = MOST_SESSIONS
    calls: Counter[tuple[Kind, Outcome]] = field(default_factory=Counter)
    sessions: dict[str, Heard] = field(default_factory=dict)
    not_followed: int = 0
    examples: list[str] = field(default_factory=list)

    def enter(self, sent: Sent, outcome: Outcome) -> None:
        """Write down how a request ended; for an acknowledged login, `sent.session_id` is the new session's."""
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
        """Keep the first few sentences that failed requests were answered with."""
        if len(self.examples) < 3:
            self.examples.append(what)

    def of(self, outcome: Outcome) -> int:
        """All requests that ended so."""
        return sum(count for (_, ended), count in self.calls.items() if ended == outcome)

    def merge(self, other: ClientLedger) -> None:
        """Add what another process heard. Its sessions are others than ours."""
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
        """An unknown login has no id, so there is nothing to follow."""
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
        ours: what the visitors heard.
        theirs: calls of the manager's methods by name and outcome, as the server counted them during the same time.
    """
    found = []
    for kind, method in SERVER_KIND.items():
        heard, unknown = ours[kind, "acknowledged"], ours[kind, "unknown"]
        said = theirs.get(method, {}).get("acknowledged", 0)
        if not heard <= said <= heard + unknown:
            more = f" and {unknown:,} of unknown outcome" if unknown else ""
            found.append(f"{kind}: the visitors heard {heard:,} acknowledged{more}, the server says {said:,}")
    return found


def difference(after: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The server's calls between two moments."""
    return {
        method: {outcome: count - before.get(method, {}).get(outcome, 0) for outcome, count in outcomes.items()}
        for method, outcomes in after.items()
    }
