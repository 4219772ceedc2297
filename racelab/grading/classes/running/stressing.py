"""Real threads on the programs of a class, instead of every interleaving: how often a round ends as no order does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..choosing.choice import Choice
from ..report import task_texts
from .growth import SHAPES, Growth
from .processes import Failed, Processes, Task
from .symmetry import Tasks

if TYPE_CHECKING:
    from racelab.grading.stress.rounds import Stressed

EACH: Final = 2.0
"""Seconds for one program, if there are many."""


@dataclass(slots=True)
class Stressing:
    """What real threads have shown.

    Attributes:
        seen: programs that ended as no serial order does, with how often.
        not_seen: the others, with what that means.
        failed: those that came to nothing, with the reason.
        left_out: how many there was no time for.
    """

    choice: Choice
    seen: list[tuple[Tasks, Stressed]] = field(default_factory=list)
    not_seen: list[tuple[Tasks, Stressed]] = field(default_factory=list)
    failed: list[tuple[Tasks, str]] = field(default_factory=list)
    left_out: int = 0

    def done(self) -> int:
        """How many programs were tried."""
        return len(self.seen) + len(self.not_seen) + len(self.failed)

    def add(self, tasks: Tasks, value: Stressed | Failed) -> None:
        """What came of one more."""
        if isinstance(value, Failed) or value.unsure:
            self.failed.append((tasks, value.reason if isinstance(value, Failed) else value.unsure))
        else:
            (self.seen if value.bad else self.not_seen).append((tasks, value))


def stress(
    choice: Choice, seconds: float, processes: Processes, progress: Callable[[str], None] | None = None
) -> Stressing:
    """Run the given program, or as many pairs as there is time for.

    Args:
        choice: what is called.
        seconds: for all programs together.
        processes: one at a time: rounds that run beside others would see other odds.
        progress: is told a line now and then.
    """
    programs = [choice.tasks] if choice.tasks else Growth(choice.calls, choice.alike()).programs(SHAPES[0])
    many = max(1, min(len(programs), int(seconds / EACH)))
    told, began = Stressing(choice), time.monotonic()

    def tasks() -> Iterator[Task]:
        for one in programs[:many]:
            left = seconds - (time.monotonic() - began)
            if left > 0:
                each = min(seconds / many, left)
                yield Task("stress", (choice.program(one), each), each, one)

    def heard(_task: Task | None = None, _said: object = None) -> None:
        if progress is not None:
            spent = time.monotonic() - began
            progress(f"{told.done():,} of {many:,} programs, {len(told.seen):,} seen; {spent:.0f} of {seconds:.0f} s")

    for task, value in processes.all(tasks(), heard):
        told.add(task.key, value)
        heard()
    told.left_out = len(programs) - told.done()
    return told


def sentences(told: Stressing) -> list[str]:
    """What was seen, the most telling first."""
    lines = [f"{task_texts(tasks)}: {each.sentence()}" for tasks, each in told.seen]
    lines += [f"{task_texts(tasks)}: {each.sentence()}" for tasks, each in told.not_seen]
    lines += [f"{task_texts(tasks)}: nothing can be said, because {why}" for tasks, why in told.failed]
    if told.left_out:
        lines.append(f"{told.left_out:,} more pairs were not tried: give it more time with --seconds.")
    return lines
