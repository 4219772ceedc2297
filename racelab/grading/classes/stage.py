"""The programs of one shape, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEW: Final = 4
"""Where fewer than one in so many programs have ended, nothing is said of the others."""


@dataclass(slots=True)
class Stage:
    """The programs of one shape: how many there are, and what became of them.

    Attributes:
        done: exhausted, without a finding.
        unfinished: begun, and stopped because the time was up.
        undecided: begun, and nothing can be said.
        threads: of each program.
        pointless: programs in which no call succeeds, in no order: they are not counted among the others.
        seconds: that they took.
    """

    name: str
    total: int
    done: int = 0
    found: int = 0
    unfinished: int = 0
    undecided: int = 0
    pointless: int = 0
    threads: int = 2
    seconds: float = 0.0

    def graded(self) -> int:
        """How many have a verdict."""
        return self.done + self.found

    def wanted(self) -> int:
        """How many should have one."""
        return self.total - self.pointless

    def left(self) -> float | None:
        """Seconds that the programs without an ending will take at the rate of the others.

        None where too few have ended to say so, or as many were cut off: how much of those is left is not known.
        """
        ended = self.graded() + self.pointless + self.undecided
        if ended < self.total / FEW or ended <= self.unfinished:
            return None
        return self.seconds * (self.total - ended) / ended

    def __str__(self) -> str:
        return f"{self.name} {self.graded():,} of {self.wanted():,}"
