"""Probabilistic concurrency testing: random priorities, and a few places where the running task falls to the lowest.

A bug that needs d tasks' steps in one order is found by each execution with a chance of at least 1 / (n * k^(d-1)), for
n tasks and k steps: Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic
guarantees of finding bugs", ASPLOS 2010.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ...kernel.states import States
from ...kernel.tasks import Task
from ...programs.given import whole
from ..run import AnyTask, Run


class PCT:
    """See `Policy`.

    Args:
        seed: of the first execution; each further one takes the next.
        executions: how many.
        depth: how many orderings a bug may need; a lost update needs 2.
    """

    states: States | None = None
    explored = False

    def __init__(self, seed: int, executions: int, depth: int = 3) -> None:
        whole("seed", seed)
        whole("executions", executions, least=1)
        whole("depth", depth, least=1)
        self._seeds = iter(range(seed, seed + executions))
        self._chance = random.Random()
        self._depth = depth
        self._longest = 1
        self._priority: dict[str, float] = {}
        self._falls: dict[int, int] = {}

    def begin(self) -> bool:
        """Draw the places anew."""
        seed = next(self._seeds, None)
        self._chance.seed(seed)
        self._priority = {}
        places = self._chance.choices(range(1, self._longest + 1), k=self._depth - 1)
        self._falls = {place: -number for number, place in enumerate(places, 1)}
        return seed is not None

    def lead(self, run: Run[Any]) -> None:
        """Every step is still to be decided."""

    def known(self, run: Run[Any]) -> bool:  # noqa: ARG002
        """Nothing is remembered."""
        return False

    def choose(self, run: Run[AnyTask], ready: Sequence[AnyTask]) -> AnyTask:
        """The one of highest priority; and at a drawn place it falls below all others first."""
        for task in run.tasks:
            self._priority.setdefault(task.name, self._chance.random())
        first = max(ready, key=self._of)
        if (fallen := self._falls.pop(len(run.turns), None)) is not None:
            self._priority[first.name] = fallen
            first = max(ready, key=self._of)
        return first

    def end(self, run: Run[Any], outcome: object) -> None:  # noqa: ARG002
        """Remember how long executions get: the places are drawn among their steps."""
        self._longest = max(self._longest, len(run.turns))

    def exhausted(self) -> bool:
        """Chance never is."""
        return False

    def _of(self, task: Task) -> float:
        return self._priority[task.name]
