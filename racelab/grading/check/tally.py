"""What was acknowledged, refused and unknown, against what is stored: counts that a retry or a time-out cannot fool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from .site import Answer, Fate


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over any number of rounds.

    Attributes:
        tested: acknowledged changes of the rounds that could be judged.
        lost: those of them that are missing for certain: fewer are stored than were acknowledged.
        surplus: changes that are stored and that nobody was told of: more than acknowledged and unknown together.
        rounds: those judged.
        vanished: rounds not judged because a session that was left alone had gone at their end.
        unread: rounds not judged because the session could not be read at their end.
    """

    tested: int = 0
    lost: int = 0
    surplus: int = 0
    refused: int = 0
    unknown: int = 0
    rounds: int = 0
    vanished: int = 0
    unread: int = 0

    def __add__(self, other: Self) -> Tally:
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Tally)))

    @property
    def wrong(self) -> int:
        """All that is not as acknowledged."""
        return self.lost + self.surplus


def of_increments(fates: Mapping[Fate, int], stored: int) -> Tally:
    """One session that was counted in; `stored` is the count at the end."""
    acknowledged, unknown = fates.get("acknowledged", 0), fates.get("unknown", 0)
    return Tally(
        tested=acknowledged,
        lost=max(0, acknowledged - stored),
        surplus=max(0, stored - acknowledged - unknown),
        refused=fates.get("refused", 0),
        unknown=unknown,
        rounds=1,
    )


def of_keys(sent: Iterable[tuple[str, str, Answer]], stored: Mapping[str, Any]) -> Tally:
    """One session in which distinct keys were set, each with its value, once."""
    entries = list(sent)
    good = [(key, value) for key, value, answer in entries if answer.fate == "acknowledged"]
    refused = [(key, value) for key, value, answer in entries if answer.fate == "refused"]
    return Tally(
        tested=len(good),
        lost=sum(stored.get(key) != value for key, value in good),
        surplus=sum(stored.get(key) == value for key, value in refused),
        refused=len(refused),
        unknown=sum(answer.fate == "unknown" for _, _, answer in entries),
        rounds=1,
    )
