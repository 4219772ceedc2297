"""The stored side of a verdict, as servers tell it over HTTP: one tells what is stored, each what it has cleaned up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from session_manager.model import Census, SessionData, SessionStats

from .changes import Changes, compare
from .evidence import Evidence
from .json_types import CensusJson, CleanupJson, HeldJson
from .ledger import Ledger, Totals
from .promise import Promise

NO_TIME = datetime.fromtimestamp(0, UTC)
"""No verdict looks at the times of a session."""


@dataclass(slots=True)
class Stored:
    """A census, page after page; `rows` are the ids that have a row."""

    sessions: dict[str, SessionData] = field(default_factory=dict)
    rows: set[str] = field(default_factory=set)
    queue: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    statistics: int = 0

    def add(self, page: CensusJson) -> None:
        """Add a page."""
        self.sessions |= _sessions(page["sessions"])
        self.rows |= set(page["rows"])
        self.queue += page["queue"]
        self.dead_letters += page["dead_letters"]
        self.statistics = page["statistics"]

    def unknown_rows(self) -> set[str]:
        """Those of no session that is open or waits for cleanup."""
        return self.rows - self.sessions.keys() - set(self.queue) - set(self.dead_letters)


@dataclass(slots=True)
class Cleaned:
    """What cleanup did, added up over the labs: each knows what its own workers have tried."""

    cleaned: int = 0
    discarded: int = 0
    attempts: Counter[str] = field(default_factory=Counter)

    def add(self, page: CleanupJson) -> None:
        """Add the last page of one lab."""
        self.cleaned += page["cleaned"]
        self.discarded += page["discarded"]
        self.add_attempts(page)

    def add_attempts(self, page: CleanupJson) -> None:
        """Add a page that is not the last one: the sums are on each of them."""
        self.attempts.update(page["attempts"])


def adopt(ledger: Ledger, before: Stored) -> None:
    """Follow the sessions that were open before the load began, as they were then."""
    for session_id, data in before.sessions.items():
        ledger.adopt(session_id, data.access_count)


def evidence(ledger: Ledger, stored: Stored, cleaned: Cleaned, before: Stored) -> Evidence:
    """The input of a verdict on what users heard of several servers that share one store, at rest.

    Args:
        ledger: what they heard.
        stored: what the store holds.
        cleaned: what the cleanup of all servers did.
        before: what it held when the load began.
    """
    waiting = stored.rows | set(stored.queue) | set(stored.dead_letters)
    return Evidence(
        totals=ledger.totals(),
        promises=ledger.promises(),
        census=Census(
            stored.sessions, stored.queue, stored.dead_letters, SessionStats(active_sessions=stored.statistics)
        ),
        row_ids=stored.rows,
        cleaned=cleaned.cleaned,
        # One server may have failed to remove a row that another one has removed since.
        attempts={session_id: many for session_id, many in cleaned.attempts.items() if session_id in waiting},
        left_over=before.unknown_rows(),
        recovered=len(before.sessions),
        not_followed=ledger.not_followed,
        discarded=cleaned.discarded,
    )


def compared(promises: Mapping[str, Promise], held: Mapping[str, HeldJson]) -> Changes:
    """Compare what was acknowledged of sessions with what is stored of them; one that is not `held` has vanished."""
    census = Census(_sessions(held), [], [], SessionStats())
    return compare(Evidence(Totals(), promises, census, set()))


def _sessions(held: Mapping[str, HeldJson]) -> dict[str, SessionData]:
    return {
        session_id: SessionData(
            session_id, "", "", NO_TIME, NO_TIME, data["access_count"], metadata=dict(data["metadata"])
        )
        for session_id, data in held.items()
    }
