"""Evidence made by hand: a consistent world, and then what a test wants to be wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from racelab.bugs import Outcome
from racelab.promises.evidence import Evidence
from racelab.promises.ledger import Totals
from racelab.promises.promise import KeyPromise, Kind, Promise
from session_manager.model import Census, SessionData, SessionStats

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def data(session_id: str, access_count: int = 0, metadata: Mapping[str, str] | None = None) -> SessionData:
    """A session as the manager holds it."""
    return SessionData(session_id, "user_ann", "ann", NOON, NOON, access_count, True, dict(metadata or {}))


def kept(*values: str, rival: bool = False, refresh: bool = False, promised: bool = True) -> KeyPromise:
    """What a key may hold, and what its last write met."""
    return KeyPromise(set(values), promised, rival, refresh)


@dataclass
class Case:
    """A manager's sessions with what was promised of each; everything else agrees unless it is said.

    Attributes:
        calls: beside the logins of `sessions` and their changes, which are counted by themselves.
        rows: whose row is there; by default exactly those of the sessions held, queued or set aside.
        active: what the statistics say; by default as many as are held.
    """

    sessions: dict[str, tuple[Promise, SessionData | None]] = field(default_factory=dict)
    calls: Mapping[tuple[Kind, Outcome], int] = field(default_factory=dict)
    queue: Iterable[str] = ()
    dead_letters: Iterable[str] = ()
    rows: Iterable[str] | None = None
    active: int | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)
    cleaned: int = 0
    discarded: int = 0
    injected: int = 0
    left_over: Iterable[str] = ()
    recovered: int = 0
    not_followed: int = 0

    def evidence(self) -> Evidence:
        """As `judge` takes it."""
        held = {session_id: there for session_id, (_, there) in self.sessions.items() if there is not None}
        queue, dead, left_over = list(self.queue), list(self.dead_letters), set(self.left_over)
        calls: Counter[tuple[Kind, Outcome]] = Counter(self.calls)
        calls["create", "acknowledged"] += len(self.sessions)
        calls["update", "acknowledged"] += sum(promise.changes for promise, _ in self.sessions.values())
        calls["update", "unknown"] += sum(promise.unknown for promise, _ in self.sessions.values())
        calls["delete", "acknowledged"] += sum(p.closed == "acknowledged" for p, _ in self.sessions.values())
        calls["delete", "unknown"] += sum(p.closed == "unknown" for p, _ in self.sessions.values())
        active = len(held) if self.active is None else self.active
        return Evidence(
            totals=Totals(calls, injected=self.injected),
            promises={session_id: promise for session_id, (promise, _) in self.sessions.items()},
            census=Census(held, queue, dead, SessionStats(active_sessions=active)),
            row_ids=set(held) | set(queue) | set(dead) | left_over if self.rows is None else set(self.rows),
            cleaned=self.cleaned,
            attempts=self.attempts,
            left_over=left_over,
            recovered=self.recovered,
            not_followed=self.not_followed,
            discarded=self.discarded,
        )


def one(promise: Promise, access_count: int = 0, metadata: Mapping[str, str] | None = None) -> Case:
    """One session that is open."""
    return Case({"s": (promise, data("s", access_count, metadata))})
