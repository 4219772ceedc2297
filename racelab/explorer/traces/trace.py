"""One schedule, step by step: what each task did, at which line, with which values, and what was there afterwards.

The managers really run: a trace is an execution that is looked at after every step.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from session_manager.model import SessionData

from ..kernel.alarm import Alarm
from ..kernel.guard import modelled_only
from ..kernel.inspection import Inspection
from ..kernel.locks import ModelledLock
from ..kernel.points import Point
from ..kernel.schedule import write
from ..kernel.subject import Maker, Subject
from ..kernel.tasks import Task
from ..programs.scenario import Scenario
from ..programs.world import World
from ..search.execution import MOST_STEPS, Execution
from ..search.outcomes import Judge, Outcome
from ..search.policies import Diverged, Follow

ROOT = Path(__file__).resolve().parents[3]
DATABASES = ROOT / "session_manager" / "databases"
ASKED_FOR = {
    "insert": "insert the row",
    "read": "read the row",
    "save": "save the row",
    "save_access": "save the count in the row",
    "mark_deleted": "mark the row as deleted",
    "set_aside": "set the row aside",
    "remove": "try to remove the row",
    "purge": "remove the row",
}
"""Each call of the database, in words."""
NOT_THE_MANAGERS = (
    ROOT / "racelab",
    DATABASES,
    ROOT / "session_manager" / "sync.py",
    ROOT / "session_manager" / "state.py",
    Path(sysconfig.get_path("stdlib")),
)
"""Source that a manager calls, and that is not shown."""
NOT_SHOWN = {"self", "sessions", "stats", "queue", "tables", "cls", "state", "held", "tick"}
"""Locals that are shown as shared state already, or say only when it was."""
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a manager's source, and the values of its function there.

    Attributes:
        callers: the manager's functions that led there, each at the line of its call, the innermost first.
    """

    file: str
    function: str
    line: int
    values: tuple[tuple[str, str], ...]
    callers: tuple[Place, ...]
    code: CodeType = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A session in the store, or its row."""

    session_id: str
    count: int
    keys: tuple[tuple[str, str], ...]
    authenticated: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """Everything that tasks share, at one moment. `held` says who holds what: (lock, task, `read` or `write`)."""

    store: tuple[Session, ...]
    database: tuple[Session, ...]
    active: int
    queue: tuple[str, ...]
    dead_letters: tuple[str, ...]
    held: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one task did in its turn.

    Attributes:
        operation: which of the task's operations it belongs to.
        kind: of the point, and `did` the same in words.
        place: the line that it was about to execute before; None before its operation has begun.
        now: where it stands afterwards; None if it has ended.
        answered: the operations that were answered in this step, with their answers.
        shared: what was there afterwards.
    """

    task: str
    operation: int
    kind: str
    did: str
    place: Place | None
    now: Place | None
    answered: tuple[str, ...]
    shared: Shared


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands when the schedule ends. `waits` says why it cannot go on; empty if it can."""

    task: str
    place: Place | None
    next: str
    waits: str
    ready: bool
    done: bool
    operations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """See the module.

    Attributes:
        given: as much of the schedule as was asked for; what follows was added, each task going on as long as it could.
        diverged: where the execution could not follow the schedule, and why; empty if it could.
        afterwards: what was there after what the scenario does when all have ended; None if it does nothing then.
        ending: how it came out; None if somebody could still go on.
    """

    scenario: Scenario
    variant: str
    schedule: str
    given: str
    before: Shared
    steps: tuple[Step, ...]
    standing: tuple[Standing, ...]
    diverged: str
    afterwards: Shared | None
    ending: Outcome | None


def replay(scenario: Scenario, subject: Subject | Maker, turns: Sequence[str], to_the_end: bool = True) -> Trace:
    """Run one schedule and look at every step.

    Args:
        scenario, subject: what runs on what.
        turns: who runs, from the beginning.
        to_the_end: whether it goes on where the schedule ends, each task as long as it can.
    """
    subject = subject if isinstance(subject, Subject) else Subject.of(subject)
    with modelled_only(), Alarm(), Execution(scenario, subject, inspect=Inspection(subject.make), check=True) as run:
        before = shared(run.world)
        steps: list[Step] = []
        policy, diverged = Follow(turns), ""
        try:
            while len(steps) < min(MOST_STEPS, max(len(turns), MOST_STEPS * to_the_end)):
                ready = run.ready()
                if not ready and len(steps) >= len(turns):
                    break
                steps.append(_step(run, policy.choose(run, ready)))
        except Diverged as reason:
            diverged = str(reason)
        standing = tuple(_standing(task) for task in run.tasks)
        ending = None if run.ready() and len(run.turns) < MOST_STEPS else Judge().outcome_of(run)
        settled = bool(scenario.afterwards) and ending is not None and run.finished()
        return Trace(
            scenario,
            subject.name,
            write(run.turns),
            write(run.turns[: len(turns)]),
            before,
            tuple(steps),
            standing,
            diverged,
            shared(run.world) if settled else None,
            ending,
        )


def shared(world: World) -> Shared:
    """What the tasks share, now."""
    rest = world.at_rest()
    held = [
        (lock.name, task.name, how)
        for lock in world.stage.locks
        for task, how in [*((reader, "read") for reader in lock.readers), (lock.writer, "write")]
        if task is not None
    ]
    return Shared(
        store=tuple(Session(name, v.access_count, v.metadata, v.is_authenticated) for name, v in rest.sessions.items()),
        database=tuple(
            Session(name, row.session.access_count, row.session.metadata, row.session.is_authenticated, row.marked)
            for name, row in (rest.rows or {}).items()
        ),
        active=rest.active,
        queue=rest.queue,
        dead_letters=rest.dead_letters,
        held=tuple(held),
    )


def place_of(task: Task) -> Place | None:
    """The innermost line of the manager's own source that the task is in."""
    frames = list(_own_frames(task.runner.frame if task.runner is not None else None))
    if not frames:
        return None
    innermost, *callers = frames
    return _place(innermost, tuple(map(_place, callers)))


def _place(frame: FrameType, callers: tuple[Place, ...] = ()) -> Place:
    code, path = frame.f_code, Path(frame.f_code.co_filename)
    file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    values = tuple((name, show(value)) for name, value in frame.f_locals.items() if name not in NOT_SHOWN)
    return Place(file, code.co_name, frame.f_lineno, values, callers, code)


def _own_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Those in the manager's own source, the innermost first."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if not any(path.is_relative_to(elsewhere) for elsewhere in NOT_THE_MANAGERS):
            yield frame
        frame = frame.f_back


def show(value: Any) -> str:
    """A value in few words."""
    if isinstance(value, SessionData):
        keys = "".join(f", {key}={word}" for key, word in value.metadata.items())
        trusted = "" if value.is_authenticated else ", not authenticated"
        return f"count={value.access_count}{keys}{trusted}"
    data = getattr(value, "data", None)
    if isinstance(data, SessionData):
        return f"version={value.version}: {show(data)}"
    if hasattr(value, "isoformat"):
        return str(value.strftime("%H:%M:%S"))
    if isinstance(value, ModelledLock):
        return f"the lock of the {value.name}"
    text = repr(value)
    if " object at 0x" in text:
        return type(value).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _step(run: Execution, task: Task) -> Step:
    place, point, first = place_of(task), task.pending, task.current
    assert point is not None
    did = _words(task, first, point)
    run.step(task)
    if isinstance(point.on, ModelledLock) and not point.on.held_by(task):
        did += ", and let it go"
    answered = tuple(
        f"{call.method}({', '.join(call.arguments)}): {_answer(call.answer, call.value)}"
        for call in task.calls[first : task.current]
    )
    return Step(task.name, first, point.kind, did, place, place_of(task), answered, shared(run.world))


def _words(task: Task, operation: int, point: Point) -> str:
    """What it does at a point; beginning an operation with its name, a call of the database with what it is for."""
    if point.kind == "call":
        return f"{point.words()} {task.calls[operation].method}"
    return (point.kind == "database" and _asked_for(task)) or point.words()


def _asked_for(task: Task) -> str:
    """What the call of the database that a task stands in is for; empty if it has no words of its own."""
    frame = task.runner.frame if task.runner is not None else None
    while frame is not None:
        if Path(frame.f_code.co_filename).parent == DATABASES:
            return ASKED_FOR.get(frame.f_code.co_name, "")
        frame = frame.f_back
    return ""


def _answer(answer: str, value: object) -> str:
    if answer == "ok":
        return "done" if value is None else show(value)
    return f"{value}: {'nothing was changed' if answer == 'refused' else 'nobody knows whether it took effect'}"


def _standing(task: Task) -> Standing:
    operations = []
    for number, call in enumerate(task.calls):
        text = f"{call.method}({', '.join(call.arguments)})"
        state = _answer(call.answer, call.value) if number < task.current else ""
        operations.append((text, state))
    point, ready = task.pending, task.ready()
    waits = "" if ready or point is None else task.why_not()
    following = _words(task, task.current, point) if point else ""
    return Standing(task.name, place_of(task), following, waits, ready, task.done, tuple(operations))
