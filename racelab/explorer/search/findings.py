"""What an exploration found: three-valued, with the smallest schedule for each anomaly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from ..programs.scenario import Scenario
from .execution import Execution
from .outcomes import TOO_LONG, Outcome

NONE, FOUND, CANNOT_TELL = "none", "found", "cannot tell"


@dataclass(frozen=True, slots=True)
class Witness:
    """A schedule that ends in an anomaly."""

    schedule: str
    preemptions: int
    steps: int
    ending: Outcome

    def size(self) -> tuple[int, int, int, str]:
        """The smaller, the easier to read: fewest preemptions, then fewest steps, then fewest turns."""
        return self.preemptions, self.steps, len(self.schedule), self.schedule


@dataclass(slots=True)
class Findings:
    """What an exploration found.

    Attributes:
        executions: how many were begun; `merged` of them ended early, in a state that was known.
        states: how many different ones they went through, if all were covered.
        schedules: how many ways there are to interleave the tasks, if all were covered; else how many were run.
        losing: how many of those end in an anomaly.
        endings: how many schedules end how.
        witnesses: the smallest for each anomaly.
        exhausted: whether every schedule was covered, `bound` permitting.
        too_long: how many executions did not come to an end.
        unobserved: the operations that succeeded and met no scheduling point.
        not_merged: why states were not recognised though that was asked for; empty if they were.
        unsure: why nothing certain can be said; empty if something can.
    """

    scenario: Scenario
    variant: str
    bound: int | None = None
    executions: int = 0
    merged: int = 0
    states: int = 0
    schedules: int = 0
    losing: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    exhausted: bool = False
    too_long: int = 0
    unobserved: set[str] = field(default_factory=set)
    not_merged: str = ""
    unsure: str = ""
    seconds: float = 0.0

    def add(self, outcome: Outcome, run: Execution) -> None:
        """One more execution, and how it came out."""
        self.outcomes[outcome] += 1
        self.too_long += outcome.kind == TOO_LONG
        preemptions, steps = run.preemptions, len(run.turns)
        for name in outcome.names:
            known = self.witnesses.get(name)
            if known is None or (preemptions, steps) <= (known.preemptions, known.steps):
                found = Witness(run.schedule(), preemptions, steps, outcome)
                self.witnesses[name] = found if known is None else min(known, found, key=Witness.size)

    @property
    def verdict(self) -> str:
        """`found`, `none` (every schedule was covered), or `cannot tell`."""
        if self.witnesses:
            return FOUND
        return NONE if self.exhausted and not self.unsure else CANNOT_TELL

    def fingerprint(self) -> str:
        """Changes with every answer and all that is left at the end of any schedule, and with how many end so."""
        told = sorted(f"{many} {ending.fingerprint()}" for ending, many in self.outcomes.items())
        return sha256("\n".join(told).encode()).hexdigest()[:12]

    @property
    def witness(self) -> Witness | None:
        """The smallest of all."""
        return min(self.witnesses.values(), key=Witness.size, default=None)
