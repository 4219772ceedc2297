"""What came of the scenarios, as it leaves the processes that played them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ..result import CANNOT_TELL, FOUND, NONE, Result
from ..story import Story

NOT_ASKED: Final = "not asked"
Outcome = Literal["none", "found", "cannot tell", "not asked"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One scenario.

    Attributes:
        title: what happens in it, in a sentence.
        outcome: `none` if every interleaving was tried and nothing is wrong in any.
        why: nothing can be told, or it was not asked; empty otherwise.
        late: whether it cannot be told because the time was up.
        sentence: what is wrong, in the checker's words.
        result: with the anomaly as its name; None if it was not asked.
    """

    name: str
    title: str
    outcome: Outcome
    why: str = ""
    late: bool = False
    sentence: str = ""
    result: Result | None = None
    story: Story | None = None

    def passed(self) -> str:
        """With how many schedules there are: 'lost-increment (2)'."""
        return f"{self.name} ({self.result.schedules:,})" if self.result is not None else self.name

    def told(self) -> str:
        """Why nothing can be told of it."""
        return (
            f"The scenario {self.name} {'is not asked' if self.outcome == NOT_ASKED else 'cannot be told'}: {self.why}"
        )


def of_outcome(scenes: list[Scene], outcome: Outcome) -> list[Scene]:
    """Those with that outcome."""
    return [one for one in scenes if one.outcome == outcome]


def counted(scenes: list[Scene]) -> str:
    """'scenarios 15 of 16': how many of those that were asked have a verdict."""
    decided = sum(one.outcome in (NONE, FOUND) for one in scenes)
    return f"scenarios {decided} of {sum(one.outcome != NOT_ASKED for one in scenes)}"


def undecided(scenes: list[Scene]) -> list[Scene]:
    """Those of which nothing can be said, however much time there is."""
    return [one for one in of_outcome(scenes, CANNOT_TELL) if not one.late]
