"""One execution: a fresh world, and the steps that were taken in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from types import TracebackType
from typing import Self

from racelab.checker import Operation, SessionView, refusal_of
from racelab.checker.specification import EFFECTS
from session_manager.model import Manager, SessionData, SessionError

from ..kernel.alarm import innermost
from ..kernel.calls import Call, CannotDecide
from ..kernel.heap import Heap
from ..kernel.locks import ModelledSignal, StartedTask
from ..kernel.schedule import write
from ..kernel.states import States
from ..kernel.subject import Subject
from ..kernel.tasks import NAMES, Task
from ..programs.invariants import STEP_INVARIANTS
from ..programs.lazy import WORLDS
from ..programs.rules import Rule
from ..programs.scenario import Does, Scenario
from .run import DOES_NOT_REPEAT

MOST_STEPS = 400
Inspect = Callable[[Manager, Callable[[], Iterable[object]]], None]
Points = tuple[tuple[str, str] | None, ...]


class Execution:
    """A scenario under way. Close it: its tasks may be anywhere.

    Args:
        scenario, subject: what runs on what.
        states: for a search that recognises states.
        inspect: is shown the manager, and how to find what lies behind its locks, before any operation begins.
        check: whether to look first if the manager keeps the contract, and has what the program calls.

    Attributes:
        turns: the task that ran at each step.
        preemptions: how often a task had to stop though it could have gone on.
        broken: what had to hold after every step and did not, as names of step invariants.
        broken_rules: the same of the reader's own.
    """

    def __init__(
        self,
        scenario: Scenario,
        subject: Subject,
        states: States | None = None,
        inspect: Inspect | None = None,
        check: bool = False,
    ) -> None:
        self.world = WORLDS[scenario.world](scenario, subject, states, check)
        self.scenario = scenario
        self.turns: list[str] = []
        self.preemptions = 0
        self.broken: tuple[str, ...] = ()
        self.broken_rules: tuple[Rule, ...] = ()
        self._heap: Heap | None = None
        self._alarm = innermost()
        self._watches = bool(scenario.watch or scenario.holds)
        self._last: Task | None = None
        self.stage = stage = self.world.stage
        self.tasks = stage.tasks
        try:
            if not self.world.stuck:
                if states is not None and not subject.merge_states:
                    stage.contents = self._heap = Heap(stage, self.world.manager, (self.world.database,))
                self._begin(inspect)
        except BaseException:
            stage.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stage.close()

    def ready(self) -> list[Task]:
        """The tasks that can take a step now.

        None if each of them asks for a read lock behind a writer who cannot have it either: the real lock lets waiting
        writers go first, so where the writer has come first no task can go on.
        """
        ready = [task for task in self.tasks if task.ready()]
        for task in ready:
            if not self._is_behind_a_writer(task):
                return ready
        return []

    def named(self, name: str) -> Task | None:
        """The task of that name, if it can take a step now."""
        for task in self.tasks:
            if task.name == name:
                return task if task.ready() else None
        return None

    def last(self) -> Task | None:
        """The task that took the last step, if it could go on."""
        last = self._last
        return last if last is not None and last.ready() else None

    def step(self, task: Task) -> None:
        """Let `task` take one step."""
        last = self._last
        if last is not task:
            self.preemptions += last is not None and last.ready()
            self._last = task
        self.turns.append(task.name)
        task.resume()
        if self._heap is not None:
            self._heap.grow(task.name)
        if self._alarm is not None:
            self._alarm.stepped()
        if self._watches:
            self._look_at_invariants()

    def _look_at_invariants(self) -> None:
        for name in self.scenario.watch:
            if name not in self.broken and not STEP_INVARIANTS[name].holds(self.world):
                self.broken = (*self.broken, name)
        for rule in self.scenario.holds:
            if rule not in self.broken_rules and self.world.broken(rule):
                self.broken_rules = (*self.broken_rules, rule)

    def retrace(self, turns: Sequence[str]) -> None:
        """Take steps that were taken before. What the tasks see is not noted again.

        Raises:
            CannotDecide: one of them cannot be taken.
        """
        self.stage.states, states = None, self.stage.states
        one_by_one = self._watches or self._heap is not None
        for name, group in groupby(turns):
            steps = len(list(group))
            for many in [1] * steps if one_by_one else [steps]:
                task = self.named(name)
                if task is None:
                    raise CannotDecide(DOES_NOT_REPEAT)
                task.ahead = many - 1
                self.step(task)
                if task.ahead:
                    raise CannotDecide(DOES_NOT_REPEAT)
                self.turns += [name] * (many - 1)
        self.stage.states = states

    def knowledge(self) -> tuple[int, ...]:
        """What each task knows: see `Task.local`."""
        return tuple([task.local for task in self.tasks])

    def recall(self, knowledge: Sequence[int]) -> None:
        """Let the tasks know what they knew when they had taken these steps before."""
        for task, local in zip(self.tasks, knowledge, strict=True):
            task.local = local

    def points(self) -> Points:
        """Where each task stands. Not which lock it waits for, which is another in every execution, but its name."""
        return tuple([(point.kind, point.name) if (point := task.pending) else None for task in self.tasks])

    def state(self, states: States) -> object:
        """The state that it is in."""
        runtime, stage = self.world.runtime, self.stage
        known = tuple([(task.name, task.local) for task in self.tasks])
        in_order = not any(task.made for task in self.tasks)
        guarded = states.number(stage.contents.everything(stage.locks, in_order))
        broken = self.broken, self.broken_rules
        return guarded, known, self.precedence(), runtime.clock, runtime.set_back, stage.fault_armed, broken

    def finished(self) -> bool:
        """Whether every task has ended, or is a thread in the background that nothing has told to stop."""
        left = {task for task in self.tasks if not task.done}
        return not self.world.stuck and (not left or left <= self._in_background())

    def schedule(self) -> str:
        """The steps so far, as text."""
        return write(self.turns)

    def precedence(self) -> tuple[tuple[int, ...], ...]:
        """For each operation that has begun, how many of each task had been answered before."""
        return tuple([call.before for task in self.tasks for call in task.calls if call.called is not None])

    def history(self) -> list[Operation]:
        """What the clients were answered, and when."""
        told = [self._operation(task, call) for task in self.tasks if not task.started for call in task.calls]
        return sorted((one for one in told if one is not None), key=lambda one: one.called)

    def held_at_the_end(self) -> list[tuple[Task, str]]:
        """Who has ended and still holds which lock."""
        locks = [lock for lock in self.stage.locks if lock.writer is not None or lock.readers]
        return [(task, lock.name) for lock in locks for task in self.tasks if task.done and lock.held_by(task)]

    def of_its_own(self, answered: bool = False) -> list[str]:
        """The operations that no specification knows; only those that succeeded, if that is asked."""
        known = {*EFFECTS, *self.world.actions()}
        calls = [call for task in self.tasks if not task.started for call in task.calls]
        own = {call.method for call in calls if call.answer == "ok" or not answered}
        return sorted(own - known)

    def has_faults(self) -> bool:
        """Whether the program injects a fault, so that a call may end without a known outcome."""
        return "fault" in self.scenario.methods

    def unobserved(self) -> set[str]:
        """The operations that succeeded and met no point: nothing is known of what they read and wrote."""
        if not self.stage.announced:
            return set()
        calls = [call for task in self.tasks for call in task.calls[: task.current]]
        own = self.world.actions()
        return {call.method for call in calls if call.answer == "ok" and not call.points and call.method not in own}

    def _begin(self, inspect: Inspect | None) -> None:
        programs = zip(NAMES, self.scenario.tasks, strict=False)
        visitors = [Task(self.stage, name, self._calls(calls)) for name, calls in programs]
        self.tasks[:0] = visitors  # before threads that the manager has started when it was made
        if inspect is not None:
            inspect(self.world.manager, self.stage.held)
        for task in visitors:
            task.begin()

    def _in_background(self) -> set[Task]:
        """The started threads that wait for a signal, or for the end of one that does."""
        found: set[Task] = set()
        while True:
            more = {task for task in self.tasks if task not in found and _waits_for_one_of(task, found)}
            if not more:
                return found
            found |= more

    def _is_behind_a_writer(self, task: Task) -> bool:
        assert task.pending is not None
        if task.pending.kind != "read":
            return False
        lock = task.pending.on
        return any(other.wants_to_write(lock) for other in self.tasks)

    def _calls(self, wanted: Sequence[Does]) -> list[Call]:
        return [Call(does.method, does.arguments, self.world.action(does)) for does in wanted]

    def _operation(self, task: Task, call: Call) -> Operation | None:
        """A call for the checker; None if it has not begun, or if the specification does not know it."""
        method = self.world.AS_METHOD.get(call.method, call.method)
        if call.called is None or method not in EFFECTS:
            return None
        value = SessionView.of(call.value) if isinstance(call.value, SessionData) else call.value
        if call.answer == "refused" and isinstance(call.error, SessionError):
            value = refusal_of(call.error)
        return Operation(task.name, method, call.arguments, call.called, call.returned, call.answer, value)


def _waits_for_one_of(task: Task, others: set[Task]) -> bool:
    if not task.started or task.pending is None or task.ready():
        return False
    on = task.pending.on
    return isinstance(on, ModelledSignal) or (isinstance(on, StartedTask) and on.task in others)
