"""The bounds on causes, against an oracle that knows every way in which the evidence may have come about.

A world says of each change what it met and to whom, if anybody, it was lost. Only its evidence is shown to the verdict.
All worlds with the same evidence are consistent explanations of it: what the verdict claims must hold in each of them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from racelab.bugs import Verdict
from racelab.promises.promise import Promise
from racelab.promises.verdict import Result, judge
from session_manager.model import SessionData
from tests.instrument.evidence import Case, data, kept

MOST_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One acknowledged change: a write to a key of its own or an access; what it met; who took it; what went with it.

    A write may lose its value and keep its access, if a rival's access was counted from before; or the other way round.
    """

    is_update: bool
    met_rival: bool
    met_refresh: bool
    lost_to: str = ""
    value_lost: bool = False
    access_lost: bool = False


Fate = tuple[bool, bool, str, bool, bool]
MET: list[tuple[bool, bool]] = [(False, False), (False, True), (True, False), (True, True)]
KEPT: list[Fate] = [(rival, refresh, "", False, False) for rival, refresh in MET]
TAKEN: list[tuple[bool, bool, str]] = [
    (*met, cause) for met in MET for cause in ["rival"] * met[0] + ["refresh"] * met[1]
]
ACCESS_FATES: list[Fate] = [*KEPT, *((*taken, False, True) for taken in TAKEN)]
WRITE_FATES: list[Fate] = [*ACCESS_FATES, *((*taken, True, access) for taken in TAKEN for access in (True, False))]

# What the verdict may know of a session: writes, changes, what was met, what each key shows, unknown calls, accesses.
Shown = tuple[int, int, int, int, tuple[tuple[bool, bool, bool], ...], int, int]


def shown(changes: tuple[Change, ...], unknown: int, effective: int) -> Shown:
    """The evidence of a world. `effective` of the `unknown` changes took effect and make up for some that are lost."""
    keys = tuple((c.met_rival, c.met_refresh, c.value_lost) for c in changes if c.is_update)
    rivals, refreshes = sum(c.met_rival for c in changes), sum(c.met_refresh for c in changes)
    there = len(changes) - sum(c.access_lost for c in changes) + effective
    return len(keys), len(changes), rivals, refreshes, keys, unknown, there


def worlds(updates: int, others: int) -> Iterator[tuple[Change, ...]]:
    """Every world of so many changes; accesses, which look alike, in one order only."""
    for writes in itertools.product(WRITE_FATES, repeat=updates):
        for accesses in itertools.combinations_with_replacement(ACCESS_FATES, others):
            yield (*(Change(True, *fate) for fate in writes), *(Change(False, *fate) for fate in accesses))


@dataclass(slots=True)
class Explanations:
    """What is common to all worlds behind one piece of evidence."""

    to_rival: int = 99
    to_refresh: int = 99
    lost: int = 99
    worlds: int = 0

    def add(self, changes: tuple[Change, ...]) -> None:
        """One more way in which it may have come about."""
        to_rival = sum(change.lost_to == "rival" for change in changes)
        to_refresh = sum(change.lost_to == "refresh" for change in changes)
        self.to_rival, self.to_refresh = min(self.to_rival, to_rival), min(self.to_refresh, to_refresh)
        self.lost, self.worlds = min(self.lost, to_rival + to_refresh), self.worlds + 1


@cache
def all_evidence() -> dict[Shown, Explanations]:
    """Every evidence of up to four changes, with or without one call of unknown outcome."""
    found: dict[Shown, Explanations] = {}
    for total in range(1, MOST_CHANGES + 1):
        for updates in range(min(total, 2) + 1):
            for changes in worlds(updates, total - updates):
                for unknown, effective in ((0, 0), (1, 0), (1, 1)):
                    key = shown(changes, unknown, effective)
                    found.setdefault(key, Explanations()).add(changes)
    return found


@dataclass
class Session:
    """A piece of evidence as promise and data."""

    session_id: str
    evidence: Shown
    parts: tuple[Promise, SessionData] = field(init=False)

    def __post_init__(self) -> None:
        _, changes, rivals, refreshes, keys, unknown, there = self.evidence
        names = [f"key-{number}" for number in range(len(keys))]
        promised = {n: kept("v", rival=key[0], refresh=key[1]) for n, key in zip(names, keys, strict=True)}
        metadata = {name: "v" for name, (_, _, lost) in zip(names, keys, strict=True) if not lost}
        promise = Promise(changes, unknown, rivals, refreshes, promised)
        self.parts = promise, data(self.session_id, there, metadata)


def verdict_on(*evidence: Shown) -> Result:
    sessions = {f"s{number}": Session(f"s{number}", each).parts for number, each in enumerate(evidence)}
    return judge(Case({name: (promise, there) for name, (promise, there) in sessions.items()}).evidence())


def test_no_claim_goes_beyond_what_every_explanation_shares() -> None:
    """For up to four changes, each claimed loss and cause holds in every explanation."""
    for evidence, explanations in all_evidence().items():
        verdict = verdict_on(evidence)
        lost, stale = verdict.cards["lost_updates"], verdict.cards["stale_overwrites"]
        assert lost.count <= explanations.to_rival, evidence
        assert stale.count <= explanations.to_refresh, evidence
        assert verdict.vanished <= explanations.lost, evidence
        assert lost.count + stale.count + lost.either == verdict.vanished, evidence
        assert lost.either == stale.either
        assert lost.present == lost.promised - lost.count - lost.either
        assert verdict.present == verdict.promised - verdict.vanished
        assert verdict.surplus == 0


def test_without_unknown_calls_the_count_is_exact_and_no_certain_cause_is_missed() -> None:
    """Without unknown outcomes the losses are exact and each certain cause is found."""
    certain = 0
    for evidence, explanations in all_evidence().items():
        if evidence[5]:
            continue
        verdict = verdict_on(evidence)
        assert verdict.vanished == explanations.lost, evidence
        lost, stale = verdict.cards["lost_updates"], verdict.cards["stale_overwrites"]
        assert bool(lost.count) == bool(explanations.to_rival), evidence
        assert bool(stale.count) == bool(explanations.to_refresh), evidence
        certain += bool(explanations.to_rival) + bool(explanations.to_refresh)
    assert certain > 300, "hardly any evidence is certain: the test shows nothing"


def test_when_two_explanations_contradict_each_other_no_card_counts_the_loss() -> None:
    """A loss that a rival or a refresh may have caused is on neither card."""
    (evidence,) = {shown((Change(False, True, True, to, False, True),), 0, 0) for to in ("rival", "refresh")}
    assert all_evidence()[evidence].worlds == 2
    verdict = verdict_on(evidence)
    for bug in ("lost_updates", "stale_overwrites"):
        card = verdict.cards[bug]
        assert (card.verdict, card.count, card.either, card.present) == (Verdict.CANNOT_TELL, 0, 1, 0)
    assert (verdict.verdict, verdict.vanished) == (Verdict.DISAGREE, 1)


def test_the_bounds_of_several_sessions_add_up_and_stay_sound() -> None:
    """For random sets of sessions, the sum of the bounds is the bound of the verdict."""
    chance, everything = random.Random(1), list(all_evidence())
    claimed = 0
    for _ in range(400):
        chosen = chance.choices(everything, k=chance.randint(2, 6))
        verdict = verdict_on(*chosen)
        lost, stale = verdict.cards["lost_updates"], verdict.cards["stale_overwrites"]
        assert lost.count <= sum(all_evidence()[each].to_rival for each in chosen)
        assert stale.count <= sum(all_evidence()[each].to_refresh for each in chosen)
        assert lost.count == sum(verdict_on(each).cards["lost_updates"].count for each in chosen)
        assert stale.count == sum(verdict_on(each).cards["stale_overwrites"].count for each in chosen)
        assert lost.count + stale.count + lost.either == verdict.vanished
        claimed += lost.count + stale.count
    assert claimed > 400


def test_the_oracle_itself_sees_both_kinds_of_evidence() -> None:
    """Enough of the evidence has one explanation, and enough has several."""
    many = [each for each in all_evidence().values() if each.worlds > 1]
    certain = [each for each in all_evidence().values() if each.to_rival and each.to_refresh]
    assert len(all_evidence()) > 1000
    assert len(many) > 500
    assert len(certain) > 50
