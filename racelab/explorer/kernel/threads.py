"""A task of ordinary code: with a vector clock, what it has read and put in this step, and the locks that it holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from .calls import Call
from .cells import Thing
from .clock import Reader
from .memory import Memory
from .points import Point
from .runners import Body
from .tasks import NAMES, Task

MOST: Final = 16
"""Tasks of one execution, set-up included."""
TOO_MANY: Final = f"There are more than {MOST - 1} tasks, threads that the class starts included."
MOST_LATE: Final = 2
"""So often in a row a wait may end by its time-out while no other task does anything, but could."""
MOST_LATE_ALONE: Final = 100
"""The same while no other task could: five tries with a sleep between them come to their end."""
NO_LOCKS: Final[frozenset[str]] = frozenset()


class Here:
    """Who runs now, for hooks and primitives: one exploration at a time, in one thread of this process.

    Attributes:
        memory: of the execution under way; None while nothing is explored.
        task: who runs; None while nobody does. In set-up a task with the index 0.
    """

    __slots__ = ("memory", "task")

    def __init__(self) -> None:
        self.memory: Memory | None = None
        self.task: Thread | None = None


@dataclass(slots=True, eq=False)
class Thread(Task):
    """See the module; and `Task`.

    Attributes:
        memory: what it shares with the others.
        index: its place in clocks; 0 for set-up.
        clock: how much of each task's past is ordered before its next access.
        fresh: whether a switch may happen here, by the GIL: it has called or looped since its last stop.
        doubt: whether it may be that a switch could happen since then, by code that may have run or not.
        site: the place of the access that it stopped before.
        inside: the place of a foreign call that it is in, which may look or write once more; -1 for none.
        own: what it has put in this step, and nobody else could notice yet.
        sync: what it has learnt from primitives in this step.
        held: names of the locks that it holds.
        late: how often in a row it has given up waiting while no other task moved.
        rounds: rounds of loops since its last stop; stops: how often it has stopped.
        entries: functions of Python's own, which are not rewritten, by which the look that is under way is done.
        entered: where it has last stopped before such a function looked, and its stops by then.
        locals: the contents of `threading.local` objects, by their `id`.
        thread: the object of the class `threading.Thread` that it runs; None for a task of the program.
        background: whether an execution may end while it waits.
        starter: who has started it, with the number of the call under way; None once it has taken a step.
    """

    memory: Memory = field(kw_only=True)
    index: int = field(kw_only=True)
    clock: list[int] = field(default_factory=lambda: [0] * MOST)
    fresh: bool = True
    doubt: bool = False
    site: int = -1
    inside: int = -1
    own: dict[tuple[Thing, Any], tuple[int, int, int]] = field(default_factory=dict)
    sync: Hashable = 0
    held: frozenset[str] = NO_LOCKS
    late: int = 0
    rounds: int = 0
    stops: int = 0
    entries: int = 0
    entered: tuple[int, int] = (-1, 0)
    locals: dict[int, dict[str, Any]] = field(default_factory=dict)
    thread: object = None
    background: bool = False
    starter: tuple[Thread, int] | None = None

    def __post_init__(self) -> None:
        if self.index >= MOST:
            self.stage.give_up(TOO_MANY)
        self.clock[self.index] = 1
        self.local = self.memory.places.number(("born", self.name))  # two that know the same are still not one

    def resume(self, body: Body | None = None) -> None:
        """Run to the next point, or to the end: one step."""
        here.task = self
        try:
            Task.resume(self, body)  # a class with slots is made twice, and `super()` knows the first one
        finally:
            here.task = None

    def pause(self, point: Point) -> None:
        """Stop before `point` until chosen; alone, only as long as something has to be waited for."""
        self.rounds = 0
        self.stops += 1
        Task.pause(self, point)
        if self.starter is not None:
            (one, call), self.starter = self.starter, None
            one.has_started(call)

    def has_started(self, call: int) -> None:
        """A thread that a call has started takes its first step: by then the call has begun."""
        if self.current == call:
            self.is_noticed()
        if self.starter is not None:
            (one, earlier), self.starter = self.starter, None
            one.has_started(earlier)

    def ready(self) -> bool:
        """Whether it can go on now."""
        return Task.ready(self) and (self.late < MOST_LATE or not self._is_tired())

    def reader(self) -> Reader | None:
        """By what name its readings of the clock are kept: the same in every order of the calls. None in set-up."""
        if not self.index:
            return None if self.stage.building else ("", self.calls[0].method, 0)
        if not self.started:
            return self.name, "", self.current
        word = self.calls[0].method
        alike = (one for one in self.stage.tasks if one.started and one.calls[0].method == word)
        return "", word, 1 + next(number for number, one in enumerate(alike) if one is self)

    def learns(self, what: Hashable) -> None:
        """Of a primitive: part of what it knows."""
        self.sync = (self.sync, what)

    def ordered_after(self, clock: list[int] | None) -> None:
        """Everything up to that clock is ordered before what it does next."""
        if clock is not None:
            own = self.clock
            for index, time in enumerate(clock):
                if time > own[index]:
                    own[index] = time

    def _is_tired(self) -> bool:
        """It has given up waiting so often, and no other has moved since: that would go on for ever."""
        if not self._would_give_up_again():
            return False
        return self.late >= MOST_LATE_ALONE or any(self._could_move(task) for task in self.stage.tasks)

    def _could_move(self, other: Task) -> bool:
        """Whether another task could. A call that has not begun may have to wait for the end of this one."""
        if other is self or other.pending is None or other.pending.kind == "call" or not Task.ready(other):
            return False
        return not (isinstance(other, Thread) and other._would_give_up_again())

    def _would_give_up_again(self) -> bool:
        on = self.pending.on if self.pending is not None else None
        return self.late >= MOST_LATE and getattr(on, "timeout", None) is not None and not cast("Any", on).holds(self)

    def opens(self) -> None:
        """A call is about to begin."""
        self.fresh = True

    def closes(self) -> None:
        """A call has ended: its caller knows the answers, and no more. What it has left behind is in the state."""
        self.memory.settle(self)
        if not self.locals and not self.started:
            answers = tuple([(call.answer, call.value) for call in self.calls[: self.current]])
            clock = self.memory.clock
            times = clock.times_of([(self.name, "", n) for n in range(self.current)]) if clock.is_read() else ()
            self.local = self.memory.number(("answered", self.name, answers, times))


here = Here()


def spawn(memory: Memory, name: str, target: Callable[[], object]) -> Thread:
    """A thread of the class's own, with a letter after those of the program; it runs up to its first point.

    Args:
        name: in words.
        target: what it runs. Exceptions of it are noted in `memory.crashes`.

    Raises:
        CannotDecide: there are more than there are letters or places in a clock.
    """
    stage, maker = memory.stage, here.task
    index = len(stage.tasks) + 1
    letter = stage.visitors + sum(task.started for task in stage.tasks)
    if index >= MOST or letter >= len(NAMES):
        stage.give_up(TOO_MANY)
    task = Thread(stage, NAMES[letter], [Call(name, (), target)], started=True, memory=memory, index=index)
    task.background = True
    if maker is not None and not maker.index and stage.building:
        memory.places.starts_threads = True
    label = stage.label("thread")
    if maker is not None:
        task.ordered_after(maker.clock)
        maker.clock[maker.index] += 1
        task.local = memory.places.number(("born", maker.local, tuple(maker.seen), label))
        maker.learns(("started", label))
        task.starter = maker, maker.current
    stage.tasks.append(task)
    with stage.outside():
        task.begin()
    here.task = maker
    if maker is not None:
        maker.fresh = True
    return task
