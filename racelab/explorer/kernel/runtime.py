"""A runtime whose locks, sleeps, clock and threads are modelled: one task runs at a time, and the schedule says which.

A *scheduling point* stands before every acquire, sleep and database call, before every read without a lock, before what
signals and threads do, and where an operation begins of a manager of which nothing is known. What a task does from one
point to the next is a *step*, and no other task runs in between. Tasks are greenlets: they switch in well under a
microsecond, and all of them live in the one thread that explores.

What a task sees at each step is noted, so that two ways to the same state can be recognised (see `states`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from session_manager.sync import Guarded, RWGuarded, Signal
from session_manager.sync import Task as Started

from .calls import Call
from .guarded import GuardedValues
from .locks import AtomicCall, ModelledLock, ModelledSignal, StartedTask
from .points import Point
from .tasks import NAMES, Task

T = TypeVar("T")
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)
START = 1000.0
"""The clock at the beginning, in seconds. It stands still unless the scenario moves it."""


class ExploredRuntime:
    """See `session_manager.sync.Runtime`.

    Args:
        values: of the execution that it belongs to.

    Attributes:
        clock: seconds; `set_back`: how far the time of day is behind it. `clock_moves` says that the scenario changes
            that, so that when it is read makes a difference.
        given_ids: those of the sessions that are opened in set-up.
    """

    def __init__(self, values: GuardedValues) -> None:
        self.values, self.stage = values, values.stage
        self.clock = START
        self.set_back = 0.0
        self.clock_moves = False
        self.given_ids: list[str] = []
        self._told = START, MIDNIGHT  # kept because it is asked for again and again, and seldom changes

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock around `value`."""
        return ModelledLock(self.values, name, value)

    def rlock(self, name: str, value: T) -> Guarded[T]:
        """A re-entrant lock around `value`."""
        return ModelledLock(self.values, name, value, reentrant=True)

    def rwlock(self, name: str, value: T) -> RWGuarded[T]:
        """A reader-writer lock around `value`."""
        return ModelledLock(self.values, name, value)

    def nap(self, seconds: float) -> None:
        """Others may run. The clock stands still: which task is late is the schedule's business."""
        self.stage.point(Point("sleep", f"{seconds:g} s"))

    def now(self) -> datetime:
        """The modelled clock as a time of day. Where that is set right, it may happen before any reading."""
        clock, stage = self.clock - self.set_back, self.stage
        if self.clock_moves and stage.task is not None and not stage.task.alone:
            stage.point(Point("look", "clock"))
            clock = self.clock - self.set_back
            if stage.shared is not None:
                stage.task.seen.append(clock)
        if clock != self._told[0]:
            self._told = clock, MIDNIGHT + timedelta(seconds=clock - START)
        return self._told[1]

    def monotonic(self) -> float:
        """The modelled clock."""
        return self.clock

    def new_id(self) -> str:
        """In set-up as given; later of six characters (a task's first nine), and the same whoever runs first."""
        return self.given_ids.pop(0) if self.given_ids else f"new-{self.stage.label('session').lower()}"

    def start(self, name: str, target: Callable[[], None]) -> Started:
        """One more task, with a letter after those of the scenario's."""
        stage = self.stage
        stage.point(Point("world", f"start the thread {name}"))
        place = stage.visitors + sum(task.started for task in stage.tasks)
        if place >= len(NAMES):
            stage.give_up(f"There are more than {len(NAMES)} tasks, threads that the manager starts included.")
        label = stage.label("thread")  # letters are given in the order of starting; which thread it is does not follow
        task = Task(stage, NAMES[place], [Call(name, (), target)], started=True)
        if stage.shared is not None:
            task.seen.append(label)
        stage.tasks.append(task)
        with stage.outside():
            task.begin()
        return StartedTask(self.values, task)

    def signal(self) -> Signal:
        """A signal, not yet set."""
        return ModelledSignal(self.values)


class DatabaseSide:
    """The runtime as the database sees it: each call is one atomic step, and no fault strikes inside it."""

    def __init__(self, runtime: ExploredRuntime) -> None:
        self._values = runtime.values
        self.nap = runtime.nap

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A value that is only ever held within one step."""
        return AtomicCall(self._values, ModelledLock(self._values, name, value))
