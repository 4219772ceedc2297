"""Any task that can go, with equal odds at every point. Repeatable by its seed; never exhausted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ...kernel.states import States
from ...programs.given import whole
from ..run import AnyTask, Run


class RandomWalk:
    """See `Policy`.

    Args:
        seed: of the first execution; each further one takes the next.
        executions: how many.
    """

    states: States | None = None
    explored = False

    def __init__(self, seed: int, executions: int) -> None:
        whole("seed", seed)
        whole("executions", executions, least=1)
        self._seeds = iter(range(seed, seed + executions))
        self._chance = random.Random()

    def begin(self) -> bool:
        """Until all executions are done."""
        seed = next(self._seeds, None)
        self._chance.seed(seed)
        return seed is not None

    def lead(self, run: Run[Any]) -> None:
        """Every step is still to be decided."""

    def known(self, run: Run[Any]) -> bool:  # noqa: ARG002
        """Nothing is remembered."""
        return False

    def choose(self, run: Run[AnyTask], ready: Sequence[AnyTask]) -> AnyTask:  # noqa: ARG002
        """Any."""
        return self._chance.choice(ready)

    def end(self, run: Run[Any], outcome: object) -> None:
        """Nothing is learnt."""

    def exhausted(self) -> bool:
        """Chance never is."""
        return False
