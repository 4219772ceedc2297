"""Runs one schedule and records it. The managers really run: they are looked at after every step."""

from __future__ import annotations

from collections.abc import Sequence

from racelab.checker import SessionView

from ..kernel.alarm import Alarm
from ..kernel.calls import CannotDecide
from ..kernel.guard import modelled_only
from ..kernel.inspection import Inspection
from ..kernel.locks import ModelledLock
from ..kernel.points import Point
from ..kernel.schedule import write
from ..kernel.states import CannotCompare
from ..kernel.subject import Maker, Subject
from ..kernel.tasks import NAMES, Task
from ..programs.scenario import Scenario
from ..programs.world import World
from ..search.execution import MOST_STEPS, Execution
from ..search.outcomes import FINISHED, Judge, Outcome
from ..search.policies import Diverged, Follow
from ..search.serial import Serial, serial_orders
from .places import DatabaseCall, database_call_of, place_of
from .shared import Guarded, Held, Session, Shared, changes
from .trace import Access, Operation, Standing, Step, Trace
from .values import freeze, show


def replay(scenario: Scenario, subject: Subject | Maker, turns: Sequence[str], to_the_end: bool = True) -> Trace:
    """Run a schedule and look at every step.

    Args:
        scenario, subject: what runs on what.
        turns: the task that runs at each step.
        to_the_end: whether it goes on where the schedule ends, each task as long as it can.
    """
    subject = subject if isinstance(subject, Subject) else Subject.of(subject)
    inspect = Inspection(subject.make)
    with modelled_only(), Alarm():
        with Execution(scenario, subject, inspect=inspect, check=True):
            """Only set up: is it a manager that can be judged?"""
        serial = serial_orders(scenario, subject, inspect)
        with Execution(scenario, subject, inspect=inspect) as run:
            return _recorded(subject.name, run, serial, turns, to_the_end)


def _recorded(name: str, run: Execution, serial: Serial | None, turns: Sequence[str], to_the_end: bool) -> Trace:
    scenario = run.scenario
    recorder = Recorder(run)
    diverged = "" if run.world.stuck else recorder.follow(turns, to_the_end)
    standing = () if run.world.stuck else tuple(_standing(scenario, task) for task in run.tasks)
    goes_on = any(one.ready for one in standing) and run.ready() and len(run.turns) < MOST_STEPS
    ending = None if goes_on else _ending(run, serial)
    settled = bool(scenario.afterwards) and ending is not None and run.finished()
    return Trace(
        scenario,
        name,
        write(run.turns),
        write(run.turns[: len(turns)]),
        recorder.before,
        tuple(recorder.steps),
        standing,
        diverged,
        recorder.shared() if settled else None,
        ending,
    )


class Recorder:
    """Takes the steps of one execution, and notes each.

    Attributes:
        before: what is shared when the tasks begin: nothing, if set-up cannot go on, for then there is no manager.
    """

    def __init__(self, run: Execution) -> None:
        self._run = run
        self._taken: dict[tuple[str, str], str] = {}  # how each task took each lock last
        self.before = Shared() if run.world.stuck else self.shared()
        self.steps: list[Step] = []

    def follow(self, turns: Sequence[str], to_the_end: bool) -> str:
        """Take the steps. Returns where that was not possible, and why; empty if it was."""
        run, policy = self._run, Follow(turns)
        most = min(MOST_STEPS, max(len(turns), MOST_STEPS * to_the_end))
        try:
            while len(self.steps) < most:
                ready = run.ready()
                if not ready and len(self.steps) >= len(turns):
                    break
                self.steps.append(self._step(policy.choose(run, ready)))
        except Diverged as reason:
            return str(reason)
        return ""

    def shared(self) -> Shared:
        """What the tasks share, now."""
        world = self._run.world
        rest = world.at_rest()
        return Shared(
            store=tuple(_session(name, view) for name, view in rest.sessions.items()),
            database=tuple(_session(name, row.session, row.marked) for name, row in (rest.rows or {}).items()),
            has_rows=rest.rows is not None,
            active=rest.active,
            queue=rest.queue,
            dead_letters=rest.dead_letters,
            held=tuple(self._held(world)),
            guarded=tuple(_guarded(lock, rest.queue, rest.dead_letters) for lock in _locks(world)),
        )

    def _held(self, world: World) -> list[Held]:
        taken = self._taken
        return [
            Held(lock.name, lock.label, task.name, taken.get((task.name, lock.label), how))
            for lock in world.values.locks
            for task, how in [*((reader, "read") for reader in lock.readers), (lock.writer, "write")]
            if task is not None
        ]

    def _step(self, task: Task) -> Step:
        place, point, first, looked = place_of(task), task.pending, task.current, len(task.looked)
        assert point is not None
        before = self.steps[-1].shared if self.steps else self.before
        call = database_call_of(task) if point.kind in ("database", "sleep") else None
        did = _words(task, first, point, call)
        under = {lock.label for lock in self._run.world.values.locks if lock.held_by(task)}
        access = Access(point.kind, call=call)
        if isinstance(point.on, ModelledLock):
            access = Access(point.kind, point.on.label, point.name)
            under.add(access.lock)
            self._taken[task.name, access.lock] = point.kind
        broken = len(self._run.broken_rules)
        self._run.step(task)
        if point.kind == "look" and len(task.looked) > looked:
            access = Access(point.kind, task.looked[looked].label, point.name)
        if isinstance(point.on, ModelledLock) and not point.on.held_by(task):
            did += ", and release it"
        after = self.shared()
        answered = tuple(_operation(task, number) for number in range(first, min(task.current, len(task.calls))))
        return Step(
            task.name,
            first,
            access,
            did,
            frozenset(under),
            place,
            place_of(task),
            answered,
            self._run.broken_rules[broken:],
            changes(before, after),
            after,
        )


def _ending(run: Execution, serial: Serial | None) -> Outcome:
    try:
        return Judge(serial).outcome_of(run)
    except (CannotCompare, CannotDecide) as reason:
        return Outcome(FINISHED, (), None, (), unsure=str(reason))


def _session(name: str, view: SessionView, deleted: bool = False) -> Session:
    """With its keys as texts, whatever a reader's manager has for them."""
    keys = tuple((_word(key), _word(value)) for key, value in view.metadata)
    return Session(name, view.access_count, keys, view.is_authenticated, deleted)


def _word(value: object) -> str:
    return value if type(value) is str else show(value)


def _locks(world: World) -> list[ModelledLock[object]]:
    return [lock for lock in world.values.locks if isinstance(lock, ModelledLock)]


def _guarded(lock: ModelledLock[object], *told: tuple[str, ...]) -> Guarded:
    return Guarded(lock.name, lock.label, freeze(lock.value), any(_lists(lock.value, ids) for ids in told))


def _lists(value: object, ids: tuple[str, ...]) -> bool:
    """Whether it is a list of just these ids."""
    return type(value) is list and all(type(one) is str for one in value[: len(ids) + 1]) and (*value,) == ids


def _words(task: Task, operation: int, point: Point, call: DatabaseCall | None) -> str:
    """What it does at a point; beginning an operation with its name, a call of the database with what it is for."""
    if point.kind == "call":
        return f"{point.words()} {task.calls[operation].method}"
    if point.kind == "database" and call is not None and call.words():
        return call.words()
    if point.kind == "sleep" and call is None:
        return f"sleep {point.name}"
    return point.words()


def _operation(task: Task, number: int) -> Operation:
    call = task.calls[number]
    if number >= task.current:
        return Operation(call.method, call.arguments)
    value = str(call.value) if call.answer != "ok" else "done" if call.value is None else show(call.value)
    return Operation(call.method, call.arguments, call.answer, value)


def _standing(scenario: Scenario, task: Task) -> Standing:
    point, ready = task.pending, task.ready()
    call = database_call_of(task)
    return Standing(
        task.name,
        _role(scenario, task),
        task.started,
        place_of(task),
        _words(task, task.current, point, call) if point else "",
        "" if ready or point is None else task.why_not(),
        ready,
        task.done,
        tuple(_operation(task, number) for number in range(len(task.calls))),
    )


def _role(scenario: Scenario, task: Task) -> str:
    if task.started:
        return "a thread"
    return dict(zip(NAMES, scenario.roles, strict=False)).get(task.name, "a user")
