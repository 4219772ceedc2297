"""The input of a verdict: everything that one variant acknowledged, and everything that it stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from session_manager.model import Census

from .history import Past
from .json_types import CountsJson
from .ledger import Totals
from .promise import Promise


def no_past(session_id: str) -> Past | None:  # noqa: ARG001 - see `Evidence.past`
    """Where no calls are kept."""
    return None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The input of a verdict on one variant, taken at one time, at rest.

    Attributes:
        totals: sums over all calls.
        promises: what was acknowledged, by session.
        census: what the manager holds.
        row_ids: the sessions that have a row.
        cleaned, attempts: what cleanup did; attempts by session whose row is still there.
        left_over: rows of an earlier process that the manager did not take over; no error of this run.
        recovered: sessions taken over from an earlier process.
        not_followed: sessions beyond what the ledger follows.
        discarded: dead letters whose row an operator removed.
        past: the last calls of a session, if they were kept.
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
    past: Callable[[str], Past | None] = no_past

    def counts(self) -> CountsJson:
        """The counts of open sessions in each place, and of the ids that wait for cleanup."""
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
    """The expected number of open sessions. Unknown outcomes make it an interval."""
    calls = totals.calls
    opened, closed = calls["create", "acknowledged"], calls["delete", "acknowledged"]
    low = recovered + opened - closed - calls["delete", "unknown"]
    return max(0, low), recovered + opened - closed + calls["create", "unknown"]
