"""What can be required after every step, and not only at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Observed(Protocol):
    """What an invariant may look at.

    Attributes:
        built: what was built so far, where the program builds something.
    """

    built: Sequence[object]

    def three_counts(self) -> tuple[int, int, int] | None:
        """The store, the statistics, and the rows that do not wait for cleanup; None if reading them has to wait."""

    def calls_while_waited_for(self) -> int:
        """The most database calls that a task has made while it held a lock for which another one waits."""


@dataclass(frozen=True, slots=True)
class StepInvariant:
    """Something that has to hold after every step.

    Attributes:
        holds: whether it does, in that world, now.
        sentence: what it means when it does not.
        counts: whether it asks the manager's `counts()`.
    """

    holds: Callable[[Observed], bool]
    sentence: str
    counts: bool = True


def counts_agree(world: Observed) -> bool:
    """All three are the same."""
    return len(set(world.three_counts() or ())) < 2


def every_session_is_counted(world: Observed) -> bool:
    """The store and the statistics say the same."""
    counts = world.three_counts()
    return counts is None or counts[0] == counts[1]


def two_counts_agree(world: Observed) -> bool:
    """At least two of the three are the same."""
    return len(set(world.three_counts() or ())) < 3


STEP_INVARIANTS: dict[str, StepInvariant] = {
    "counts-differ": StepInvariant(counts_agree, "Between two steps the three counts differ."),
    "uncounted-session": StepInvariant(
        every_session_is_counted, "Between two steps the store and the statistics differ."
    ),
    "three-counts": StepInvariant(two_counts_agree, "At one moment all three counts differ."),
    "delete-waits": StepInvariant(
        lambda world: world.calls_while_waited_for() < 2,
        "A task waits while another asks the database repeatedly.",
        counts=False,
    ),
    "built-twice": StepInvariant(lambda world: len(world.built) < 2, "The value was built twice.", counts=False),
}
