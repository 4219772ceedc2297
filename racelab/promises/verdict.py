"""Acknowledged against stored. Pure: the dashboard, Locust, the demo and the export all show this verdict.

A verdict has three values. *Do not agree*: an acknowledged change is missing or the counts differ, and the sentence
names it. *Agree*: changes were acknowledged under the conditions of the bug, and all of them survived. *Cannot tell*:
nothing was measured, or requests are in flight. "No anomaly observed" does not mean "correct".
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
        present, vanished: how many of them survived, and how many did not.
        superseded: values that a later acknowledged write to the same key replaced.
        surplus: stored accesses that no client made.
        failed_requests, unknown: calls that certainly changed nothing, and calls of unknown outcome.
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
    """The sentence of the first card with a wanted verdict, in the order of `wanted`; empty if there is none."""
    told = (card.sentence for verdict in wanted for card in cards.values() if card.verdict == verdict)
    return next(told, "")


def _sentence(changes: Changes, evidence: Evidence, cards: Mapping[str, Card]) -> str:
    calls, not_followed = evidence.totals.calls, evidence.not_followed
    saves, reads = calls["update", "acknowledged"], calls["increment", "acknowledged"]
    if not saves + reads:
        said = _card_sentence(cards, Verdict.DISAGREE, Verdict.AGREE) or "No change has been acknowledged yet."
    else:
        parts = [plural(saves, "save")] if saves else []
        parts += [plural(reads, "counted read")] if reads else []
        said = f"{' and '.join(parts)} acknowledged. {_checked(saves + reads, changes)}"
        if not changes.vanished and not changes.surplus:  # an anomaly on a card is then the news
            said = f"{_card_sentence(cards, Verdict.DISAGREE)} {said}".lstrip()
    if changes.surplus:
        said += f" {plural(changes.surplus, 'access is', 'accesses are')} stored that no client made."
    said += f" {plural(evidence.totals.of('failed'), 'request')} failed."
    injected = evidence.totals.injected
    if injected:
        said += f" {injected:,} killed by the fault dial (HTTP 500), outcome unknown."
    if unknown := evidence.totals.of("unknown") - injected:
        said += f" Unknown outcome: {unknown:,}."
    too_many = f" {plural(not_followed, 'session was', 'sessions were')} too many to follow."
    return said + (too_many if not_followed else "")


def _checked(acknowledged: int, changes: Changes) -> str:
    """How many changes vanished, and of how many if some sessions have been closed since."""
    if not changes.promised:
        return "None of them can be checked: their sessions are closed."
    some = "" if acknowledged == changes.promised else f"{changes.promised:,} of them can be checked. "
    return f"{some}{changes.vanished:,} vanished."


def unsettled(reason: str, sample: Mapping[str, Any]) -> Result:
    """The verdict on a variant before it is at rest: cannot tell, with the reason."""
    sentence = f"Measuring: {reason}."
    counts = {name: sample[name] for name in ("store", "statistics", "database", "should_be", "queue", "dead_letters")}
    cards: dict[str, Card] = {bug.key: unmeasured(sentence) for bug in BUGS}
    return Result(Verdict.CANNOT_TELL, sentence, 0, 0, 0, 0, 0, sample["failed"], sample["unknown"], counts, cards)
