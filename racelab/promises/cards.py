"""The four cards: one verdict for each bug, with the sentence that goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from session_manager.model import MOST_ATTEMPTS

from ..bugs import Verdict
from .changes import MOST_EVIDENCE, Changes
from .evidence import Evidence, should_be
from .json_types import CardJson, PartJson
from .promise import Kind

MOVES: Final[tuple[Kind, ...]] = ("create", "delete")
"""What changes the number of open sessions."""

MOST_LOSSES: Final = 10


class Line(NamedTuple):
    """A line of evidence, and the loss that it is about, if one is certain."""

    text: str
    loss: str | None = None


@dataclass(slots=True)
class Card:
    """The verdict on one bug.

    Attributes:
        parts: its sentences.
        unassigned: how many of `count` are told by no loss: which calls caused them is not certain.
    """

    verdict: Verdict
    promised: int
    present: int
    count: int
    parts: list[PartJson]
    either: int = 0
    evidence: list[Line] = field(default_factory=list)
    unassigned: int = 0
    first_at: float | None = None

    @property
    def sentence(self) -> str:
        """The parts as one text."""
        return in_one(self.parts)

    def tell(self, losses: Sequence[Line]) -> None:
        """Put the lines that tell a loss each before the others, no more than the card counts."""
        told = list(losses[: min(MOST_LOSSES, self.count)])
        texts = {line.text for line in told}
        others = [line for line in self.evidence if line.text not in texts]
        self.evidence = told + others[: max(0, MOST_EVIDENCE - len(told))]
        self.unassigned = max(0, self.count - len(losses))

    def to_json(self) -> CardJson:
        """As plain dictionaries."""
        return {
            "verdict": self.verdict,
            "promised": self.promised,
            "present": self.present,
            "count": self.count,
            "sentence": self.sentence,
            "parts": self.parts,
            "either": self.either,
            "evidence": [{"text": line.text, "loss": line.loss} for line in self.evidence],
            "unassigned": self.unassigned,
            "first_at": self.first_at,
        }


def all_cards(evidence: Evidence, changes: Changes) -> dict[str, Card]:
    """The cards by bug."""
    return {
        "lost_updates": lost_updates(changes),
        "stale_overwrites": stale_overwrites(changes),
        "cleanup_leak": cleanup_leak(evidence),
        "phantom_sessions": phantom_sessions(evidence),
    }


def lost_updates(changes: Changes) -> Card:
    """Changes lost to another writer."""
    if not changes.met_rival:
        return unmeasured("No change that can be checked overlapped with another user's change.")
    met = f"{plural(changes.met_rival, 'change')} overlapped with another user's change of the same session."
    parts = said(met, *_gone(changes.to_rival, changes, "another user or to a refresh"))
    return _card(changes.met_rival, changes.to_rival, parts, changes.by_rival, changes.either)


def stale_overwrites(changes: Changes) -> Card:
    """Changes lost to a refresh."""
    if not changes.met_refresh:
        return unmeasured("No change that can be checked overlapped with a refresh from the database.")
    met = f"{plural(changes.met_refresh, 'change')} overlapped with a refresh of the session from the database."
    parts = said(met, *_gone(changes.to_refresh, changes, "a refresh or to another user"))
    return _card(changes.met_refresh, changes.to_refresh, parts, changes.by_refresh, changes.either)


def cleanup_leak(evidence: Evidence) -> Card:
    """Deleted sessions that cleanup retries without limit."""
    asked = evidence.cleaned + len(evidence.attempts) + evidence.discarded
    if not asked:
        return unmeasured("No deleted session has come up for cleanup yet.")
    came = f"{plural(asked, 'deleted session')} came up for cleanup."
    if not evidence.attempts and not evidence.discarded:
        return unmeasured(came, "No cleanup failed, so none could be stuck.")
    waiting = stuck(evidence)
    aside = sum(i in evidence.attempts for i in evidence.census.dead_letters)
    handled = (
        f"{evidence.cleaned:,} removed, {plural(aside, 'dead letter')}, "
        + (f"{plural(evidence.discarded, 'discarded dead letter')}, " if evidence.discarded else "")
        + (
            f"{len(waiting):,} still queued after more than {MOST_ATTEMPTS} attempts each."
            if waiting
            else "none stuck."
        )
    )
    told = [tried(i, evidence.attempts[i]) for i in waiting[:MOST_EVIDENCE]]
    return _card(asked, len(waiting), said(came, handled), told)


def stuck(evidence: Evidence) -> list[str]:
    """The deleted sessions that cleanup has tried too often, and tries again."""
    return [i for i in evidence.census.queue if evidence.attempts.get(i, 0) > MOST_ATTEMPTS]


def tried(session_id: str, attempts: int) -> str:
    """Such a session in words."""
    return f"session {session_id[:8]}…: tried {attempts} times, still queued"


def phantom_sessions(evidence: Evidence) -> Card:
    """Sessions that are counted in one place and not in another."""
    calls = evidence.totals.calls
    moves = sum(n for (kind, ended), n in calls.items() if kind in MOVES and ended != "failed")
    if not moves:
        return unmeasured("No session has been opened or closed yet.")
    wrong, told = _miscounted(evidence)
    unknown = sum(calls[kind, "unknown"] for kind in MOVES)
    rest = f"are wrong about {plural(wrong, 'session')}" if wrong else "agree"
    parts = said(
        f"Logins and logouts: {moves:,}{f', {unknown:,} of unknown outcome' if unknown else ''}.",
        f"At rest the counts {rest}: {_figures(evidence)}.",
    )
    return _card(moves, wrong, parts, told)


def _figures(evidence: Evidence) -> str:
    counts, left_over = evidence.counts(), len(evidence.left_over & evidence.row_ids)
    low, high = counts["should_be"]
    return (
        f"store {counts['store']:,}, statistics {counts['statistics']:,}, database {counts['database'] - left_over:,}, "
        f"expected {f'one number from {low:,} to {high:,}' if low < high else f'{low:,}'}"
        + (f"; {plural(left_over, 'more row')} left over from an earlier process" if left_over else "")
    )


def misplaced(evidence: Evidence) -> dict[str, set[str]]:
    """The sessions that one place has and another lacks, by what is wrong with them; those of orphan rows first."""
    store, census = set(evidence.census.sessions), evidence.census
    known = store | set(census.queue) | set(census.dead_letters) | evidence.left_over
    closed = {i for i, p in evidence.promises.items() if p.closed == "acknowledged"}
    return {
        "has a row, but is neither open nor waiting for cleanup": evidence.row_ids - known,
        "is open, but has no row": store - evidence.row_ids,
        "was closed, and is open": store & closed,
        "was opened and not closed, and has vanished": {i for i, p in evidence.promises.items() if p.closed is None}
        - store,
    }


def _miscounted(evidence: Evidence) -> tuple[int, list[str]]:
    """The minimum number of sessions that one place counts and another does not; and the evidence."""
    found = misplaced(evidence)
    store, orphans = evidence.census.sessions, next(iter(found.values()))
    # An orphan row may be one that the statistics still count: the same session, counted once.
    gap = evidence.census.stats.active_sessions - len(store)
    uncounted = max(0, -gap) + max(0, gap - len(orphans))
    low, high = should_be(evidence.totals, evidence.recovered)
    outside = max(0, low - len(store), len(store) - high)
    told = [f"session {i[:8]}… {what}" for what, ids in found.items() for i in sorted(ids)[:2]]
    if gap or outside:
        told.append(_figures(evidence))
    wrong = len(set().union(*found.values())) + uncounted
    return max(wrong, outside), told


def _card(promised: int, count: int, parts: list[PartJson], evidence: Iterable[str], either: int = 0) -> Card:
    verdict = Verdict.DISAGREE if count else Verdict.CANNOT_TELL if either else Verdict.AGREE
    # Changes counted as `either` have vanished as well; only the cause is unknown.
    present = max(0, promised - count - either)
    return Card(verdict, promised, present, count, parts, either, [Line(text) for text in evidence][:MOST_EVIDENCE])


def unmeasured(*sentences: str) -> Card:
    """The card of a bug whose conditions no acknowledged change met."""
    return Card(Verdict.CANNOT_TELL, 0, 0, 0, said(*sentences))


def _gone(count: int, changes: Changes, to_whom: str) -> list[str]:
    hidden = "No loss is visible, but calls of unknown outcome may hide one."
    if not count and not changes.either:
        return [hidden if changes.hidden else "All of them survived."]
    gone = [f"{count:,} of them vanished."] if count else []
    which = f"lost to {to_whom}; which of the two is unknown."
    more = plural(changes.either, "more was", "more were") if count else plural(changes.either, "was", "were")
    return [*gone, f"{more} {which}"] if changes.either else gone


def said(*sentences: str) -> list[PartJson]:
    """Sentences as plain parts."""
    return [{"text": sentence, "role": "said"} for sentence in sentences]


def in_one(parts: Iterable[PartJson]) -> str:
    """The parts as one text."""
    return " ".join(part["text"] for part in parts)


def plural(count: int, one: str, more: str = "") -> str:
    """A number and its noun."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"
