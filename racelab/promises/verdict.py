"""Acknowledged against stored. Pure: the dashboard, Locust, the demo and the export all show this verdict.

A verdict has three values. *Do not agree*: an acknowledged change is missing or the counts differ, and the sentence
names it. *Agree*: changes were acknowledged under the conditions of the bug, and all of them survived. *Cannot tell*:
nothing was measured, or requests are in flight. "No anomaly observed" does not mean "correct".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ..bugs import BUGS, Verdict
from .cards import Card, Line, all_cards, in_one, plural, said, unmeasured
from .changes import Changes, compare
from .evidence import Evidence
from .json_types import CountsJson, PartJson, ResultJson
from .losses import Loss, all_losses


@dataclass(slots=True)
class Result:
    """The verdict on one variant.

    Attributes:
        verdict: agree, do not agree, or cannot tell.
        parts: the same in words, sentence by sentence.
        promised: acknowledged changes that can still be checked, in sessions that are open.
        present, vanished: how many of them survived, and how many did not.
        superseded: values that a later acknowledged write to the same key replaced.
        surplus: stored accesses that no client made.
        failed_requests, unknown: calls that certainly changed nothing, and calls of unknown outcome.
        counts: as `Evidence.counts`.
        cards: by bug.
        losses: those that the cards' evidence tells, one by one.
    """

    verdict: Verdict
    parts: list[PartJson]
    promised: int
    present: int
    vanished: int
    superseded: int
    surplus: int
    failed_requests: int
    unknown: int
    counts: CountsJson
    cards: dict[str, Card]
    losses: list[Loss] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The parts as one text."""
        return in_one(self.parts)

    @property
    def asked(self) -> bool:
        """Whether anybody asked anything of it. Rows that wait for cleanup may be of an earlier run."""
        others = [card for bug, card in self.cards.items() if bug != "cleanup_leak"]
        return bool(self.promised or self.unknown or self.failed_requests or any(card.promised for card in others))

    def to_json(self) -> ResultJson:
        """As plain dictionaries."""
        return {
            "verdict": self.verdict,
            "asked": self.asked,
            "sentence": self.sentence,
            "parts": self.parts,
            "promised": self.promised,
            "present": self.present,
            "vanished": self.vanished,
            "superseded": self.superseded,
            "surplus": self.surplus,
            "failed_requests": self.failed_requests,
            "unknown": self.unknown,
            "counts": self.counts,
            "cards": {bug: card.to_json() for bug, card in self.cards.items()},
        }


def judge(evidence: Evidence) -> Result:
    """The verdict on a variant at rest."""
    changes = compare(evidence)
    cards, losses = all_cards(evidence, changes), all_losses(evidence)
    for bug, card in cards.items():
        card.tell([Line(loss.text, loss.id) for loss in losses[bug]])
    told = {line.loss for card in cards.values() for line in card.evidence}
    wrong = changes.vanished or changes.surplus or any(card.verdict == Verdict.DISAGREE for card in cards.values())
    measured = changes.promised or any(card.verdict == Verdict.AGREE for card in cards.values())
    return Result(
        verdict=Verdict.DISAGREE if wrong else Verdict.AGREE if measured else Verdict.CANNOT_TELL,
        parts=_parts(changes, evidence, cards),
        promised=changes.promised,
        present=changes.promised - changes.vanished,
        vanished=changes.vanished,
        superseded=changes.superseded,
        surplus=changes.surplus,
        failed_requests=evidence.totals.of("failed"),
        unknown=evidence.totals.of("unknown"),
        counts=evidence.counts(),
        cards=cards,
        losses=[loss for found in losses.values() for loss in found if loss.id in told],
    )


def leading_card(results: Collection[Result]) -> str:
    """The bug whose card gives the headline of every manager, so that all speak of one thing; or empty.

    It leads where no change vanished and something else is wrong, or where nothing was saved.
    """
    if any(one.vanished or one.surplus for one in results):
        return ""
    cards = [each for one in results for each in one.cards.items()]
    wrong = next((bug for bug, card in cards if card.verdict == Verdict.DISAGREE), "")
    if wrong or any(one.promised for one in results):
        return wrong
    return next((bug for bug, card in cards if card.promised), "")


def _card_parts(cards: Mapping[str, Card], *wanted: Verdict) -> list[PartJson]:
    """The parts of the first card with a wanted verdict, in the order of `wanted`; empty if there is none."""
    told = (card.parts for verdict in wanted for card in cards.values() if card.verdict == verdict)
    return next(told, [])


def _parts(changes: Changes, evidence: Evidence, cards: Mapping[str, Card]) -> list[PartJson]:
    calls = evidence.totals.calls
    saves, reads = calls["update", "acknowledged"], calls["increment", "acknowledged"]
    parts: list[PartJson] = []
    if not saves + reads:
        parts += _card_parts(cards, Verdict.DISAGREE, Verdict.AGREE) or said("No change has been acknowledged yet.")
    else:
        if not changes.vanished and not changes.surplus:  # an anomaly on a card is then the news
            parts += _card_parts(cards, Verdict.DISAGREE)
        kinds = [plural(saves, "save")] if saves else []
        kinds += [plural(reads, "counted read")] if reads else []
        parts += said(f"{' and '.join(kinds)} acknowledged.")
        parts += _checked(saves + reads, changes)
    if changes.surplus:
        parts += said(f"{plural(changes.surplus, 'access is', 'accesses are')} stored that no client made.")
    if changes.vanished:
        parts += [{"text": detail, "role": "detail"} for detail in _besides(cards)]
    return parts + [{"text": detail, "role": "detail"} for detail in _details(evidence)]


def _checked(acknowledged: int, changes: Changes) -> list[PartJson]:
    """How many changes vanished, and of how many if some sessions have been closed since."""
    if not changes.promised:
        return said("None of them can be checked: their sessions are closed.")
    parts = [] if acknowledged == changes.promised else said(f"{changes.promised:,} of them can be checked.")
    return [*parts, {"text": f"{changes.vanished:,} vanished.", "role": "vanished"}]


def _besides(cards: Mapping[str, Card]) -> Iterator[str]:
    """What is wrong and is no vanished change."""
    for bug in BUGS:
        card = cards[bug.key]
        if bug.key in ("cleanup_leak", "phantom_sessions") and card.verdict == Verdict.DISAGREE:
            yield f"{bug.title}: {card.count:,} {bug.wrong}."


def _details(evidence: Evidence) -> Iterator[str]:
    """What the verdict leaves out: requests that failed, outcomes that are unknown, sessions that are not followed."""
    if injected := evidence.totals.injected:
        yield f"{plural(injected, 'request')} ended by an injected fault (HTTP 500), outcome unknown."
    yield f"{plural(evidence.totals.of('failed'), 'other request' if injected else 'request')} failed."
    if unknown := evidence.totals.of("unknown") - injected:
        yield f"Unknown outcome: {unknown:,}."
    if evidence.not_followed:
        yield f"{plural(evidence.not_followed, 'session was', 'sessions were')} too many to follow."


def unsettled(reason: str, counts: CountsJson, failed: int, unknown: int) -> Result:
    """The verdict on a variant before it is at rest: cannot tell, with the reason."""
    sentence = f"Measuring: {reason}."
    cards: dict[str, Card] = {bug.key: unmeasured(sentence) for bug in BUGS}
    return Result(Verdict.CANNOT_TELL, said(sentence), 0, 0, 0, 0, 0, failed, unknown, counts, cards)
