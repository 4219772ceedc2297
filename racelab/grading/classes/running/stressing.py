"""Real threads on the programs of a class, instead of every interleaving: how often a round ends as no order does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..choosing.choice import Choice
from ..report import task_texts
from ..result import CANNOT_TELL, FOUND, Verdict
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
        now: the program that runs, its rounds so far, and how many of them ended badly; None if none does.
    """

    choice: Choice
    seen: list[tuple[Tasks, Stressed]] = field(default_factory=list)
    not_seen: list[tuple[Tasks, Stressed]] = field(default_factory=list)
    failed: list[tuple[Tasks, str]] = field(default_factory=list)
    left_out: int = 0
    now: tuple[Tasks, int, int] | None = None

    def verdict(self) -> Verdict:
        """*Found* if any round ended as no order does, also of a program that was interrupted; else *cannot tell*."""
        return FOUND if self.seen or (self.now and self.now[2]) else CANNOT_TELL

    def done(self) -> int:
        """How many programs were tried."""
        return len(self.seen) + len(self.not_seen) + len(self.failed)

    def add(self, tasks: Tasks, value: Stressed | Failed) -> None:
        """What came of one more."""
        self.now = None
        if isinstance(value, Failed) or value.unsure:
            self.failed.append((tasks, value.reason if isinstance(value, Failed) else value.unsure))
        else:
            (self.seen if value.bad else self.not_seen).append((tasks, value))


def stress(told: Stressing, seconds: float, processes: Processes, progress: Callable[[str], None]) -> None:
    """Run the given program, or as many pairs as there is time for.

    Args:
        told: of what is called; is told what was seen, so that it is known too if this is interrupted.
        seconds: for all programs together.
        processes: one at a time: rounds that run beside others would see other odds.
        progress: is told a line now and then.
    """
    choice = told.choice
    programs = [choice.tasks] if choice.tasks else Growth(choice.calls, choice.alike()).programs(SHAPES[0])
    many = max(1, min(len(programs), int(seconds / EACH)))
    told.left_out, began = len(programs), time.monotonic()

    def tasks() -> Iterator[Task]:
        for one in programs[:many]:
            left = seconds - (time.monotonic() - began)
            if left > 0:
                told.now = one, 0, 0
                each = min(seconds / many, left)
                yield Task("stress", (choice.program(one), each), each, one)

    def heard(task: Task | None = None, said: tuple[int, int] | None = None) -> None:
        if task is not None and said is not None:
            told.now = task.key, *said
        spent = time.monotonic() - began
        _, rounds, bad = told.now or ((), 0, 0)
        now = f"{rounds:,} rounds, {bad:,} of them bad; " if rounds else ""
        progress(f"{told.done():,} of {many:,} programs, {len(told.seen):,} seen; {now}{spent:.0f} of {seconds:.0f} s")

    for task, value in processes.all(tasks(), heard):
        told.add(task.key, value)
        told.left_out -= 1
        heard()


def sentences(told: Stressing) -> list[str]:
    """What was seen, the most telling first."""
    lines = [f"{task_texts(tasks)}: {each.sentence()}" for tasks, each in told.seen]
    if told.now is not None:
        tasks, rounds, bad = told.now
        ended = f"{bad:,} of them ended" if bad else "none of them ended"
        lines.append(
            f"{task_texts(tasks)}: Interrupted after {rounds:,} rounds; {ended} as no order of the calls does."
        )
    lines += [f"{task_texts(tasks)}: {each.sentence()}" for tasks, each in told.not_seen]
    lines += [f"{task_texts(tasks)}: nothing can be said, because {why}" for tasks, why in told.failed]
    if left_out := told.left_out - (told.now is not None):
        lines.append(f"{left_out:,} more pairs were not tried: give it more time with --seconds.")
    return lines
