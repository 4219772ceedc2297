"""A lesson of 45 minutes for a class, step by step. docs/class.md has the same with what to say and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final


@dataclass(frozen=True, slots=True)
class Step:
    """One block of the lesson.

    Attributes:
        title: of it, on the board and in the plan.
        minutes: how long it takes.
        asks: what the class reads on the board.
        press: what the teacher does, page by page.
    """

    title: str
    minutes: int
    asks: str
    press: str


STEPS: Final = (
    Step(
        "Guess",
        5,
        "20 users change the same sessions at once. Every change gets an OK. Of 100 changes, how many are gone?",
        "Class: type each guess and Enter.",
    ),
    Step(
        "See it",
        7,
        "One user makes 50 changes. Then 20 users do what the one did. What has become of their changes?",
        "See: One user, 50 updates. New run. Run 20 users.",
    ),
    Step(
        "Again",
        8,
        "The same program and the same button: does it lose the same number again?",
        "See: New run and Run 20 users, three times. Class: Add this computer's runs, drop exports.",
    ),
    Step(
        "One loss",
        12,
        "One change that was answered with OK and is gone. Who had read what, and who wrote over it?",
        "See: open the first evidence of Lost updates. Replay: lost-increment, A BBB AA.",
    ),
    Step(
        "Fix it",
        9,
        "Five fixes that look right. Which of them holds in every order of the steps?",
        "Fixes: vote on the five cards of Lost updates, It holds or It breaks.",
    ),
    Step(
        "Take home",
        4,
        "All tests with one user were green. What would you test instead?",
        "Class: Save as HTML. Ctrl-C here ends it all.",
    ),
)
MINUTES: Final = sum(step.minutes for step in STEPS)


def timed() -> Iterator[tuple[int, int, Step]]:
    """Each step with the minutes at which it begins and ends."""
    ends = accumulate(step.minutes for step in STEPS)
    return ((end - step.minutes, end, step) for end, step in zip(ends, STEPS, strict=True))
