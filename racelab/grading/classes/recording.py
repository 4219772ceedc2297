"""Runs a schedule once more, and records each step as data."""

from __future__ import annotations

import linecache
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, Final, Protocol

from racelab.explorer.kernel.calls import Call
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread
from racelab.explorer.kernel.waiting import Until

from .answer_texts import text_of
from .answers import answer_of
from .notes import Notes
from .object_paths import ObjectPaths, is_a
from .result import Answer
from .trace import KEEPING, LOOKS, Actor, Answered, How, Line, Primitive, Signal, Step, Touch, Trace, Wait, authors
from .uses import source_of

OPERATIONS: Final[dict[str, How]] = {
    **dict.fromkeys(("look at", "wait for", "SELECT"), "read"),
    **dict.fromkeys(("get from", "take", "try to take"), "both"),
    **dict.fromkeys(("set", "clear", "UPDATE", "REPLACE", "DELETE", "cancel"), "write"),
    **dict.fromkeys(("put into", "release", "INSERT"), "change"),
}


class Graded(Protocol):
    """What is graded: see `world.World`.

    Attributes:
        it: the object, or its module; None before it is made.
        modules: the author's, the graded one first.
    """

    it: Any

    @property
    def modules(self) -> Sequence[ModuleType]:
        """See above."""


class Recordable(Protocol):
    """An execution that has been set up: see `execution.Execution`.

    Attributes:
        threads: of the program and of the class; `clients`: those of the program.
    """

    memory: Memory
    threads: list[Thread]
    clients: list[Thread]

    @property
    def world(self) -> Graded:
        """What is graded."""

    def named(self, name: str) -> Thread | None:
        """The thread of that name, if it can take a step now."""

    def step(self, task: Thread) -> None:
        """Let it take one step."""


class Recorder:
    """Takes the steps of one execution, and keeps what they did.

    Args:
        execution: that has not taken a step yet.
    """

    def __init__(self, execution: Recordable) -> None:
        self._execution, self._memory = execution, execution.memory
        source_of.cache_clear()  # the author may have edited it since
        linecache.checkcache()
        self._variables: list[tuple[str, object]] = []
        self._paths = ObjectPaths(self._roots)
        self._notes = Notes(self._memory.things, self._paths)
        self._memory.trace = self._notes
        self._steps: list[Step] = []
        self._primitives: dict[str, Primitive] = {}
        self._last: Thread | None = None

    def _roots(self) -> list[tuple[str, object]]:
        world = self._execution.world
        modules = world.modules
        it = [] if world.it is None or is_a(world.it, ModuleType) else [("self", world.it)]
        parts = [*[(one.__name__, one) for one in modules], *[("", vars(one)) for one in modules]]
        return [*it, *parts, *self._variables]

    def _find_variables(self) -> None:
        """A function over module state, a test perhaps, may keep in its variables what its threads share."""
        if is_a(self._execution.world.it, ModuleType):
            frames = [one.runner.frame for one in self._execution.threads if one.runner is not None]
            outermost_first = [frame for one in frames for frame, _ in reversed(self._notes.lines(one))]
            self._variables = [
                (name, value)
                for frame in outermost_first
                for name, value in frame.f_locals.items()
                if name.isidentifier() and not name.startswith("_lab")
            ]

    def follow(self, turns: Iterable[str]) -> Trace:
        """Take the steps of a schedule, as far as they can be taken."""
        for name in turns:
            task = self._execution.named(name)
            if task is None:
                break
            self.step(task)
        return self.trace()

    def step(self, task: Thread) -> None:
        """Let that task take one step."""
        last, self._last = self._last, task
        preempts = last.name if last is not None and last is not task and last.ready() else ""
        point, states = task.pending, self._states()
        words = point.name if point is not None and point.kind != "access" else ""
        what, primitive = self._operation(words)
        line, ended = self._line(task), task.current
        operation = self._touch(task, what, primitive, line)
        vain = self._is_vain(task, what, primitive)
        begun = [call.called is not None for call in task.calls]
        self._execution.step(task)
        self._find_variables()
        signals = self._signals(states)
        touches = (*_done(operation, signals), *self._notes.take(task.name))
        begins = [call for call, was in zip(task.calls, begun, strict=True) if call.called is not None and not was]
        answered = [call for call in task.calls[ended:] if call.returned is not None]
        self._steps.append(
            Step(
                task.name,
                words,
                what,
                primitive,
                line,
                preempts,
                touches,
                signals,
                tuple(map(_words, begins)),
                tuple(map(_answered, answered)),
                tuple((one.name, lock) for one in self._execution.threads for lock in sorted(one.held)),
                tuple(self._waits()),
                vain,
            )
        )

    def trace(self, observed: Sequence[Answered] = ()) -> Trace:
        """All steps so far, and what was observed afterwards."""
        actors = tuple(
            Actor(one.name, tuple(map(_words, one.calls)), one not in self._execution.clients)
            for one in self._execution.threads
        )
        waits = self._waits() if any(not client.done for client in self._execution.clients) else []
        self._know_primitives()
        self._notes.name({one.name: one.place or f"the {one.name}" for one in self._primitives.values()})
        steps = tuple(replace(one, touches=tuple(map(self._notes.placed, one.touches))) for one in self._steps)
        return Trace(actors, steps, tuple(self._primitives.values()), tuple(waits), tuple(observed))

    def _is_vain(self, task: Thread, what: str, primitive: str) -> bool:
        """Whether that operation will not get what it comes for."""
        on = task.pending.on if task.pending is not None else None
        if isinstance(on, Until):
            return not on.holds(task)
        tried = next((one for one in self._memory.primitives if one.name == primitive), None)
        if what != "try to take" or tried is None:
            return False
        owner = getattr(tried, "owner", None)
        return owner not in (None, task) or getattr(tried, "left", 1) == 0

    def _waits(self) -> list[Wait]:
        found = []
        for thread in self._execution.threads:
            point = thread.pending
            if point is None or point.on is None or thread.ready():
                continue
            what, primitive = self._operation(point.name)
            holders = tuple(one.name for one in self._execution.threads if primitive in one.held)
            found.append(Wait(thread.name, what or point.name, primitive, holders, self._line(thread)))
        return found

    def _line(self, thread: Thread) -> Line | None:
        lines = self._notes.lines(thread.runner.frame if thread.runner is not None else None)
        return authors([line for _, line in lines])

    def _operation(self, words: str) -> tuple[str, str]:
        """'take the lock 3' as 'take' and 'lock 3'."""
        for one in self._memory.primitives:
            if words.endswith(f" the {one.name}"):
                return words.removesuffix(f" the {one.name}"), one.name
        return "", ""

    def _touch(self, task: Thread, what: str, primitive: str, line: Line | None) -> Touch | None:
        """An operation of a primitive that keeps something, as an access."""
        statement = what.removeprefix("run ").partition(" ")[0].upper()
        how = OPERATIONS.get(what) or OPERATIONS.get(statement)
        if how is None or primitive.partition(" ")[0] not in KEEPING:
            return None
        place = self._primitives[primitive].place or f"the {primitive}"
        found = self._notes.uses_of(task.runner.frame if task.runner is not None else None)
        uses = found if how in LOOKS else ()
        return Touch(
            *(task.name, task.current, how, primitive, "", place, line), uses=uses, held=tuple(sorted(task.held))
        )

    def _know_primitives(self) -> None:
        names = {thread.name for thread in self._execution.threads}
        for one in self._memory.primitives:
            place = self._paths.of(one)
            kind, _, number = one.name.partition(" ")
            maker = number[:1] if number[:1] in names else ""
            if place or one.name not in self._primitives:
                known = self._primitives.get(one.name)
                if known is None or not known.place:
                    self._primitives[one.name] = Primitive(one.name, kind, place, maker)

    def _states(self) -> dict[str, Hashable]:
        self._know_primitives()
        return {one.name: (one.key(), getattr(one, "notified", 0)) for one in self._memory.primitives}

    def _signals(self, before: dict[str, Hashable]) -> tuple[Signal, ...]:
        after = self._states()
        changed = [name for name, state in after.items() if name in before and before[name] != state]
        return tuple(Signal(name, repr(before[name]), repr(after[name])) for name in changed)


def _done(touch: Touch | None, signals: Sequence[Signal]) -> Iterator[Touch]:
    """With what was there before and after."""
    if touch is not None:
        changed = next((one for one in signals if one.primitive == touch.thing), None)
        if changed is not None and touch.writes:
            touch = replace(touch, before=changed.before, after=changed.after)
        yield touch


def _words(call: Call) -> str:
    return str(call) if call.arguments else call.method


def _answered(call: Call) -> Answered:
    answer = answer_of(call)
    assert answer is not None
    return answered(_words(call), answer)


def answered(call: str, answer: Answer) -> Answered:
    """A call and what it came to, as text."""
    if answer.how == "raises":
        return Answered(call, str(answer.value), True, answer.detail, answer.line)
    return Answered(call, text_of(answer.value))
