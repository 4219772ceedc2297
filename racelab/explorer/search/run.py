"""One execution under way, of a scenario on a manager or of a program over any class: what policies lead."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

from ..kernel.alarm import innermost
from ..kernel.calls import CannotDecide
from ..kernel.schedule import write
from ..kernel.tasks import Stage, Task

AnyTask = TypeVar("AnyTask", bound=Task)

DOES_NOT_REPEAT = (
    "The same schedule led elsewhere the second time: something in the code is not the same in every run, such as a "
    "random number, an id() or the order of a set. Take what differs out, or give it a seed."
)


class Run(Generic[AnyTask]):
    """See the module. Close it: its tasks may be anywhere.

    Args:
        stage: that its tasks share.

    Attributes:
        tasks: all of them, ended ones included.
        turns: the task that ran at each step.
        preemptions: how often a task had to stop though it could have gone on.
        in_order: whether the state says which call had been answered before another began.
    """

    in_order = True

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.tasks = cast("list[AnyTask]", stage.tasks)
        self.turns: list[str] = []
        self.preemptions = 0
        self._last: AnyTask | None = None
        self._alarm = innermost()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all tasks wherever they are."""
        self.stage.close()

    def named(self, name: str) -> AnyTask | None:
        """The task of that name, if it can take a step now."""
        for task in self.tasks:
            if task.name == name:
                return task if task.ready() else None
        return None

    def last(self) -> AnyTask | None:
        """The task that took the last step, if it could go on."""
        last = self._last
        return last if last is not None and last.ready() else None

    def step(self, task: AnyTask) -> None:
        """Let `task` take one step."""
        last = self._last
        if last is not task:
            self.preemptions += last is not None and last.ready()
            self._last = task
        self.turns.append(task.name)
        task.resume()
        if self._alarm is not None:
            self._alarm.stepped()
        self.stepped(task)

    def stepped(self, task: AnyTask) -> None:
        """That task has taken a step."""

    def retrace(self, turns: Sequence[str]) -> None:
        """Take steps that were taken before: with all that is noted, because clocks and contents come from it.

        Raises:
            CannotDecide: one of them cannot be taken.
        """
        for name in turns:
            task = self.named(name)
            if task is None:
                raise CannotDecide(DOES_NOT_REPEAT)
            self.step(task)

    def knowledge(self) -> tuple[int, ...]:
        """What each task knows, as far as steps that are retraced do not tell."""
        return ()

    def recall(self, knowledge: Sequence[int]) -> None:
        """Let the tasks know what they knew when they had taken these steps before."""

    def points(self) -> Hashable:
        """Where it stands: the same whenever the same steps are taken. All of the state, so that nothing is missed."""
        return self.state()

    def state(self) -> tuple[Hashable, ...]:
        """The state that it is in: see `racelab.explorer.kernel.states`."""
        known = tuple([(task.name, task.local, task.pending is None) for task in self.tasks])
        order = self.precedence() if self.in_order else ()
        assert self.stage.shared is not None
        return self.stage.shared.state(), known, order, self.beside()

    def beside(self) -> Hashable:
        """What else makes a difference to what follows, or to how it is judged."""
        return None

    def precedence(self) -> Hashable:
        """For each operation that has begun, how many of each task had been answered before."""
        return tuple([call.before for task in self.tasks for call in task.calls if call.called is not None])

    def schedule(self) -> str:
        """The steps so far, as text."""
        return write(self.turns)
