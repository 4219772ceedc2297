"""What a policy needs of an execution: of a scenario on a manager, or of a program over any class."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from ..kernel.states import States
from ..kernel.tasks import Task

DOES_NOT_REPEAT = (
    "The same schedule led elsewhere the second time: something in the code is not the same in every run, such as a "
    "random number, an id() or the order of a set. Take what differs out, or give it a seed."
)


class Run(Protocol):
    """See the module.

    Attributes:
        turns: the task that ran at each step.
        preemptions: how often a task had to stop though it could have gone on.
    """

    turns: list[str]
    preemptions: int

    @property
    def tasks(self) -> Sequence[Task]:
        """All of them, ended ones included."""

    def named(self, name: str) -> Task | None:
        """The task of that name, if it can take a step now."""

    def last(self) -> Task | None:
        """The task that took the last step, if it could go on."""

    def step(self, task: Task) -> None:
        """Let `task` take one step."""

    def retrace(self, turns: Sequence[str]) -> None:
        """Take steps that were taken before.

        Raises:
            CannotDecide: one of them cannot be taken.
        """

    def knowledge(self) -> tuple[int, ...]:
        """What each task knows, as far as steps that are retraced do not tell."""

    def recall(self, knowledge: Sequence[int]) -> None:
        """Let the tasks know what they knew when they had taken these steps before."""

    def points(self) -> Hashable:
        """Where it stands: the same whenever the same steps are taken."""

    def state(self, states: States) -> object:
        """The state that it is in: from two that are equal the same can follow."""
