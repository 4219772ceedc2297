"""The step invariants: of which counts and calls each one holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from racelab.explorer.programs.invariants import STEP_INVARIANTS


@dataclass
class Seen:
    """What an invariant may look at, as a test says."""

    counts: tuple[int, int, int] | None = (1, 1, 1)
    calls: int = 0
    built: Sequence[object] = ()

    def three_counts(self) -> tuple[int, int, int] | None:
        return self.counts

    def calls_while_waited_for(self) -> int:
        return self.calls


def test_each_invariant_holds_of_what_it_says_and_of_nothing_else() -> None:
    """Of counts that cannot be read every invariant holds."""
    broken: list[tuple[Seen, set[str]]] = [
        (Seen(), set()),
        (Seen(counts=None), set()),
        (Seen(counts=(2, 1, 1)), {"counts-differ", "uncounted-session"}),
        (Seen(counts=(1, 2, 1)), {"counts-differ", "uncounted-session"}),
        (Seen(counts=(1, 1, 2)), {"counts-differ"}),
        (Seen(counts=(3, 2, 1)), {"counts-differ", "uncounted-session", "three-counts"}),
        (Seen(calls=1), set()),
        (Seen(calls=2), {"delete-waits"}),
        (Seen(built=[1]), set()),
        (Seen(built=[1, 2]), {"built-twice"}),
    ]
    for seen, names in broken:
        assert {name for name, one in STEP_INVARIANTS.items() if not one.holds(seen)} == names, seen
