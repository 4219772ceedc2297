"""Promised against there. Pure: the dashboard, Locust, the demo and the export all show what is computed here.

A verdict has three values. *Do not agree*: something is missing, and it is said what. *Agree*: something was promised
under the conditions that bring the bug out, and all of it is there. *Cannot tell*: nothing was measured, or things
still move. Nothing observed is never "correct".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..bugs import BUGS, Verdict
from .cards import Card, all_cards, plural, unmeasured
from .changes import Changes, compare
from .evidence import Evidence


@dataclass(slots=True)
class Result:
    """The verdict on one variant.

    Attributes:
        verdict: agree, do not agree, or cannot tell.
        sentence: the same in words.
        promised: acknowledged changes that can still be checked, in sessions that are open.
        present, vanished: how many of them are there, and how many are not.
        superseded: values that a later acknowledged write to the same key replaced.
        surplus: accesses that are there and that nobody asked for.
        failed_requests, unknown: calls that changed nothing for certain, and calls of which nobody knows.
        counts: as `Evidence.counts`.
        cards: by bug.
    """

    verdict: Verdict
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


def judge(evidence: Evidence) -> Result:
    """The verdict on a variant at rest."""
    changes = compare(evidence)
    cards = all_cards(evidence, changes)
    wrong = changes.vanished or changes.surplus or any(card.verdict == Verdict.DISAGREE for card in cards.values())
    measured = changes.promised or any(card.verdict == Verdict.AGREE for card in cards.values())
    return Result(
        verdict=Verdict.DISAGREE if wrong else Verdict.AGREE if measured else Verdict.CANNOT_TELL,
        sentence=_sentence(changes, evidence, cards),
        promised=changes.promised,
        present=changes.promised - changes.vanished,
        vanished=changes.vanished,
        superseded=changes.superseded,
        surplus=changes.surplus,
        failed_requests=evidence.totals.of("failed"),
        unknown=evidence.totals.of("unknown"),
        counts=evidence.counts(),
        cards=cards,
    )


def _card_sentence(cards: Mapping[str, Card], *wanted: str) -> str:
    """That of the first card with such a verdict, in the order in which they are wanted; empty if there is none."""
    told = (card.sentence for verdict in wanted for card in cards.values() if card.verdict == verdict)
    return next(told, "")


def _sentence(changes: Changes, evidence: Evidence, cards: Mapping[str, Card]) -> str:
    calls, not_followed = evidence.totals.calls, evidence.not_followed
    acknowledged = max(calls["update", "acknowledged"] + calls["increment", "acknowledged"], changes.promised)
    said = f"The server said 'saved' {plural(acknowledged, 'time')}"
    if not acknowledged:
        said = _card_sentence(cards, Verdict.DISAGREE, Verdict.AGREE) or "The server has not said 'saved' yet."
    elif not changes.promised:
        said += ", never in a session that can still be checked."
    else:
        some = "" if acknowledged == changes.promised else f"Of the {changes.promised:,} that can still be checked, "
        there = plural(changes.promised - changes.vanished, "is", "are")
        said += f". {some}{there} there. {changes.vanished:,} vanished."
    if acknowledged and not changes.vanished and not changes.surplus:  # then the point is elsewhere, if there is one
        said = f"{_card_sentence(cards, Verdict.DISAGREE)} {said}".lstrip()
    if changes.surplus:
        said += f" {plural(changes.surplus, 'is', 'are')} there that nobody asked for."
    said += f" Failed requests: {evidence.totals.of('failed'):,}."
    injected = evidence.totals.injected
    if injected:
        said += f" Killed half-way on purpose (HTTP 500), outcome unknown: {injected:,}."
    if unknown := evidence.totals.of("unknown") - injected:
        said += f" Outcome unknown: {unknown:,}."
    too_many = f" {plural(not_followed, 'session was', 'sessions were')} too many to follow."
    return said + (too_many if not_followed else "")


def unsettled(reason: str, sample: Mapping[str, Any]) -> Result:
    """What can be said of a variant while things still move: nothing yet, and why."""
    sentence = f"Measuring: {reason}."
    counts = {name: sample[name] for name in ("store", "statistics", "database", "should_be", "queue", "dead_letters")}
    cards: dict[str, Card] = {bug.key: unmeasured(sentence) for bug in BUGS}
    return Result(Verdict.CANNOT_TELL, sentence, 0, 0, 0, 0, 0, sample["failed"], sample["unknown"], counts, cards)
