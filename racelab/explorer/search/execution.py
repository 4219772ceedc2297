"""One execution: a fresh world, and the steps that were taken in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from racelab.catalogue.variants import Variant
from racelab.checker import Operation
from session_manager.model import Manager

from ..kernel.runtime import ModelledSignal
from ..kernel.schedule import write
from ..kernel.states import States
from ..kernel.tasks import NAMES, Call, Task
from ..programs.invariants import WATCHES
from ..programs.world import Does, Scenario, World

MOST_STEPS = 400
Inspect = Callable[[Manager], None]


class Execution:
    """A scenario under way. Close it: its tasks may be anywhere.

    Args:
        scenario, variant: what runs on what.
        states: for a search that recognises states.
        inspect: is shown the manager before anybody calls it, and may refuse it.

    Attributes:
        turns: the task that ran at each step.
        preemptions: how often a task had to stop though it could have gone on.
        broken: what had to hold after every step and did not, as names of watches.
    """

    def __init__(
        self, scenario: Scenario, variant: Variant, states: States | None = None, inspect: Inspect | None = None
    ) -> None:
        self.world = World(scenario, variant, states)
        self.scenario = scenario
        self.turns: list[str] = []
        self.preemptions = 0
        self.broken: tuple[str, ...] = ()
        self._position = 0
        self._last: Task | None = None
        runtime = self.world.runtime
        self.tasks = runtime.tasks
        visitors = [Task(runtime, name, self._calls(calls)) for name, calls in zip(NAMES, scenario.tasks, strict=False)]
        self.tasks[:0] = visitors  # before threads that the manager has started when it was made
        try:
            if inspect is not None:
                inspect(self.world.manager)
            for task in visitors:
                task.begin()
                self._answer(task, 0)
        except BaseException:
            self._abandon()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._abandon()

    def ready(self) -> list[Task]:
        """The tasks that can take a step now.

        None if each of them asks for a read lock behind a writer who cannot have it either: the real lock lets waiting
        writers go first, so where the writer has come first nobody can go on.
        """
        ready = [task for task in self.tasks if task.ready()]
        for task in ready:
            if not self._is_behind_a_writer(task):
                return ready
        return []

    def last(self) -> Task | None:
        """The task that took the last step, if it could go on."""
        last = self._last
        return last if last is not None and last.ready() else None

    def step(self, task: Task) -> None:
        """Let `task` take one step."""
        last = self._last
        self.preemptions += last is not task and last is not None and last.ready()
        self._last = task
        self.turns.append(task.name)
        first = task.current
        if first < len(task.calls):
            self._call(task.calls[first])
        task.resume()
        if task.current > first:
            self._answer(task, first)
        for name in self.scenario.watch:
            if name not in self.broken and not WATCHES[name].holds(self.world):
                self.broken = (*self.broken, name)

    def finished(self) -> bool:
        """Whether every task has ended, or is a thread in the background that nobody has told to stop."""
        return all(task.done or (task.started and _waits_for_a_signal(task)) for task in self.tasks)

    def schedule(self) -> str:
        """The steps so far, as text."""
        return write(self.turns)

    def precedence(self) -> tuple[tuple[int, ...], ...]:
        """For each operation that has begun, how many of each task had been answered before."""
        return tuple([call.before for task in self.tasks for call in task.calls if call.called is not None])

    def history(self) -> list[Operation]:
        """What the clients were answered, and when."""
        told = [call.as_operation(task.name) for task in self.tasks if not task.started for call in task.calls]
        return sorted((one for one in told if one is not None), key=lambda one: one.called)

    def _abandon(self) -> None:
        for task in self.tasks:
            task.abandon()

    def _is_behind_a_writer(self, task: Task) -> bool:
        assert task.pending is not None
        if task.pending.kind != "read":
            return False
        lock = task.pending.on
        return any(other.wants_to_write(lock) for other in self.tasks)

    def _calls(self, wanted: Sequence[Does]) -> list[Call]:
        return [Call(does.method, does.arguments, self.world.action(does)) for does in wanted]

    def _call(self, call: Call) -> None:
        if call.called is None:
            call.called = self._next_position()
            call.before = tuple([task.answered for task in self.tasks])

    def _answer(self, task: Task, first: int) -> None:
        """Note the answers since a step began, also of operations that have no point at all."""
        for call in task.calls[first : task.current]:
            self._call(call)
            call.returned = self._next_position()

    def _next_position(self) -> int:
        self._position += 1
        return self._position


def _waits_for_a_signal(task: Task) -> bool:
    return task.pending is not None and isinstance(task.pending.on, ModelledSignal) and not task.ready()
