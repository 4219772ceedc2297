"""All schedules in the plainest way there is: no heap, no states, no counting. What the searches are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from racelab.catalogue.variants import Variant, subject_of
from racelab.explorer.kernel.tasks import Task
from racelab.explorer.programs.scenario import Scenario
from racelab.explorer.search.execution import Execution
from racelab.explorer.search.outcomes import Judge, Outcome

ANY = 1_000_000


@dataclass(frozen=True)
class Ran:
    """One schedule that was run to its end."""

    turns: tuple[str, ...]
    preemptions: int
    ending: Outcome


def every_schedule(scenario: Scenario, variant: Variant, bound: int = ANY) -> Iterator[Ran]:
    """Each schedule of at most `bound` preemptions once, like an odometer that has a wheel for each step."""
    wheels: list[int] = []
    while True:
        sizes: list[int] = []
        with Execution(scenario, subject_of(variant)) as run:
            last: Task | None = None
            preemptions = 0
            while ready := run.ready():
                may_go = ready if last not in ready or preemptions < bound else [last]
                if len(sizes) == len(wheels):
                    wheels.append(0)
                task = may_go[wheels[len(sizes)]]
                sizes.append(len(may_go))
                preemptions += last in ready and task is not last
                run.step(task)
                last = task
            yield Ran(tuple(run.turns), preemptions, Judge().outcome_of(run))
        while wheels and wheels[-1] + 1 == sizes[len(wheels) - 1]:
            wheels.pop()
        if not wheels:
            return
        wheels[-1] += 1


@dataclass
class Tally:
    """What all schedules come to: how many end how, and the fewest preemptions and steps that show each anomaly."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    smallest: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: Scenario, variant: Variant, bound: int | None = None) -> Tally:
        """Of every schedule."""
        tally = cls()
        for ran in every_schedule(scenario, variant, ANY if bound is None else bound):
            tally.outcomes[ran.ending] += 1
            for name in ran.ending.names:
                size = ran.preemptions, len(ran.turns)
                tally.smallest[name] = min(tally.smallest.get(name, size), size)
        return tally
