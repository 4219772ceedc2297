"""The schedule that shows a finding."""

from __future__ import annotations

from dataclasses import dataclass

from racelab.explorer.kernel.schedule import write

from .result import Ending


@dataclass(frozen=True, slots=True)
class Witness:
    """A schedule that ends badly."""

    preemptions: int
    turns: tuple[str, ...]
    kind: str
    ending: Ending

    def size(self) -> tuple[int, int, int, str]:
        """The smaller, the easier to read: fewest preemptions, then fewest steps, then fewest turns."""
        return self.preemptions, len(self.turns), len(self.text), self.text

    @property
    def text(self) -> str:
        """The schedule."""
        return write(self.turns)
