"""One schedule, as it is written; where it ends, each task goes on as long as it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...kernel.states import States
from ..run import AnyTask, Run


class Diverged(Exception):
    """The execution cannot go where the schedule says."""


class Follow:
    """See `Policy`.

    Args:
        turns: the task that runs at each step.
    """

    states: States | None = None
    explored = False

    def __init__(self, turns: Sequence[str]) -> None:
        self._turns = turns
        self._begun = False

    def begin(self) -> bool:
        """Once."""
        first, self._begun = not self._begun, True
        return first

    def lead(self, run: Run[Any]) -> None:
        """Every step is still to be decided."""

    def known(self, run: Run[Any]) -> bool:  # noqa: ARG002
        """Nothing is remembered."""
        return False

    def choose(self, run: Run[AnyTask], ready: Sequence[AnyTask]) -> AnyTask:
        """The task whose turn it is.

        Raises:
            Diverged: it cannot go on, and why.
        """
        step = len(run.turns)
        if step >= len(self._turns):
            return run.last() or ready[0]
        name = self._turns[step]
        task = next((task for task in ready if task.name == name), None)
        if task is None:
            raise Diverged(f"Step {step + 1}: {_why_not(run, name)}. The steps before it are shown.")
        return task

    def end(self, run: Run[Any], outcome: object) -> None:
        """Nothing is learnt."""

    def exhausted(self) -> bool:
        """One schedule is not all."""
        return False


def _why_not(run: Run[Any], name: str) -> str:
    task = next((task for task in run.tasks if task.name == name), None)
    there = " and ".join(task.name for task in run.tasks)
    return f"there is no task {name}, only {there}" if task is None else task.why_not()
