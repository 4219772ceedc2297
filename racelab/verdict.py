"""Promised against there. Pure: the dashboard, Locust, the demo and the export all show what is computed here.

A verdict has three values. *Do not agree*: something is missing, and it is said what. *Agree*: something was promised
under the conditions that bring the bug out, and all of it is there. *Cannot tell*: nothing was measured, or things
still move. Nothing observed is never "correct".

Causes. A change can only have been lost to something it met (see `ledger`). Of V changes that vanished from a
session, at most R met a refresh, so at least V - R were lost to another writer; and the other way round. A key that
vanished tells by itself what it met. What neither bound can place is counted as `either`, and on neither card.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from session_manager.model import Census, SessionData

from .ledger import KeyPromise, Promise, Totals

AGREE = "agree"
DIFFER = "do not agree"
UNKNOWN = "cannot tell"

MOST_ATTEMPTS = 3
"""A row that cleanup tried more often than this, and that still waits, is stuck."""

MOST_EVIDENCE = 5
MOST_LETTERS = 40


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


@dataclass(slots=True)
class Card:
    """The verdict on one bug."""

    verdict: str
    promised: int
    present: int
    count: int
    sentence: str
    either: int = 0
    evidence: list[str] = field(default_factory=list)
    first_at: float | None = None


@dataclass(slots=True)
class Verdict:
    """The verdict on one variant."""

    verdict: str
    sentence: str
    promised: int
    present: int
    vanished: int
    superseded: int
    surplus: int
    failed_requests: int
    unknown: int
    counts: dict[str, Any]
    cards: dict[str, Card]

    def to_json(self) -> dict[str, Any]:
        """As plain dictionaries."""
        return asdict(self)


@dataclass(slots=True)
class _Changes:
    """Sums over the sessions whose changes can be checked."""

    promised: int = 0
    vanished: int = 0
    superseded: int = 0
    surplus: int = 0
    met_rival: int = 0
    met_refresh: int = 0
    to_rival: int = 0
    to_refresh: int = 0
    by_rival: list[str] = field(default_factory=list)
    by_refresh: list[str] = field(default_factory=list)

    @property
    def either(self) -> int:
        return self.vanished - self.to_rival - self.to_refresh


def judge(evidence: Evidence) -> Verdict:
    """The verdict on a variant at rest."""
    changes = _Changes()
    for session_id, promise in evidence.promises.items():
        data = evidence.census.sessions.get(session_id)
        if promise.closed is None and data is not None:
            _check_session(changes, promise, data)
    cards = {
        "lost_updates": _lost_updates(changes),
        "stale_overwrites": _stale_overwrites(changes),
        "cleanup_leak": _cleanup_leak(evidence),
        "phantom_sessions": _phantom_sessions(evidence),
    }
    failed, unknown = evidence.totals.of("failed"), evidence.totals.of("unknown")
    wrong = changes.vanished or changes.surplus or any(card.verdict == DIFFER for card in cards.values())
    measured = changes.promised or any(card.verdict == AGREE for card in cards.values())
    return Verdict(
        verdict=DIFFER if wrong else AGREE if measured else UNKNOWN,
        sentence=_sentence(changes, failed, unknown, evidence.not_followed),
        promised=changes.promised,
        present=changes.promised - changes.vanished,
        vanished=changes.vanished,
        superseded=changes.superseded,
        surplus=changes.surplus,
        failed_requests=failed,
        unknown=unknown,
        counts=_counts(evidence),
        cards=cards,
    )


def should_be(totals: Totals, recovered: int) -> tuple[int, int]:
    """How many sessions are open, going by what was acknowledged. Unknown outcomes make it an interval."""
    calls = totals.calls
    opened, closed = calls["create", "acknowledged"], calls["delete", "acknowledged"]
    low = recovered + opened - closed - calls["delete", "unknown"]
    return max(0, low), recovered + opened - closed + calls["create", "unknown"]


def _check_session(changes: _Changes, promise: Promise, data: SessionData) -> None:
    """Compare one open session with what was promised of it. Each acknowledged change counted one access."""
    short = max(0, promise.changes - data.access_count)
    lost = [_LostKey(data, key, kept) for key, kept in promise.keys.items() if not _is_kept(data, key, kept)]
    rival_only = [key for key in lost if key.kept.met_update and not key.kept.met_refresh]
    refresh_only = [key for key in lost if key.kept.met_refresh and not key.kept.met_update]
    vanished = max(short, len(lost))
    to_rival = max(vanished - promise.met_refresh, len(rival_only))
    to_refresh = min(max(vanished - promise.met_rival, len(refresh_only)), vanished - to_rival)
    changes.by_rival += [str(key) for key in rival_only[:MOST_EVIDENCE]]
    changes.by_refresh += [str(key) for key in refresh_only[:MOST_EVIDENCE]]
    if short and (to_rival or to_refresh):
        told = f"session {data.session_id[:8]}…: {promise.changes} accesses were counted, it says {data.access_count}"
        (changes.by_rival if to_rival else changes.by_refresh).append(told)
    changes.promised += promise.changes
    changes.superseded += promise.superseded
    changes.surplus += max(0, data.access_count - promise.changes - promise.unknown)
    changes.vanished += vanished
    changes.met_rival += promise.met_rival
    changes.met_refresh += promise.met_refresh
    changes.to_rival += to_rival
    changes.to_refresh += to_refresh


def _is_kept(data: SessionData, key: str, kept: KeyPromise) -> bool:
    return not kept.promised or data.metadata.get(key) in kept.values


@dataclass(frozen=True, slots=True)
class _LostKey:
    """A key that does not hold what was acknowledged."""

    data: SessionData
    key: str
    kept: KeyPromise

    def __str__(self) -> str:
        value = self.data.metadata.get(self.key)
        there = "it is not there" if value is None else f"{_short(value)} is there"
        return (
            f"session {self.data.session_id[:8]}…: {self.key!r} was saved as {_short(min(self.kept.values))}; {there}"
        )


def _lost_updates(changes: _Changes) -> Card:
    if not changes.met_rival:
        return _unmeasured("No change was saved while another visitor was saving, so nothing could be lost that way.")
    sentence = (
        f"{_n(changes.met_rival, 'change')} came while another visitor was changing the same session. "
        f"{_gone(changes.to_rival, changes.either, 'another visitor or to a refresh')}"
    )
    return _card(changes.met_rival, changes.to_rival, sentence, changes.by_rival, changes.either)


def _stale_overwrites(changes: _Changes) -> Card:
    if not changes.met_refresh:
        return _unmeasured("No change was saved during a refresh from the database, so nothing could be overwritten.")
    sentence = (
        f"{_n(changes.met_refresh, 'change')} came while the session was being refreshed from the database. "
        f"{_gone(changes.to_refresh, changes.either, 'a refresh or to another visitor')}"
    )
    return _card(changes.met_refresh, changes.to_refresh, sentence, changes.by_refresh, changes.either)


def _cleanup_leak(evidence: Evidence) -> Card:
    asked = evidence.cleaned + len(evidence.attempts)
    if not asked:
        return _unmeasured("No deleted session has been up for cleanup yet.")
    stuck = [i for i in evidence.census.queue if evidence.attempts.get(i, 0) > MOST_ATTEMPTS]
    aside = len(evidence.census.dead_letters)
    sentence = (
        f"{_n(asked, 'deleted session')} came up for cleanup. {evidence.cleaned} removed, {aside} set aside, "
        + (f"{len(stuck)} still queued after more than {MOST_ATTEMPTS} attempts each." if stuck else "none stuck.")
    )
    told = [f"session {i[:8]}…: tried {evidence.attempts[i]} times, still queued" for i in stuck[:MOST_EVIDENCE]]
    return _card(asked, len(stuck), sentence, told)


def _phantom_sessions(evidence: Evidence) -> Card:
    calls = evidence.totals.calls
    moves = sum(n for (kind, ended), n in calls.items() if kind in ("create", "delete") and ended != "failed")
    if not moves:
        return _unmeasured("No session has been opened or closed yet.")
    wrong, told = _miscounted(evidence)
    counts = _counts(evidence)
    figures = f"store {counts['store']}, statistics {counts['statistics']}, database {counts['database']}"
    sentence = f"{_n(moves, 'session')} opened or closed. " + (
        f"At rest the counts differ: {figures}; {_n(wrong, 'session')} counted here and not there."
        if wrong
        else f"At rest the counts agree: {figures}."
    )
    return _card(moves, wrong, sentence, told)


def _miscounted(evidence: Evidence) -> tuple[int, list[str]]:
    """How many sessions, at the least, are counted in one place and not in another; and what shows it."""
    store, census = set(evidence.census.sessions), evidence.census
    known = store | set(census.queue) | set(census.dead_letters) | evidence.left_over
    orphans = evidence.row_ids - known
    ghosts = store - evidence.row_ids
    closed = {i for i, p in evidence.promises.items() if p.closed == "acknowledged"}
    undead = store & closed
    missing = {i for i, p in evidence.promises.items() if p.closed is None} - store
    # A row nobody cares for may be one that the statistics still count: the same session, counted once.
    gap = census.stats.active_sessions - len(store)
    uncounted = max(0, -gap) + max(0, gap - len(orphans))
    low, high = should_be(evidence.totals, evidence.recovered)
    outside = max(0, low - len(store), len(store) - high)
    found = {
        "has a row, but is neither open nor waiting for cleanup": orphans,
        "is open, but has no row": ghosts,
        "was closed, and is open": undead,
        "was opened and not closed, and is gone": missing,
    }
    told = [f"session {i[:8]}… {what}" for what, ids in found.items() for i in sorted(ids)[:2]]
    if gap:
        told.append(
            f"the statistics say {census.stats.active_sessions} sessions are open, the store holds {len(store)}"
        )
    wrong = len(orphans | ghosts | undead | missing) + uncounted
    return max(wrong, outside), told


def _counts(evidence: Evidence) -> dict[str, Any]:
    census = evidence.census
    waiting = len(census.queue) + len(census.dead_letters)
    return {
        "store": len(census.sessions),
        "statistics": census.stats.active_sessions,
        "database": len(evidence.row_ids) - waiting,
        "should_be": list(should_be(evidence.totals, evidence.recovered)),
        "queue": len(census.queue),
        "dead_letters": len(census.dead_letters),
        "left_over": len(evidence.left_over),
    }


def _sentence(changes: _Changes, failed: int, unknown: int, not_followed: int) -> str:
    if not changes.promised:
        said = "The server has not said 'saved' yet."
    else:
        there = changes.promised - changes.vanished
        said = (
            f"The server said 'saved' {changes.promised:,} times. {there:,} are there. {changes.vanished:,} vanished."
        )
    if changes.surplus:
        said += f" {changes.surplus:,} are there that nobody asked for."
    said += f" Failed requests: {failed:,}."
    if unknown:
        said += f" Outcome unknown: {unknown:,}."
    if not_followed:
        said += f" {not_followed:,} sessions were too many to follow."
    return said


def _card(promised: int, count: int, sentence: str, evidence: Iterable[str], either: int = 0) -> Card:
    verdict = DIFFER if count else UNKNOWN if either else AGREE
    # What is counted as `either` is gone as well; only the cause is open.
    present = max(0, promised - count - either)
    return Card(verdict, promised, present, count, sentence, either, list(evidence)[:MOST_EVIDENCE])


def _unmeasured(sentence: str) -> Card:
    return Card(UNKNOWN, 0, 0, 0, sentence)


def _short(value: str) -> str:
    return repr(value if len(value) <= MOST_LETTERS else value[: MOST_LETTERS - 1] + "…")


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _gone(count: int, either: int, to_whom: str) -> str:
    said = (
        f"{count:,} of them vanished."
        if count
        else "All of them are there."
        if not either
        else "None vanished for sure."
    )
    return said + (f" {either:,} more were lost to {to_whom}: nobody can tell which." if either else "")


def unsettled(reason: str, sample: Mapping[str, Any]) -> Verdict:
    """What can be said of a variant while things still move: nothing yet, and why."""
    sentence = f"Measuring: {reason}."
    counts = {name: sample[name] for name in ("store", "statistics", "database", "should_be", "queue", "dead_letters")}
    cards = {
        bug: _unmeasured(sentence) for bug in ("lost_updates", "stale_overwrites", "cleanup_leak", "phantom_sessions")
    }
    return Verdict(UNKNOWN, sentence, 0, 0, 0, 0, 0, sample["failed"], sample["unknown"], counts, cards)
