"""One execution: a fresh world, and the steps that were taken in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import groupby

from racelab.checker import Operation, SessionView, refusal_of
from racelab.checker.specification import EFFECTS
from session_manager.model import Manager, SessionData, SessionError

from ..kernel.calls import Call, CannotDecide
from ..kernel.heap import Heap
from ..kernel.locks import ModelledSignal, StartedTask
from ..kernel.states import States
from ..kernel.subject import Subject
from ..kernel.tasks import NAMES, Task
from ..programs.invariants import STEP_INVARIANTS
from ..programs.lazy import WORLDS
from ..programs.rules import Rule
from ..programs.scenario import Does, Scenario
from .run import DOES_NOT_REPEAT, Run

MOST_STEPS = 400
Inspect = Callable[[Manager, Callable[[], Iterable[object]]], None]
Points = tuple[tuple[str, str] | None, ...]


class Execution(Run[Task]):
    """A scenario under way. Close it: its tasks may be anywhere.

    Args:
        scenario, subject: what runs on what.
        states: for a search that recognises states.
        inspect: is shown the manager, and how to find what lies behind its locks, before any operation begins.
        check: whether to look first if the manager keeps the contract, and has what the program calls.

    Attributes:
        world: the manager, and what else there is.
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
        super().__init__(self.world.stage)
        self.scenario = scenario
        self.broken: tuple[str, ...] = ()
        self.broken_rules: tuple[Rule, ...] = ()
        self._heap: Heap | None = None
        self._watches = bool(scenario.watch or scenario.holds)
        values = self.world.values
        try:
            if not self.world.stuck:
                if states is not None and not subject.merge_states:
                    values.contents = self._heap = Heap(values, self.world.manager, (self.world.database,))
                self._begin(inspect)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all tasks wherever they are."""
        self.world.close()

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

    def stepped(self, task: Task) -> None:
        """That task has taken a step."""
        if self._heap is not None:
            self._heap.grow(task.name)
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
        one_by_one = self._watches or self._heap is not None
        with self.world.values.unnoted():
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

    def beside(self) -> Hashable:
        """The clock, a fault that is to come, and what was broken."""
        runtime = self.world.runtime
        return runtime.clock, runtime.set_back, self.stage.fault_armed, self.broken, self.broken_rules

    def finished(self) -> bool:
        """Whether every task has ended, or is a thread in the background that nothing has told to stop."""
        left = {task for task in self.tasks if not task.done}
        return not self.world.stuck and (not left or left <= self._in_background())

    def history(self) -> list[Operation]:
        """What the clients were answered, and when."""
        told = [self._operation(task, call) for task in self.tasks if not task.started for call in task.calls]
        return sorted((one for one in told if one is not None), key=lambda one: one.called)

    def held_at_the_end(self) -> list[tuple[Task, str]]:
        """Who has ended and still holds which lock."""
        locks = [lock for lock in self.world.values.locks if lock.writer is not None or lock.readers]
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
            inspect(self.world.manager, self.world.values.held)
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
