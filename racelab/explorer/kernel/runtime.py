"""A runtime whose locks, naps, clock and threads are modelled: one task runs at a time, and the schedule says which.

A *scheduling point* stands before every acquire, nap and database call, and before every look without a lock; nowhere
else. What a task does from one point to the next is a *step*, and nobody can come in between. Tasks are greenlets: they
switch in well under a microsecond, and all of them live in the one thread that explores.

What a task sees at each step is noted, so that two ways to the same state can be recognised (see `states`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from session_manager.model import InjectedFault
from session_manager.sync import Guarded, RWGuarded, Signal
from session_manager.sync import Task as Started

from .points import Point
from .states import States
from .tasks import NAMES, Call, CannotDecide, Task

T = TypeVar("T")
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)
START = 1000.0
"""The clock at the beginning, in seconds. It stands still unless the scenario moves it."""


class Waitable(Protocol):
    """Something that a task may have to wait for."""

    def free_for(self, task: Task, kind: str) -> bool:
        """Whether that task could go on now."""

    def holders(self) -> str:
        """Who has it, in words."""


class ExploredRuntime:
    """See `session_manager.sync.Runtime`.

    Args:
        states: notes what tasks see, for a search that recognises states.

    Attributes:
        clock: seconds; `set_back`: how far the time of day is behind it. `clock_moves` says that the scenario changes
            that, so that when it is read makes a difference.
        task: who runs; None while the world is set up or looked at, when nothing is a point.
        abandoned: who is being ended, wherever it is.
        gave_up: why nothing can be said of this execution, should the manager catch what says so.
        locks: every lock there is.
        building: whether the manager is being made.
        leaked: the locks whose value it kept for itself then, so that it may look at it at any time.
        fault_armed: the next release by a task ends its operation.
        visitors: how many tasks the scenario has.
        given_ids: those of the sessions that are opened in set-up.
    """

    def __init__(self, states: States | None = None) -> None:
        self.states = states
        self.clock = START
        self.set_back = 0.0
        self.clock_moves = False
        self.task: Task | None = None
        self.abandoned: Task | None = None
        self.tasks: list[Task] = []
        self.locks: list[ModelledLock[Any]] = []
        self.leaked: list[ModelledLock[Any]] = []
        self.fault_armed = False
        self.gave_up = ""
        self.building = True
        self.given_ids: list[str] = []
        self.visitors = 0
        self._started = 0
        self._made: dict[str, int] = {}
        self._told = START, MIDNIGHT  # kept because it is asked for again and again, and seldom changes

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock around `value`."""
        return self.new_lock(name, value)

    def rwlock(self, name: str, value: T) -> RWGuarded[T]:
        """A reader-writer lock around `value`."""
        return self.new_lock(name, value)

    def new_lock(self, name: str, value: T) -> ModelledLock[T]:
        """One more lock, of either kind."""
        lock = ModelledLock(self, name, value, self.label("lock"))
        self.locks.append(lock)
        return lock

    def nap(self, seconds: float) -> None:
        """Others may run. The clock stands still: who is late is the schedule's business."""
        self.point(Point("nap", f"{seconds:g} s"))

    def now(self) -> datetime:
        """The modelled clock as a time of day. Where that is set right, it may happen before any reading."""
        clock = self.clock - self.set_back
        if self.clock_moves and self.task is not None:
            self.point(Point("look", "clock"))
            clock = self.clock - self.set_back
            if self.states is not None:
                self.task.seen.append(clock)
        if clock != self._told[0]:
            self._told = clock, MIDNIGHT + timedelta(seconds=clock - START)
        return self._told[1]

    def monotonic(self) -> float:
        """The modelled clock."""
        return self.clock

    def new_id(self) -> str:
        """In set-up as given; later of six letters (a task's first nine), and the same whoever runs first."""
        return self.given_ids.pop(0) if self.given_ids else f"new-{self.label('session').lower()}"

    def start(self, name: str, target: Callable[[], None]) -> Started:
        """One more task, with a letter after those of the scenario's."""
        self.point(Point("world", f"start the thread {name}"))
        place = self.visitors + self._started
        if place >= len(NAMES):
            self.gave_up = f"There are more than {len(NAMES)} tasks, threads that the manager starts included."
            raise CannotDecide(self.gave_up)
        self._started += 1
        task = Task(self, NAMES[place], [Call(name, (), target)], started=True)
        self.tasks.append(task)
        with self.outside():
            task.begin()
        return StartedTask(self, task)

    def signal(self) -> Signal:
        """A signal, not yet set."""
        return ModelledSignal(self)

    def point(self, point: Point) -> None:
        """The running task stops here until it is chosen."""
        if self.task is not None:
            self.task.pause(point)
        elif self.abandoned is not None:
            self.abandoned.goes_on()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """While it lasts nothing is a point: it happens outside of the managers, at one instant."""
        task, self.task = self.task, None
        try:
            yield
        finally:
            self.task = task

    def label(self, kind: str) -> str:
        """A name that does not depend on the schedule: the task's, and how many of the kind it has made."""
        made, maker = (self._made, "") if self.task is None else (self.task.made, self.task.name)
        made[kind] = made.get(kind, 0) + 1
        return f"{maker}{made[kind]}"

    def released(self, name: str, failing: bool) -> None:
        """Called after each release; here an armed fault strikes."""
        if self.fault_armed and self.task is not None and not failing:
            self.fault_armed = False
            if self.states is not None:
                self.task.seen.append("fault")
            raise InjectedFault(name)


class ModelledLock(Generic[T]):
    """A value behind a lock of either kind. Nobody ever blocks on it: a task is not chosen until it can have it."""

    __slots__ = ("_runtime", "_value", "label", "name", "readers", "writer")

    def __init__(self, runtime: ExploredRuntime, name: str, value: T, label: str) -> None:
        self._runtime = runtime
        self._value = value
        self.name = name
        self.label = label
        self.readers: list[Task] = []
        self.writer: Task | None = None

    def __enter__(self) -> T:
        return self.take("lock")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back(shared=False, failing=kind is not None)

    def read(self) -> AbstractContextManager[T]:
        """Hold the value together with other readers."""
        return Holding(self, "read")

    def write(self) -> AbstractContextManager[T]:
        """Hold the value alone."""
        return Holding(self, "write")

    def peek(self) -> T:
        """The value without the lock."""
        runtime = self._runtime
        if runtime.task is not None:
            runtime.task.look(self)
        elif runtime.building:
            runtime.leaked.append(self)
        return self._value

    @property
    def value(self) -> T:
        """The value, for whoever looks from outside."""
        return self._value

    def take(self, kind: str) -> T:
        """Wait until the schedule says so, then hold the value."""
        task = self._runtime.task
        if task is not None:
            task.pause(Point(kind, self.name, self))
            task.saw(self)
            task.holding += 1
            if kind == "read":
                self.readers.append(task)
            else:
                self.writer = task
        elif self._runtime.abandoned is not None:
            self._runtime.abandoned.goes_on()
        return self._value

    def give_back(self, shared: bool, failing: bool) -> None:
        """Release."""
        task = self._runtime.task
        if task is not None:
            task.holding -= 1
            task.asked = task.asked if task.holding else 0
            if shared:
                self.readers.remove(task)
            else:
                self.writer = None
            self._runtime.released(self.name, failing)

    def free_for(self, task: Task, kind: str) -> bool:
        """Whether it could be taken now. Who takes it twice waits for himself; with a read, once a writer waits."""
        if kind != "read":
            return self.writer is None and not self.readers
        wanted = task in self.readers and any(other.wants_to_write(self) for other in self._runtime.tasks)
        return self.writer is None and not wanted

    def held_by(self, task: Task) -> bool:
        """Whether that task has it, either way."""
        return self.writer is task or task in self.readers

    def holders(self) -> str:
        """'A's write lock'."""
        if self.writer is not None:
            return f"{self.writer.name}'s lock of the {self.name}"
        return " and ".join(f"{task.name}'s read lock of the {self.name}" for task in self.readers)


class Holding(Generic[T]):
    """One use of a reader-writer lock."""

    __slots__ = ("_kind", "_lock")

    def __init__(self, lock: ModelledLock[T], kind: str) -> None:
        self._lock = lock
        self._kind = kind

    def __enter__(self) -> T:
        return self._lock.take(self._kind)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.give_back(self._kind == "read", kind is not None)


class DatabaseSide:
    """The runtime as the database sees it: each call is one atomic step, and no fault strikes inside it."""

    def __init__(self, runtime: ExploredRuntime) -> None:
        self._runtime = runtime
        self.nap = runtime.nap

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A value that is only ever held within one step."""
        return AtomicCall(self._runtime, self._runtime.new_lock(name, value))


class AtomicCall(Generic[T]):
    """The database's rows."""

    __slots__ = ("_lock", "_runtime")

    def __init__(self, runtime: ExploredRuntime, lock: ModelledLock[T]) -> None:
        self._runtime = runtime
        self._lock = lock

    def __enter__(self) -> T:
        task = self._runtime.task
        if task is not None:
            task.pause(Point("database", "database"))
            task.asked += task.holding > 0
            task.saw(self._lock)
        return self._lock.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def peek(self) -> T:
        """One look: a call too."""
        return self.__enter__()


class ModelledSignal:
    """A flag to wait for."""

    def __init__(self, runtime: ExploredRuntime) -> None:
        self._runtime = runtime
        self._state = runtime.new_lock("signal", [False])  # never taken: nothing is released, and no fault strikes

    def set(self) -> None:
        """Wake everybody."""
        self._runtime.point(Point("set", "signal"))
        self._state.value[0] = True

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set. With a timeout it may also give up at once: how long that is, the schedule decides."""
        runtime = self._runtime
        runtime.point(Point("wait", "signal", None if timeout is not None else self))
        if runtime.task is not None:
            runtime.task.saw(self._state)
        return self._state.value[0]

    def free_for(self, task: Task, kind: str) -> bool:  # noqa: ARG002
        """Whether it is set."""
        return self._state.value[0]

    def holders(self) -> str:
        """Nobody has it."""
        return "a signal that nobody has set"


class StartedTask:
    """A thread of the manager's own, as the manager sees it."""

    def __init__(self, runtime: ExploredRuntime, task: Task) -> None:
        self._runtime = runtime
        self._task = task

    def join(self, timeout: float | None = None) -> None:
        """Until it ends."""
        self._runtime.point(Point("wait", f"end of {self._task.name}", None if timeout is not None else self))

    def is_alive(self) -> bool:
        """Whether it still runs: a look, because that changes without a lock."""
        runtime, task = self._runtime, self._runtime.task
        runtime.point(Point("look", f"thread {self._task.name}"))
        if task is not None and runtime.states is not None:
            task.seen.append(self._task.done)
        return not self._task.done

    def free_for(self, task: Task, kind: str) -> bool:  # noqa: ARG002
        """Whether it has ended."""
        return self._task.done

    def holders(self) -> str:
        """It runs."""
        return f"{self._task.name}, which still runs"
