"""Locks, signals and threads as models: nothing ever blocks on one, a task is not chosen until it can go on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Generic, TypeVar

from .guarded import GuardedValues
from .points import Point
from .tasks import Task

T = TypeVar("T")


class ModelledLock(Generic[T]):
    """A value behind a lock.

    Args:
        values: of the execution that it belongs to.
        name: what it guards, in words.
        value: what it guards.
        reentrant: whether the task that holds it may take it once more.
    """

    __slots__ = (
        *("_asked_before", "_depth", "_points", "_reading", "_reentrant", "_stage", "_value", "_values", "_writing"),
        *("label", "name", "readers", "writer"),
    )

    def __init__(self, values: GuardedValues, name: str, value: T, reentrant: bool = False) -> None:
        self._values = values
        self._stage = stage = values.stage
        self._value = value
        self._reentrant = reentrant
        self._depth = self._asked_before = 0
        self._points: dict[str, Point] = {}
        self._reading: Holding[T] | None = None
        self._writing: Holding[T] | None = None
        self.name = name
        self.label = stage.label("lock")
        self.readers: list[Task] = []
        self.writer: Task | None = None
        values.locks.append(self)

    def __enter__(self) -> T:
        return self.take("lock")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.give_back(shared=False, failing=kind is not None)

    def read(self) -> AbstractContextManager[T]:
        """Hold the value together with other readers."""
        if self._reading is None:
            self._reading = Holding(self, "read")
        return self._reading

    def write(self) -> AbstractContextManager[T]:
        """Hold the value alone."""
        if self._writing is None:
            self._writing = Holding(self, "write")
        return self._writing

    def peek(self) -> T:
        """The value without the lock."""
        stage = self._stage
        if stage.building:
            self._values.leak(self)
        elif stage.task is not None:
            self._values.look(stage.task, self, Point("look", self.name))
        else:
            stage.passed(self.name)
        return self._value

    @property
    def value(self) -> T:
        """The value, for whoever looks from outside."""
        return self._value

    def take(self, kind: str) -> T:
        """Wait until the schedule says so, then hold the value."""
        task = self._stage.task
        if task is None:
            self._stage.passed(f"the lock of the {self.name}", self, kind)
            return self._value
        if not (self._reentrant and self.writer is task):  # it never waits for itself: no other task can come between
            task.pause(self._points.get(kind) or self._points.setdefault(kind, Point(kind, self.name, self)))
            if self._stage.shared is not None:
                self._values.saw(task, self)
        if kind == "read":
            self.readers.append(task)
        else:
            self._asked_before = self._asked_before if self._depth else task.asked
            self._depth += 1
            self.writer = task
        return self._value

    def give_back(self, shared: bool, failing: bool) -> None:
        """Release.

        Raises:
            RuntimeError: it is not held.
        """
        stage = self._stage
        task = stage.task
        if task is None:
            return
        if shared:
            if task not in self.readers:
                raise self._not_held()
            self.readers.remove(task)
        elif self.writer is None or (self._reentrant and self.writer is not task):
            raise self._not_held()  # as the real ones: a plain lock may be released by another thread
        else:
            self._depth -= 1
            if self._depth:
                return
            self.writer = None
        if stage.fault_armed:
            stage.released(self.name, failing)

    def asked_meanwhile(self) -> int:
        """How often the task that holds it alone has asked the database since it took it."""
        return self.writer.asked - self._asked_before if self.writer is not None else 0

    def free_for(self, task: object, kind: str) -> bool:
        """Whether it could be taken now. A second acquire waits for itself; so does a second read behind a writer."""
        if kind != "read":
            return (self.writer is None and not self.readers) or (self._reentrant and self.writer is task)
        wanted = task in self.readers and any(other.wants_to_write(self) for other in self._stage.tasks)
        return self.writer is None and not wanted

    def held_by(self, task: Task) -> bool:
        """Whether that task has it, either way."""
        return self.writer is task or task in self.readers

    def forget(self) -> None:
        """Drop what refers back to it, so that it is freed at once. It is made again when needed."""
        self._points.clear()
        self._reading = self._writing = None

    def holders(self) -> str:
        """'A's write lock'."""
        if self.writer is not None:
            return f"{_possessive(self.writer)} lock of the {self.name}"
        return " and ".join(f"{_possessive(task)} read lock of the {self.name}" for task in self.readers)

    def _not_held(self) -> RuntimeError:
        return RuntimeError(f"release of the {self.name}'s lock, which is not held")


def _possessive(task: Task) -> str:
    return f"{task.name}'s" if task.name else "its own"


class Holding(Generic[T]):
    """A way to use a reader-writer lock."""

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


class AtomicCall(Generic[T]):
    """The database's rows: each call is one step, and no fault strikes inside it."""

    __slots__ = ("_lock", "_stage", "_values")

    def __init__(self, values: GuardedValues, lock: ModelledLock[T]) -> None:
        self._values, self._stage = values, values.stage
        self._lock = lock

    def __enter__(self) -> T:
        task = self._stage.task
        if task is None:
            self._stage.passed("the database")
        else:
            task.pause(DATABASE)
            task.asked += 1
            if self._stage.shared is not None:
                self._values.saw(task, self._lock)
        return self._lock.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def peek(self) -> T:
        """One look: a call too."""
        return self.__enter__()


DATABASE = Point("database", "database")


class ModelledSignal:
    """A flag to wait for."""

    def __init__(self, values: GuardedValues) -> None:
        self._values, self._stage = values, values.stage
        self._state = ModelledLock(values, "signal", [False])  # never taken: nothing is released, and no fault strikes

    @property
    def label(self) -> str:
        """The same whatever the schedule."""
        return self._state.label

    def set(self) -> None:
        """Wake everybody."""
        self._stage.point(Point("set", "signal"))
        self._state.value[0] = True

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set. With a timeout it may also give up at once: how long that is, the schedule decides."""
        stage = self._stage
        stage.point(Point("wait", "signal", None if timeout is not None else self))
        if stage.task is not None:
            self._values.saw(stage.task, self._state)
        return self._state.value[0]

    def free_for(self, task: object, kind: str) -> bool:  # noqa: ARG002
        """Whether it is set."""
        return self._state.value[0]

    def holders(self) -> str:
        """Nothing has set it."""
        return "a signal that is never set"


class StartedTask:
    """A thread of the manager's own, as the manager sees it."""

    def __init__(self, values: GuardedValues, task: Task) -> None:
        self._stage = values.stage
        self.task = task

    def join(self, timeout: float | None = None) -> None:
        """Until it ends."""
        self._stage.point(Point("wait", f"end of {self.task.name}", None if timeout is not None else self))

    def is_alive(self) -> bool:
        """Whether it still runs: a look, because that changes without a lock."""
        stage = self._stage
        stage.point(Point("look", f"thread {self.task.name}"))
        if stage.task is not None and stage.shared is not None:
            stage.task.seen.append(self.task.done)
        return not self.task.done

    def free_for(self, task: object, kind: str) -> bool:  # noqa: ARG002
        """Whether it has ended."""
        return self.task.done

    def holders(self) -> str:
        """It runs."""
        return f"{self.task.name}, which still runs"
