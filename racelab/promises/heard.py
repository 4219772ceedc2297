"""What the users of one manager heard: the ledger on the client's side. It is the server's own `Ledger`, fed with other
calls: each lasts from a request's beginning to the end of its answer, as its user sees it.

The server's call lies within, so two calls that met on the server met here too, and a few more did: a verdict on this
ledger is as sound as one on the server's. The users of one session are in one process, so no two clocks are compared.

Both ledgers must agree: the server cannot have acknowledged fewer calls than the users heard, nor more than they
heard plus their unknown outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..bugs import Outcome
from .ledger import Ledger, Totals
from .promise import Call, KeyPromise, Kind, Promise

REQUESTS: dict[Kind, str] = {"create": "login", "increment": "read", "update": "save", "delete": "logout"}
"""The request that each call stands for. A read counts one access, and that is its change."""

MOST_SESSIONS = 5_000
"""Open sessions that a process with users follows; further ones are only counted, so that memory is bounded."""

MOST_EXAMPLES = 3


class Heard:
    """The ledger of one variant in one process, or of several processes merged.

    Args:
        most_sessions: see `Ledger`.

    Attributes:
        ledger: the calls, and what was acknowledged.
        examples: the messages of the first definite failures.
    """

    def __init__(self, most_sessions: int = MOST_SESSIONS) -> None:
        self.ledger = Ledger(most_sessions)
        self.examples: list[str] = []

    @property
    def calls(self) -> Counter[tuple[Kind, Outcome]]:
        """The requests by kind and outcome."""
        return self.ledger.totals().calls

    def of(self, outcome: Outcome) -> int:
        """All requests that ended so."""
        return self.ledger.totals().of(outcome)

    def open_sessions(self) -> dict[str, Promise]:
        """What was acknowledged about each followed session that is certainly open."""
        return {session_id: promise for session_id, promise in self.ledger.promises().items() if not promise.closed}

    def end(self, call: Call, outcome: Outcome, message: str = "") -> None:
        """A request has ended; `message` is that of a definite failure.

        An unknown outcome may come from an engine that did not answer, and may carry the request out later.
        """
        if outcome == "failed" and len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{REQUESTS[call.kind]}: {message}")
        self.ledger.end(call, outcome)

    def to_json(self) -> dict[str, Any]:
        """As plain lists and dictionaries, to be sent from a worker to the master."""
        promises = self.ledger.promises()
        return {
            "calls": [[kind, outcome, count] for (kind, outcome), count in self.calls.items()],
            "open": {session_id: _told(promise) for session_id, promise in promises.items() if not promise.closed},
            "closed": {session_id: promise.closed for session_id, promise in promises.items() if promise.closed},
            "not_followed": self.ledger.not_followed,
            "examples": self.examples,
        }

    def merge(self, told: Mapping[str, Any]) -> None:
        """Add the ledger of another process, as `to_json` gives it. It has other sessions than ours."""
        calls = Counter({(kind, outcome): count for kind, outcome, count in told["calls"]})
        promises = {session_id: _promise(*fields) for session_id, fields in told["open"].items()}
        promises |= {session_id: Promise(closed=outcome) for session_id, outcome in told["closed"].items()}
        self.ledger.merge(Totals(calls), promises, told["not_followed"])
        self.examples = (self.examples + list(told["examples"]))[:MOST_EXAMPLES]


def _told(promise: Promise) -> list[Any]:
    keys = {
        name: [sorted(key.values), key.promised, key.met_update, key.met_refresh, sorted(key.pending)]
        for name, key in promise.keys.items()
    }
    sums = [promise.before, promise.changes, promise.unknown, promise.met_rival, promise.met_refresh]
    return [*sums, promise.superseded, keys]


def _promise(
    before: int,
    changes: int,
    unknown: int,
    met_rival: int,
    met_refresh: int,
    superseded: int,
    keys: Mapping[str, tuple[list[str], bool, bool, bool, list[str]]],
) -> Promise:
    held = {
        name: KeyPromise(set(values), promised, update, refresh, set(pending))
        for name, (values, promised, update, refresh, pending) in keys.items()
    }
    return Promise(changes, unknown, met_rival, met_refresh, held, superseded, before=before)


def disagreements(
    ours: Mapping[tuple[Kind, Outcome], int], theirs: Mapping[str, Mapping[str, int]], whole: bool = True
) -> list[str]:
    """Where the two ledgers cannot both be right, one sentence for each kind of request.

    Args:
        ours: the calls as the users heard of them.
        theirs: calls of the manager's methods by name and outcome, as the server counted them during the same time.
        whole: whether those are all: with the ledger of one server missing there may be fewer, and not more.
    """
    found = []
    for kind, request in REQUESTS.items():
        heard, unknown = ours.get((kind, "acknowledged"), 0), ours.get((kind, "unknown"), 0)
        said = theirs.get(kind, {}).get("acknowledged", 0)
        if said > heard + unknown or (whole and said < heard):
            more = f" and {unknown:,} of unknown outcome" if unknown else ""
            found.append(f"{request}: the users heard {heard:,} acknowledged{more}, the server acknowledged {said:,}")
    return found


def difference(after: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The server's calls between two moments."""
    return {
        method: {outcome: count - before.get(method, {}).get(outcome, 0) for outcome, count in outcomes.items()}
        for method, outcomes in after.items()
    }
