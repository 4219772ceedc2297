"""What a verdict rests on: everything that was promised of one variant, and everything that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from session_manager.model import Census

from .ledger import Totals
from .promise import Promise


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict on one variant rests on, taken at one time, at rest.

    Attributes:
        totals: sums over all calls.
        promises: what was promised, by session.
        census: what the manager holds.
        row_ids: which sessions have a row.
        cleaned, attempts: what cleanup did; attempts by session whose row is still there.
        left_over: rows of an earlier process that the manager did not take over. Not this run's doing.
        recovered: sessions taken over from an earlier process.
        not_followed: sessions beyond what the ledger follows.
        discarded: deleted sessions that cleanup had given up, whose row somebody then removed.
    """

    totals: Totals
    promises: Mapping[str, Promise]
    census: Census
    row_ids: set[str]
    cleaned: int = 0
    attempts: Mapping[str, int] = field(default_factory=dict)
    left_over: set[str] = field(default_factory=set)
    recovered: int = 0
    not_followed: int = 0
    discarded: int = 0

    def counts(self) -> dict[str, Any]:
        """The counts of open sessions at the places that keep one, and of what waits for cleanup."""
        waiting = {*self.census.queue, *self.census.dead_letters}
        return {
            "store": len(self.census.sessions),
            "statistics": self.census.stats.active_sessions,
            "database": len(self.row_ids - waiting),
            "should_be": list(should_be(self.totals, self.recovered)),
            "queue": len(self.census.queue),
            "dead_letters": len(self.census.dead_letters),
            "left_over": len(self.left_over),
        }


def should_be(totals: Totals, recovered: int) -> tuple[int, int]:
    """How many sessions are open, going by what was acknowledged. Unknown outcomes make it an interval."""
    calls = totals.calls
    opened, closed = calls["create", "acknowledged"], calls["delete", "acknowledged"]
    low = recovered + opened - closed - calls["delete", "unknown"]
    return max(0, low), recovered + opened - closed + calls["create", "unknown"]
