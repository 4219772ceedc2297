"""A task: one client's operations, one after another, in a greenlet that stops at every point (see `runners`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from racelab.checker import Answer, Operation, SessionView, refusal_of
from session_manager.model import Manager, SessionData, SessionError, SessionStats

from .points import Point
from .runners import Body, Runner

if TYPE_CHECKING:
    from .runtime import ExploredRuntime, ModelledLock

NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CALL = Point("call", "")
END = Point("world", "end")
MOST_AFTERWARDS = 1_000
DOES_NOT_END = (
    "{} does not end when it is told to: something in the manager catches BaseException and goes on. Catch Exception."
)


class CannotDecide(BaseException):
    """An exploration that has no answer, and why. No manager's `except Exception` may swallow this."""


@dataclass(slots=True)
class Call:
    """One operation of a task, and how it ended.

    Attributes:
        called, returned: the step at which it began and after which it was answered; None if it was not.
        before: how many operations of each task had been answered when it began.
        answer, value: as in `racelab.checker.history.Operation`; `crash` is an error that nobody should see.
        given: the very object that was returned; `value` is what it said at that moment.
    """

    method: str
    arguments: tuple[str, ...]
    run: Callable[[], object]
    called: int | None = None
    returned: int | None = None
    before: tuple[int, ...] = ()
    answer: Answer = "unknown"
    value: object = None
    crash: BaseException | None = None
    given: object = None

    def as_operation(self, client: str) -> Operation | None:
        """The same for the checker; None for what happens around the managers."""
        method = {"write_elsewhere": "update_session"}.get(self.method, self.method)
        if self.called is None or not hasattr(Manager, method):
            return None
        value = SessionView.of(self.value) if isinstance(self.value, SessionData) else self.value
        return Operation(client, method, self.arguments, self.called, self.returned, self.answer, value)

    def perform(self) -> None:
        """Do it, and keep the answer."""
        try:
            self.given = self.run()
            self.value = self.given.copy() if isinstance(self.given, (SessionData, SessionStats)) else self.given
            self.answer = "ok"
        except SessionError as error:
            self.value = refusal_of(error)
            self.answer = "refused" if error.definite else "unknown"
        except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001 - a finding, not our end
            self.value, self.crash = type(error).__name__, error


@dataclass(slots=True, eq=False)
class Task:
    """See the module.

    Attributes:
        name: its letter in schedules.
        started: whether it is a thread that the manager has started, and no client's.
        pending: what it does next; None when it has ended.
        current: the operation it is in.
        answered: how many operations have been answered.
        seen: what it has looked at in this step.
        holding: how many locks it holds.
        asked: how often it has asked the database since it took the first of them.
        looked: what it has looked at without a lock and may look at again until the operation ends.
        made: how many locks and ids it has made, so that their names do not depend on the schedule.
        local: stands for everything it knows: a number that is the same after the same observations.
        runner: runs it; None before it begins and after it was abandoned.
        afterwards: how many points it has passed since it was abandoned.
    """

    runtime: ExploredRuntime
    name: str
    calls: Sequence[Call]
    started: bool = False
    pending: Point | None = None
    current: int = 0
    answered: int = 0
    seen: list[object] = field(default_factory=list)
    looked: list[ModelledLock[Any]] = field(default_factory=list)
    holding: int = 0
    asked: int = 0
    made: dict[str, int] = field(default_factory=dict)
    local: int = -1
    runner: Runner | None = None
    afterwards: int = 0

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.pending is None

    def begin(self) -> None:
        """Run up to the first point: nothing before it can be noticed by anybody else."""
        self.runner = Runner.borrow()
        self.resume(self._body)

    def resume(self, body: Body | None = None) -> None:
        """Run to the next point, or to the end: one step."""
        assert self.runner is not None
        runtime, states = self.runtime, self.runtime.states
        if states is not None:
            for lock in runtime.leaked + self.looked:
                self.saw(lock)
        runtime.task = self
        try:
            self.runner.go_on(body)
        finally:
            runtime.task = None
        if states is not None:
            self.local = states.number((self.local, *self.seen))
            self.seen.clear()

    def abandon(self) -> None:
        """End it where it is.

        Raises:
            CannotDecide: it goes on and on.
        """
        if self.runner is not None:
            self.runtime.task, self.runtime.abandoned = None, self
            ended = self.runner.give_back()
            self.runtime.abandoned, self.runner = None, None
            if not ended:
                raise CannotDecide(DOES_NOT_END.format(self.name))

    def goes_on(self) -> None:
        """Called at each point after it was abandoned: what is cleared up on the way out may pass some, and no more."""
        self.afterwards += 1
        if self.afterwards > MOST_AFTERWARDS and self.runner is not None:
            self.runner.pause()

    def pause(self, point: Point) -> None:
        """Stop before `point` until chosen."""
        self.pending = point
        assert self.runner is not None
        self.runner.pause()

    def look(self, lock: ModelledLock[Any]) -> None:
        """Look without a lock."""
        self.pause(Point("look", lock.name))
        self.looked.append(lock)
        self.saw(lock)

    def saw(self, lock: ModelledLock[Any]) -> None:
        """Note what the lock guards, as it is now."""
        if self.runtime.states is not None:
            self.seen.append(self.runtime.states.content(lock))

    def ready(self) -> bool:
        """Whether it can go on now."""
        point = self.pending
        return point is not None and (point.on is None or point.on.free_for(self, point.kind))

    def wants_to_write(self, lock: object) -> bool:
        """Whether it stands before a lock that it would hold alone."""
        return self.pending is not None and self.pending.on is lock and self.pending.kind in ("write", "lock")

    def why_not(self) -> str:
        """Why it cannot go on, in words."""
        if self.pending is None:
            return f"{self.name} has ended"
        if self.ready():  # and yet it may not: see `Execution.ready`
            return f"{self.name} waits behind a writer of the {self.pending.name}"
        return f"{self.name} waits for {self.pending.on.holders() if self.pending.on else 'nobody'}"

    def _body(self) -> None:
        for call in self.calls:
            if self.runtime.leaked:
                self.pause(CALL)
            call.perform()
            self.looked.clear()
            self.current += 1
            self.answered += 1
        if self.started:
            self.pause(END)  # between its last step and its end others may find it alive
        self.pending = None
