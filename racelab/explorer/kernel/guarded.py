"""What the tasks of a scenario share: values behind the locks of a manager's runtime, compared by their whole content.

A task sees what a lock guards when it takes that lock, or looks without it: it knows the content at that moment. A
lock whose value the manager has kept for itself may be read in any step.

Contents are compared by value here. That is sound for managers that share nothing beside their locks, that look at a
guarded value only while they hold its lock or after `peek()`, and that never keep a reference from one look to the
next. The lab's own do: a test runs every scenario both ways and compares all outcomes. For others see `heap`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, Protocol

from .points import Point
from .states import States, canonical
from .tasks import Stage, Task


class Lock(Protocol):
    """A lock with its value.

    Attributes:
        name: what it guards, in words.
        label: the same whatever the schedule.
        readers, writer: who holds it together with others, and who alone.
    """

    name: str
    label: str
    readers: list[Task]
    writer: Task | None

    @property
    def value(self) -> Any:
        """What it guards."""

    def held_by(self, task: Task) -> bool:
        """Whether that task has it, either way."""

    def forget(self) -> None:
        """Drop what refers back to it."""


class Contents(Protocol):
    """What locks guard, as something that can be compared."""

    def content(self, lock: Lock) -> Hashable:
        """What a task sees that holds this lock."""

    def everything(self, locks: Iterable[Lock], in_order: bool) -> Hashable:
        """What all of these guard; `in_order` if the locks are the same ones in every execution."""


class ByValue:
    """Contents as they read. Only for managers for which a test has compared that with every schedule."""

    def content(self, lock: Lock) -> Hashable:
        """What the lock guards."""
        return canonical(lock.value)

    def everything(self, locks: Iterable[Lock], in_order: bool) -> Hashable:
        """By label."""
        guarded = tuple([(lock.label, canonical(lock.value)) for lock in locks])
        return guarded if in_order else tuple(sorted(guarded, key=itemgetter(0)))


BY_VALUE = ByValue()


class GuardedValues:
    """See the module; and `states.Shared`.

    Args:
        stage: of the execution that it belongs to.
        states: numbers for a search that recognises states; without them nothing is noted.

    Attributes:
        locks: every lock there is.
        leaked: the locks whose value the manager has kept for itself, so that it may read it at any time.
        contents: how what the locks guard is compared.
    """

    def __init__(self, stage: Stage, states: States | None = None) -> None:
        self.stage = stage
        self.locks: list[Lock] = []
        self.leaked: list[Lock] = []
        self.contents: Contents = BY_VALUE
        if states is not None:
            self.number = states.number
            stage.shared = self

    def leak(self, lock: Lock) -> None:
        """Its value may be read at any time."""
        self.leaked.append(lock)
        self.stage.leaky = True

    def look(self, task: Task, lock: Lock, point: Point) -> None:
        """The task reads without a lock."""
        task.pause(point)
        if not task.alone:
            task.looked.append(lock)
            self.saw(task, lock)

    def saw(self, task: Task, lock: Lock) -> None:
        """Note what the lock guards, as it is now."""
        if self.stage.shared is not None and not task.alone:
            task.seen.append(self.number(self.contents.content(lock)))

    def before(self, task: Task) -> None:
        """What the task may read in any step, it may read in this one."""
        if not task.alone:
            for lock in self.leaked + task.looked:
                task.seen.append(self.number(self.contents.content(lock)))

    def settle(self, task: Task) -> None:
        """What the task knows now."""
        if not task.alone:
            task.local = self.number((task.local, *task.seen))
            task.seen.clear()

    def state(self) -> Hashable:
        """What all locks guard. Who holds them follows from what the tasks know."""
        in_order = not any(task.made for task in self.stage.tasks)
        return self.number(self.contents.everything(self.locks, in_order))

    @contextmanager
    def unnoted(self) -> Iterator[None]:
        """While it lasts, steps are taken again whose observations are known."""
        shared, self.stage.shared = self.stage.shared, None
        yield
        self.stage.shared = shared

    def held(self) -> list[object]:
        """What lies behind the locks, and what the started threads run."""
        return [lock.value for lock in self.locks] + [call.run for task in self.stage.tasks for call in task.calls]

    def close(self) -> None:
        """The execution is over: drop what refers back to it."""
        for lock in self.locks:
            lock.forget()
        self.locks, self.leaked, self.contents = [], [], BY_VALUE
