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
    either: int = 0
    hidden: int = 0
    by_rival: list[str] = field(default_factory=list)
    by_refresh: list[str] = field(default_factory=list)


def judge(evidence: Evidence) -> Verdict:
    """The verdict on a variant at rest."""
    changes = _Changes()
    for session_id, promise in evidence.promises.items():
        if promise.closed is None:
            _check_session(changes, promise, evidence.census.sessions.get(session_id))
    cards = {
        "lost_updates": _lost_updates(changes),
        "stale_overwrites": _stale_overwrites(changes),
        "cleanup_leak": _cleanup_leak(evidence),
        "phantom_sessions": _phantom_sessions(evidence),
    }
    wrong = changes.vanished or changes.surplus or any(card.verdict == DIFFER for card in cards.values())
    measured = changes.promised or any(card.verdict == AGREE for card in cards.values())
    return Verdict(
        verdict=DIFFER if wrong else AGREE if measured else UNKNOWN,
        sentence=_sentence(changes, evidence, cards),
        promised=changes.promised,
        present=changes.promised - changes.vanished,
        vanished=changes.vanished,
        superseded=changes.superseded,
        surplus=changes.surplus,
        failed_requests=evidence.totals.of("failed"),
        unknown=evidence.totals.of("unknown"),
        counts=_counts(evidence),
        cards=cards,
    )


def should_be(totals: Totals, recovered: int) -> tuple[int, int]:
    """How many sessions are open, going by what was acknowledged. Unknown outcomes make it an interval."""
    calls = totals.calls
    opened, closed = calls["create", "acknowledged"], calls["delete", "acknowledged"]
    low = recovered + opened - closed - calls["delete", "unknown"]
    return max(0, low), recovered + opened - closed + calls["create", "unknown"]


def _check_session(changes: _Changes, promise: Promise, data: SessionData | None) -> None:
    """Compare one open session with what was promised of it. Each acknowledged change counted one access."""
    changes.promised += promise.changes
    changes.superseded += promise.superseded
    if data is None:  # with the session went all that was promised of it, whatever the changes met
        changes.vanished += promise.changes
        return
    short = max(0, promise.changes - data.access_count)
    promised = [(key, kept) for key, kept in promise.keys.items() if kept.promised]
    lost = [_LostKey(data, key, kept) for key, kept in promised if data.metadata.get(key) not in kept.values]
    rival_only = [key for key in lost if key.kept.met_update and not key.kept.met_refresh]
    refresh_only = [key for key in lost if key.kept.met_refresh and not key.kept.met_update]
    vanished = max(short, len(lost))
    # What vanished without having met anything is put down to nothing.
    alone = sum(not key.kept.met_update and not key.kept.met_refresh for key in lost)
    explained = min(vanished - alone, promise.met_rival + promise.met_refresh)
    to_rival = max(explained - promise.met_refresh, len(rival_only))
    to_refresh = min(max(explained - promise.met_rival, len(refresh_only)), explained - to_rival)
    changes.by_rival += [str(key) for key in rival_only[:MOST_EVIDENCE]]
    changes.by_refresh += [str(key) for key in refresh_only[:MOST_EVIDENCE]]
    if short and (to_rival or to_refresh):
        told = f"session {data.session_id[:8]}…: {promise.changes} accesses were counted, it says {data.access_count}"
        (changes.by_rival if to_rival else changes.by_refresh).append(told)
    changes.surplus += max(0, data.access_count - promise.changes - promise.unknown)
    changes.vanished += vanished
    changes.met_rival += promise.met_rival
    changes.met_refresh += promise.met_refresh
    changes.to_rival += to_rival
    changes.to_refresh += to_refresh
    changes.either += explained - to_rival - to_refresh
    changes.hidden += promise.unknown


@dataclass(frozen=True, slots=True)
class _LostKey:
    """A key that does not hold what was acknowledged."""

    data: SessionData
    key: str
    kept: KeyPromise

    def __str__(self) -> str:
        value = self.data.metadata.get(self.key)
        there = "it is not there" if value is None else f"{_short(value)} is there"
        saved = " or ".join(_short(value) for value in sorted(self.kept.values)[:MOST_EVIDENCE])
        return f"session {self.data.session_id[:8]}…: {self.key!r} was saved as {saved}; {there}"


def _lost_updates(changes: _Changes) -> Card:
    if not changes.met_rival:
        return _unmeasured("No change that can be checked was saved while another visitor was saving one.")
    sentence = (
        f"{_n(changes.met_rival, 'change')} came while another visitor was changing the same session. "
        f"{_gone(changes.to_rival, changes, 'another visitor or to a refresh')}"
    )
    return _card(changes.met_rival, changes.to_rival, sentence, changes.by_rival, changes.either)


def _stale_overwrites(changes: _Changes) -> Card:
    if not changes.met_refresh:
        return _unmeasured("No change that can be checked was saved during a refresh from the database.")
    sentence = (
        f"{_n(changes.met_refresh, 'change')} came while the session was being refreshed from the database. "
        f"{_gone(changes.to_refresh, changes, 'a refresh or to another visitor')}"
    )
    return _card(changes.met_refresh, changes.to_refresh, sentence, changes.by_refresh, changes.either)


def _cleanup_leak(evidence: Evidence) -> Card:
    asked = evidence.cleaned + len(evidence.attempts) + evidence.discarded
    if not asked:
        return _unmeasured("No deleted session has been up for cleanup yet.")
    stuck = [i for i in evidence.census.queue if evidence.attempts.get(i, 0) > MOST_ATTEMPTS]
    aside = sum(i in evidence.attempts for i in evidence.census.dead_letters)
    sentence = (
        f"{_n(asked, 'deleted session')} came up for cleanup. {evidence.cleaned:,} removed, {aside:,} set aside, "
        + (f"{evidence.discarded:,} set aside and then discarded, " if evidence.discarded else "")
        + (f"{len(stuck):,} still queued after more than {MOST_ATTEMPTS} attempts each." if stuck else "none stuck.")
    )
    told = [f"session {i[:8]}…: tried {evidence.attempts[i]} times, still queued" for i in stuck[:MOST_EVIDENCE]]
    return _card(asked, len(stuck), sentence, told)


def _phantom_sessions(evidence: Evidence) -> Card:
    calls = evidence.totals.calls
    moves = sum(n for (kind, ended), n in calls.items() if kind in ("create", "delete") and ended != "failed")
    if not moves:
        return _unmeasured("No session has been opened or closed yet.")
    wrong, told = _miscounted(evidence)
    rest = f"are wrong about {_n(wrong, 'session')}" if wrong else "agree"
    sentence = f"Logins and logouts: {moves:,}. At rest the counts {rest}: {_figures(evidence)}."
    return _card(moves, wrong, sentence, told)


def _figures(evidence: Evidence) -> str:
    counts, left_over = _counts(evidence), len(evidence.left_over & evidence.row_ids)
    low, high = counts["should_be"]
    return (
        f"store {counts['store']:,}, statistics {counts['statistics']:,}, database {counts['database'] - left_over:,}, "
        f"should be {low:,}{f' to {high:,}' if low < high else ''}"
        + (f"; {_n(left_over, 'more row')} left over from an earlier process" if left_over else "")
    )


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
    if gap or outside:
        told.append(_figures(evidence))
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


def _most_telling(cards: Mapping[str, Card]) -> str:
    """Where nothing was saved: what there is to say of logins and logouts, what is wrong before what is right."""
    told = (card.sentence for wanted in (DIFFER, AGREE) for card in cards.values() if card.verdict == wanted)
    return next(told, "")


def _sentence(changes: _Changes, evidence: Evidence, cards: Mapping[str, Card]) -> str:
    calls, not_followed = evidence.totals.calls, evidence.not_followed
    acknowledged = max(calls["update", "acknowledged"] + calls["increment", "acknowledged"], changes.promised)
    said = f"The server said 'saved' {_n(acknowledged, 'time')}"
    if not acknowledged:
        said = _most_telling(cards) or "The server has not said 'saved' yet."
    elif not changes.promised:
        said += ", never in a session that can still be checked."
    else:
        some = "" if acknowledged == changes.promised else f"Of the {changes.promised:,} that can still be checked, "
        said += f". {some}{_n(changes.promised - changes.vanished, 'is', 'are')} there. {changes.vanished:,} vanished."
    if changes.surplus:
        said += f" {_n(changes.surplus, 'is', 'are')} there that nobody asked for."
    said += f" Failed requests: {evidence.totals.of('failed'):,}."
    if unknown := evidence.totals.of("unknown"):
        said += f" Outcome unknown: {unknown:,}."
    too_many = f" {_n(not_followed, 'session was', 'sessions were')} too many to follow."
    return said + (too_many if not_followed else "")


def _card(promised: int, count: int, sentence: str, evidence: Iterable[str], either: int = 0) -> Card:
    verdict = DIFFER if count else UNKNOWN if either else AGREE
    # What is counted as `either` is gone as well; only the cause is open.
    present = max(0, promised - count - either)
    return Card(verdict, promised, present, count, sentence, either, list(evidence)[:MOST_EVIDENCE])


def _unmeasured(sentence: str) -> Card:
    return Card(UNKNOWN, 0, 0, 0, sentence)


def _short(value: str) -> str:
    return repr(value if len(value) <= MOST_LETTERS else value[: MOST_LETTERS - 1] + "…")


def _n(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def _gone(count: int, changes: _Changes, to_whom: str) -> str:
    hidden = "None is missing, as far as calls of unknown outcome let it be told."
    none = hidden if changes.hidden else "All of them are there."
    said = f"{count:,} of them vanished." if count else "None vanished for sure." if changes.either else none
    more = f" {_n(changes.either, 'more was', 'more were')} lost to {to_whom}: nobody can tell which."
    return said + (more if changes.either else "")


def unsettled(reason: str, sample: Mapping[str, Any]) -> Verdict:
    """What can be said of a variant while things still move: nothing yet, and why."""
    sentence = f"Measuring: {reason}."
    counts = {name: sample[name] for name in ("store", "statistics", "database", "should_be", "queue", "dead_letters")}
    cards = {
        bug: _unmeasured(sentence) for bug in ("lost_updates", "stale_overwrites", "cleanup_leak", "phantom_sessions")
    }
    return Verdict(UNKNOWN, sentence, 0, 0, 0, 0, 0, sample["failed"], sample["unknown"], counts, cards)
