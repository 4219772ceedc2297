"""What passes with the GIL, tried without it for a little while."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ..choosing.choice import Choice
from ..program import FREE_THREADED
from ..report import size
from ..result import FOUND, Result
from .processes import Failed, Processes, Task
from .symmetry import Tasks


def without_gil(
    choice: Choice, programs: Iterable[Tasks], processes: Processes, columns: int, until: float
) -> Result | None:
    """A program that ends badly without the GIL: the smallest of those that were found first.

    Args:
        choice: what is graded.
        programs: that pass with it, the most promising first. What races in none of them needs no GIL.
        processes: that run them.
        columns: of the terminal.
        until: when to stop, by `time.monotonic`.
    """
    found: list[Result] = []

    def tasks() -> Iterator[Task]:
        for program in programs:
            left = until - time.monotonic()
            if found or left <= 0:
                return
            yield Task("grade", (choice.program(program), FREE_THREADED, left, columns), left)

    for _, value in processes.all(tasks()):
        if not isinstance(value, Failed) and value.result.verdict == FOUND:
            found.append(value.result)
    return min(found, key=size, default=None)
