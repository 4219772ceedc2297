"""A task: one client's operations, one after another, in a greenlet that stops at every point (see `runners`).

The stage is what all tasks of one execution share: who runs, and who is being ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from session_manager.model import InjectedFault

from .calls import Call, CannotDecide
from .points import Point, Waitable
from .runners import Body, Runner
from .states import Shared

T = TypeVar("T")
NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CALL = Point("call", "")
END = Point("world", "end")
MOST_AFTERWARDS = 1_000
MOST_ALONE = 100_000
DOES_NOT_END = "{} does not end when it is told to: something in the manager catches BaseException. Catch Exception."
ALONE_TOO_LONG = f"What happens before the first step or after the last one does not end within {MOST_ALONE:,} points."
OF_ANOTHER_EXECUTION = (
    "The manager used {}, which belongs to an execution that is over. Something lives longer than the manager, such as "
    "a lock in a module, a class attribute or a default argument. Make it in __init__, for each manager."
)


class WouldWait(BaseException):
    """Whoever looks from outside would have to wait for a lock."""


class Stage:
    """See the module.

    Args:
        visitors: how many tasks the program has.
        announced: whether each operation begins with a point of its own.

    Attributes:
        shared: what its tasks share; None while nobody wants to know what they see.
        task: who runs; None while the world is looked at from outside, when nothing is a point.
        ending: who is being ended, wherever it is.
        tasks: the program's, and the threads that the manager has started.
        building: whether the manager is being made.
        leaky: whether something that tasks share may be read at any time: then operations begin with a point as well.
        fault_armed: the next release by a task ends its operation.
        gave_up: why nothing can be said of this execution, should the manager catch what says so.
        over: whether the execution has ended, and nothing of it may be used any more.
    """

    def __init__(self, visitors: int, announced: bool) -> None:
        self.shared: Shared | None = None
        self.visitors = visitors
        self.announced = announced
        self.task: Task | None = None
        self.ending: Task | None = None
        self.tasks: list[Task] = []
        self.building = True
        self.leaky = False
        self.fault_armed = False
        self.gave_up = ""
        self.over = False
        self._alone_for = 0
        self._position = 0
        self._probing = False
        self._made: dict[str, int] = {}
        _here.stage = self

    def begins(self, call: Call) -> None:
        """Note when a call has begun, and what had been answered by then."""
        self._position += 1
        call.called = self._position
        call.before = tuple([task.current for task in self.tasks])

    def answers(self, call: Call) -> None:
        """Note when a call was answered."""
        self._position += 1
        call.returned = self._position

    def point(self, point: Point) -> None:
        """The running task stops here until it is chosen."""
        if self.task is not None:
            self.task.pause(point)
        else:
            self.passed(point.name, point.on, point.kind)

    def passed(self, name: str, on: Waitable | None = None, kind: str = "") -> None:
        """A point that no task meets: met from outside, by a task that is being ended, or after the end."""
        if self.ending is not None:
            self.ending.goes_on()
        elif self.over:
            self.give_up(OF_ANOTHER_EXECUTION.format(name or "something"))
        elif self._probing and on is not None and not on.free_for(None, kind):
            raise WouldWait

    def give_up(self, reason: str) -> None:
        """End the exploration.

        Raises:
            CannotDecide: always.
        """
        running: Stage = _here.stage  # another one, if what is over is used again
        running.gave_up = reason
        raise CannotDecide(reason)

    @contextmanager
    def outside(self) -> Iterator[None]:
        """While it lasts nothing is a point: it happens outside of the managers, at one instant."""
        task, self.task = self.task, None
        try:
            yield
        finally:
            self.task = task

    def look(self, what: Callable[[], T]) -> T | None:
        """What somebody would see who looks now without being a task; None if they would have to wait for a lock."""
        self._probing = True
        try:
            return what()
        except WouldWait:
            return None
        finally:
            self._probing = False

    def label(self, kind: str) -> str:
        """A name that does not depend on the schedule: the task's, and how many of the kind it has made."""
        task = self.task
        made, maker = (self._made, "") if task is None or task.alone else (task.made, task.name)
        made[kind] = made.get(kind, 0) + 1
        return f"{maker}{made[kind]}"

    def released(self, name: str, failing: bool) -> None:
        """Called after a release while a fault is armed: here it strikes."""
        if self.task is not None and not self.task.alone and not failing:
            self.fault_armed = False
            if self.shared is not None:
                self.task.seen.append("fault")
            raise InjectedFault(name)

    def count_alone(self) -> None:
        """One more step outside of the schedule."""
        self._alone_for += 1
        if self._alone_for > MOST_ALONE:
            self.give_up(ALONE_TOO_LONG)

    def close(self) -> None:
        """End all tasks wherever they are. Nothing of this execution may be used any more."""
        try:
            for task in self.tasks:
                task.abandon()
        finally:
            self.over = True
            self.tasks = []


@dataclass(slots=True, eq=False)
class Task:
    """See the module.

    Attributes:
        name: its letter in schedules; empty if no schedule names it.
        started: whether it is a thread that the manager has started, and no client's.
        alone: whether it runs while no other is meant to, so that it stops only where it has to wait.
        pending: what it does next; None when it has ended.
        current: the operation it is in, and so how many have been answered.
        unbegun: whether that has met no point yet, so that nothing of it can be noticed.
        ahead: how many further steps it takes without being chosen, where a known prefix is gone again.
        seen: what it has read in this step.
        asked: how often it has asked the database.
        looked: what it has read without a lock and may read again until the operation ends.
        made: how many locks and ids it has made, so that their names do not depend on the schedule.
        met: how many points it has met, beginnings of operations not counted.
        local: stands for everything it knows: a number that is the same after the same observations.
        runner: runs it; None before it begins and after it was abandoned.
        afterwards: how many points it has passed since it was abandoned.
    """

    stage: Stage
    name: str
    calls: Sequence[Call]
    started: bool = False
    alone: bool = False
    pending: Point | None = None
    current: int = 0
    unbegun: bool = False
    ahead: int = 0
    seen: list[object] = field(default_factory=list)
    looked: list[Any] = field(default_factory=list)
    asked: int = 0
    made: dict[str, int] = field(default_factory=dict)
    met: int = 0
    local: int = -1
    runner: Runner | None = None
    afterwards: int = 0

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.pending is None

    def begin(self) -> None:
        """Run up to the first point: nothing before it can be noticed by another task."""
        self.runner = Runner.borrow()
        self.resume(self._body)

    def resume(self, body: Body | None = None) -> None:
        """Run to the next point, or to the end: one step."""
        assert self.runner is not None
        stage = self.stage
        shared = stage.shared
        if shared is not None and (stage.leaky or self.looked):
            shared.before(self)
        stage.task = self
        try:
            self.runner.go_on(body)
        finally:
            stage.task = None
        if stage.gave_up:
            raise CannotDecide(stage.gave_up)  # also if the code has caught what said so
        if shared is not None:
            shared.settle(self)

    def abandon(self) -> None:
        """End it where it is.

        Raises:
            CannotDecide: it goes on and on.
        """
        if self.runner is not None:
            self.stage.task, self.stage.ending = None, self
            ended = self.runner.give_back()
            self.stage.ending, self.runner = None, None
            if not ended:
                raise CannotDecide(DOES_NOT_END.format(self.name))

    def goes_on(self) -> None:
        """Called at each point after it was abandoned: what is cleared up on the way out may pass some, and no more."""
        self.afterwards += 1
        if self.afterwards > MOST_AFTERWARDS and self.runner is not None:
            self.runner.pause()

    def pause(self, point: Point) -> None:
        """Stop before `point` until chosen; alone, only as long as something has to be waited for."""
        if self.alone:
            self.stage.count_alone()
            if point.on is None or point.on.free_for(self, point.kind):
                return
        self.pending = point
        self.met += point is not CALL
        if self.ahead and (point.on is None or point.on.free_for(self, point.kind)):
            self.ahead -= 1
        else:
            assert self.runner is not None
            self.runner.pause()
        self.is_noticed()

    def is_noticed(self) -> None:
        """The call under way has begun, if that was not noted before."""
        if self.unbegun:
            self.unbegun = False
            self.stage.begins(self.calls[self.current])

    def ready(self) -> bool:
        """Whether it can go on now."""
        point = self.pending
        return point is not None and (point.on is None or point.on.free_for(self, point.kind))

    def wants_to_write(self, lock: object) -> bool:
        """Whether it stands before a lock that it would hold alone."""
        return self.pending is not None and self.pending.on is lock and self.pending.kind in ("write", "lock")

    def why_not(self) -> str:
        """Why it cannot go on, in words."""
        name = self.name or "it"
        if self.pending is None:
            return f"{name} has ended"
        if self.ready():  # and yet it may not: see `Execution.ready`
            return f"{name} waits behind a writer of the {self.pending.name}"
        return f"{name} waits for {self.pending.on.holders() if self.pending.on else 'nothing'}"

    def opens(self) -> None:
        """A call is about to begin."""
        if not self.alone and (self.stage.announced or self.stage.leaky):
            self.pause(CALL)

    def closes(self) -> None:
        """A call has ended: what it has looked at it does not look at any more."""
        self.looked.clear()

    def _body(self) -> None:
        for call in self.calls:
            self.unbegun = not self.alone
            self.opens()
            before = self.met
            call.perform()
            call.points = self.met - before
            if self.unbegun:
                self.stage.begins(call)
            self.stage.answers(call)
            self.current += 1
            self.closes()
        self.unbegun = False
        if self.started:
            self.pause(END)  # between its last step and its end others may find it alive
        self.pending = None


_here: Any = threading.local()
"""`stage`: the one that was set up last in this thread."""
