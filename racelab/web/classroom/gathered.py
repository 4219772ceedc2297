"""What a class has said and measured so far: guesses, runs, and how far the lesson has come. In memory, and bounded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ...lesson import STEPS
from ...promises import steady
from .handed_in import Measured

MOST_GUESSES: Final = 500
MOST_RUNS: Final = 300

Became = Literal["added", "there", "replaced"]
THERE: Final = "there"
REPLACED: Final = "replaced"


class Full(Exception):
    """Nothing more is taken: a sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Of every 100 changes, how many vanish: what one student says. The name may be empty."""

    lost: float
    name: str


@dataclass(frozen=True, slots=True)
class Board:
    """All of it at one moment.

    Attributes:
        mark: grows with each change.
        runs: by number, in the order in which they came.
        step: the present one; -1 before the lesson has begun.
        began: when each step began, in Unix time; the first is the lesson's beginning.
    """

    students: int
    mark: int = 0
    guesses: tuple[Guess, ...] = ()
    runs: dict[int, Measured] = field(default_factory=dict)
    step: int = -1
    began: tuple[float, float] = (0.0, 0.0)

    def of(self, manager: str) -> list[float]:
        """The percentages that one manager lost, smallest first."""
        return sorted(run.counts[manager].percent for run in self.runs.values() if manager in run.counts)

    def without_names(self) -> Board:
        """The same for those who may not know whose guesses and files these are."""
        guesses = tuple(replace(guess, name="") for guess in self.guesses)
        runs = {number: replace(run, source=f"Run {number}") for number, run in self.runs.items()}
        return replace(self, guesses=guesses, runs=runs)


class Gathered:
    """See the module.

    Args:
        students: how many are expected.
    """

    def __init__(self, students: int) -> None:
        self._lock = threading.Lock()
        self._students = students
        self._guesses: list[Guess] = []
        self._runs: dict[int, Measured] = {}
        self._marks = self._numbers = 0
        self._step = -1
        self._began = (0.0, 0.0)

    def board(self) -> Board:
        """All of it now."""
        with self._lock:
            guesses, runs = tuple(self._guesses), dict(self._runs)
            return Board(self._students, self._marks, guesses, runs, self._step, self._began)

    def guess(self, guess: Guess) -> int:
        """Take one guess; returns how many there are.

        Raises:
            Full: there are too many.
        """
        with self._lock:
            if len(self._guesses) >= MOST_GUESSES:
                raise Full(f"The board has {MOST_GUESSES} guesses, and takes no more.")
            self._guesses.append(guess)
            self._marks += 1
            return len(self._guesses)

    def undo(self) -> Guess | None:
        """Take the last guess back; None if there is none."""
        with self._lock:
            self._marks += 1
            return self._guesses.pop() if self._guesses else None

    def add(self, run: Measured) -> Became:
        """Take a run, once: what is there already counts once, and a later state of the same run takes its place.

        Raises:
            Full: there are too many.
        """
        with self._lock:
            for number, other in self._runs.items():
                if other.identity != run.identity:
                    continue
                same = other.counts == run.counts and other.conditions == run.conditions
                if same or run.changes < other.changes:
                    return THERE
                self._runs[number] = run
                self._marks += 1
                return REPLACED
            if len(self._runs) >= MOST_RUNS:
                raise Full(
                    f"The board has {MOST_RUNS} runs, and takes no more. Remove some, or save it and start anew."
                )
            self._numbers += 1
            self._runs[self._numbers] = run
            self._marks += 1
            return "added"

    def remove(self, number: int) -> Measured | None:
        """Take a run off the board; None if there is none of that number."""
        with self._lock:
            self._marks += 1
            return self._runs.pop(number, None)

    def go(self, step: int) -> None:
        """Begin that step of the lesson; -1 is before it.

        Raises:
            ValueError: there is none.
        """
        if not -1 <= step < len(STEPS):
            raise ValueError(f"`step` must be a whole number from -1 to {len(STEPS) - 1}; got {step!r}.")
        with self._lock:
            now = steady.now()
            first = self._began[0] if self._step >= 0 and step >= 0 else now
            self._began, self._step = (first, now), step
            self._marks += 1
