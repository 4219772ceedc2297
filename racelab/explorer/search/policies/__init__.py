"""Decide who runs next. Every policy answers two questions: may another execution start, and which task goes now?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ...kernel.states import States
from ..run import AnyTask, Run
from .depth_first import DepthFirst
from .follow import Diverged, Follow
from .pct import PCT
from .random_walk import RandomWalk

__all__ = ["PCT", "DepthFirst", "Diverged", "Follow", "Policy", "RandomWalk"]


@runtime_checkable
class Policy(Protocol):
    """See the module.

    Attributes:
        states: what executions note their states with; None if they need not.
        explored: whether it has been used: it would go on where it has stopped.
    """

    states: States | None
    explored: bool

    def begin(self) -> bool:
        """Whether another execution may start."""

    def lead(self, run: Run[Any]) -> None:
        """Take the first steps, as far as they are decided already."""

    def known(self, run: Run[Any]) -> bool:
        """Whether all that can follow from here has been seen before."""

    def choose(self, run: Run[AnyTask], ready: Sequence[AnyTask]) -> AnyTask:
        """Which of them takes the next step."""

    def end(self, run: Run[Any], outcome: object) -> None:
        """How an execution that was not known came out."""

    def exhausted(self) -> bool:
        """Whether there is no schedule left that was not tried."""
