"""What tasks of ordinary code wait for: the base of every modelled primitive, and the ways to stop at one.

Every operation of a primitive is one point, before it. Nothing is looked at before that point. A wait with a time-out
may end late at any turn: how long that is, the schedule decides.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from .calls import CannotDecide
from .cells import Modelled
from .memory import Memory
from .points import Point
from .tasks import OF_ANOTHER_EXECUTION
from .threads import MOST_LATE, Thread, here

LATE: Final = f"A wait with a time-out ends late at most {MOST_LATE} times in a row while another task could move."
OUTSIDE: Final = "{} was made or used outside of every execution."
FOR_EVER: Final = "Before the first step or after the last one the code waits for ever: {} {}."


class Until:
    """A condition as a thing to wait for: see `points.Waitable`.

    Args:
        holds: whether that task could go on.
        timeout: seconds after which it may go on all the same; None for never.
        words: what it waits for: 'the lock that B holds'.
    """

    __slots__ = ("_words", "holds", "timeout")

    def __init__(
        self, holds: Callable[[Thread], bool], timeout: float | None = None, words: Callable[[], str] = lambda: ""
    ) -> None:
        self.holds, self.timeout, self._words = holds, timeout, words

    def free_for(self, task: object, kind: str) -> bool:  # noqa: ARG002
        """Whether that task could go on now."""
        return self.timeout is not None or (isinstance(task, Thread) and self.holds(task))

    def holders(self) -> str:
        """What it waits for, in words."""
        return self._words()


class Primitive(Modelled):
    """A modelled primitive. Its name comes from its maker, so that it does not depend on the schedule.

    Args:
        kind: 'lock', 'queue'.

    Attributes:
        clock: what is ordered before whoever acquires it; None if nothing was released yet.

    Raises:
        CannotDecide: nothing is explored.
    """

    __slots__ = ("_memory", "clock", "kind", "name")

    def __init__(self, kind: str) -> None:
        memory = here.memory
        if memory is None:
            raise CannotDecide(OUTSIDE.format(f"A {kind}"))
        self._memory = memory
        self.clock: list[int] | None = None
        self.kind = kind
        self.name = f"{kind} {memory.new_name(here.task)}"
        memory.primitives.append(self)

    def key(self) -> Hashable:
        """Its state, with names of tasks in place of tasks."""
        return None

    def words(self) -> str:
        """Why a task has to wait for it."""
        return f"the {self.name}"

    def running(self) -> tuple[Memory, Thread | None]:
        """The execution under way, and who runs; None for a task that is being ended, or nobody.

        Raises:
            CannotDecide: it belongs to another execution.
        """
        memory, task = self._memory, here.task
        if memory is not here.memory:
            if here.memory is None:
                raise CannotDecide(OUTSIDE.format(f"The {self.name}"))
            here.memory.stage.give_up(OF_ANOTHER_EXECUTION.format(f"the {self.name}"))
        if task is None:
            memory.stage.passed(self.name)
        return memory, task

    def stop(self, what: str) -> Thread | None:
        """Stop before an operation that never has to wait. Returns who runs, if anybody does."""
        _, task = self.running()
        if task is not None:
            task.pause(Point("operation", f"{what} the {self.name}"))
            task.fresh = True
        return task

    def wait_until(
        self, what: str, holds: Callable[[Thread], bool], timeout: float | None = None
    ) -> tuple[Thread | None, bool]:
        """Stop until something holds; with a time-out it may also be given up.

        Returns:
            Who runs, and whether it holds. A task that is being ended does not wait.

        Raises:
            CannotDecide: nobody else could ever make it hold.
        """
        memory, task = self.running()
        if task is None:
            return None, True
        timeout = timeout if timeout is None else max(timeout, 0)
        task.pause(Point("operation", f"{what} the {self.name}", Until(holds, timeout, self.words)))
        task.fresh = True
        if holds(task):
            if timeout is not None:
                task.learns("in time")
            return task, True
        task.learns("late")
        gave_up_waiting(memory, task, timeout or 0)
        return task, False

    def acquired(self, task: Thread | None) -> None:
        """What was released before is ordered before what this task does next."""
        if task is not None:
            task.ordered_after(self.clock)

    def released(self, task: Thread | None) -> None:
        """What this task has done is ordered before whoever acquires it next."""
        if task is not None:
            if self.clock is None:
                self.clock = list(task.clock)
            else:
                self.clock = list(map(max, self.clock, task.clock))
            task.clock[task.index] += 1

    def __bool__(self) -> bool:
        return True

    def __reduce__(self) -> str:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


def gave_up_waiting(memory: Memory, task: Thread, seconds: float) -> None:
    """The task goes on because its time is over: the modelled clock moves on."""
    memory.pass_time(task, seconds)
    task.late += 1
    memory.places.assumed.add(LATE)
