"""Random numbers that are the same in every execution, whatever the schedule.

Each number belongs to the task that draws it, to its call, and to how many it has drawn in that call. So another order
of the tasks gives no other numbers, and the numbers need not be part of the state.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import here

ALWAYS_THE_SAME: Final = "Random numbers are the same in every execution."


class _Drawn:
    """How many numbers were drawn in the execution under way, by task and call."""

    def __init__(self) -> None:
        self.memory: Memory | None = None
        self.counts: Counter[str] = Counter()


_drawn = _Drawn()


def draw() -> random.Random:
    """A generator for one number, or for one text of random bytes."""
    memory, task = here.memory, here.task
    if _drawn.memory is not memory:
        _drawn.memory = memory
        _drawn.counts.clear()
    if memory is not None:
        memory.places.assumed.add(ALWAYS_THE_SAME)
    owner = f"{task.name} {task.current}" if task is not None and task.index else ""
    _drawn.counts[owner] += 1
    return random.Random(f"{owner} {_drawn.counts[owner]}")


def random_bytes(size: int) -> bytes:
    """As `os.urandom`.

    Args:
        size: how many.
    """
    return draw().randbytes(size)
