"""A finding for a page that steps through it: after each line, where every thread stands and what is shared.

Each frame is whole, so that a page can go to any of them and has nothing to work out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from .causes import Cause
from .rows import Row, Rows, shared
from .trace import Line, Touch, Trace, Wait
from .words import named, short, value, waiting

Location = tuple[str, str]


class StandsJson(TypedDict):
    """Where a thread stands: the line that it has `just` run, and the one that comes `next`; 0 for none.

    `reason` says why it cannot go on.
    """

    file: str
    just: int
    next: int
    state: Literal["later", "ready", "waits", "done"]
    reason: str


class CallJson(TypedDict):
    """A call of a thread, and what it has come to: an answer, or the name of an exception."""

    call: str
    state: Literal["later", "running", "answered", "raised"]
    answer: str


class SharedJson(TypedDict):
    """A place, by what the author writes: what is there, what was there before this line, and what the line did to it.

    `shown` is false of an object that will be replaced or has yet to come there, as long as its place leads to another.
    """

    name: str
    shown: bool
    value: str
    before: str
    touch: Literal["", "read", "written"]


class LockJson(TypedDict):
    """A lock or another primitive: who holds it, and who waits for it."""

    name: str
    holders: list[str]
    waiting: list[str]


class FrameJson(TypedDict):
    """After one line of one thread; `step` is 0 before the first and after the last."""

    step: int
    task: str
    interrupts: str
    words: list[str]
    stands: dict[str, StandsJson]
    calls: dict[str, list[CallJson]]
    shared: list[SharedJson]
    locks: list[LockJson]


class FramesJson(TypedDict):
    """All frames, the names of the threads, and the text of each file."""

    threads: list[str]
    frames: list[FrameJson]
    files: dict[str, str]


class Frames:
    """Makes them.

    Args:
        trace: of the schedule.
        cause: says which locations must be seen.
    """

    def __init__(self, trace: Trace, cause: Cause) -> None:
        self._trace = trace
        self._rows = [row for row in Rows(trace, cause).all() if row.step]
        waiting_for = [wait for step in trace.steps for wait in step.waits] + list(trace.waits)
        seen = {row.task for row in self._rows} | {wait.task for wait in waiting_for}
        self._threads = [actor.name for actor in trace.actors if not actor.own or actor.name in seen]
        waited = {wait.primitive for wait in waiting_for}
        held = {lock for step in trace.steps for _, lock in step.holds}
        held |= {lock for step in trace.steps for touch in step.touches for lock in touch.held}
        self._primitives = [one for one in trace.primitives if one.name in waited | held]
        needed = {event.location for event in cause.events}
        touches = [touch for step in trace.steps for touch in step.touches if not touch.opaque]
        wanted = shared(trace)
        items = {thing for thing, key in wanted if key}
        wanted = {at for at in wanted if at[1] or at[0] not in items} | needed  # its items tell what a container holds
        self._wanted = wanted
        self._values: dict[str, str | None] = {}
        for touch in sorted(touches, key=lambda touch: touch.astray):  # what is not shown from the beginning comes last
            if (touch.thing, touch.key) in wanted:
                self._values.setdefault(named(touch), touch.before)
        for touch in reversed(touches):
            self._values |= {place: before for place, before, _ in touch.places if place in self._values}
        self._shown = {named(touch) for touch in touches if not (touch.astray or touch.moved)}
        self._begun = dict.fromkeys(self._threads, 0)
        self._answered: dict[str, list[tuple[str, bool]]] = {name: [] for name in self._threads}

    def all(self) -> FramesJson:
        """The start, one frame for each row, and the end."""
        frames = [self._frame(-1, None, [], [], set(), ())]
        done = 0
        for number, row in enumerate(self._rows):
            step = self._trace.steps[row.step - 1]
            first = number == 0 or self._rows[number - 1].step != row.step
            later = self._rows[number + 1] if number + 1 < len(self._rows) else None
            done = 0 if first else done
            last = later is None or later.step != row.step
            touches = list(_of_row(step.touches[done:], row, None if last else later))
            done += len(touches)
            if first:
                self._begun[row.task] += len(step.begins)
            if last:
                self._answered[row.task] += [(one.answer, one.raised) for one in step.answered]
            ended = last and len(self._answered[row.task]) >= len(self._trace.actor(row.task).calls)
            during = () if ended else touches or step.touches[done : done + 1]
            held = {lock for touch in during for lock in touch.held}
            waits = step.waits if last else self._waits_before(row)
            frames.append(self._frame(number, row, list(row.words), touches, self._held(row, last, held), waits))
        frames.append(self._end())
        return {"threads": self._threads, "frames": frames, "files": self._files()}

    def _held(self, row: Row, last: bool, during: set[str]) -> set[tuple[str, str]]:
        """Who holds what while the row's line runs, and after it."""
        steps = self._trace.steps
        before = steps[row.step - 2].holds if row.step > 1 else ()
        others = {pair for pair in (steps[row.step - 1].holds if last else before) if pair[0] != row.task}
        mine = {pair for pair in steps[row.step - 1].holds if last and pair[0] == row.task}
        return others | mine | {(row.task, lock) for lock in during}

    def _waits_before(self, row: Row) -> tuple[Wait, ...]:
        before = self._trace.steps[row.step - 2].waits if row.step > 1 else ()
        return tuple(wait for wait in before if wait.task != row.task)

    def _frame(
        self,
        number: int,
        row: Row | None,
        words: list[str],
        touches: Sequence[Touch],
        held: set[tuple[str, str]],
        waits: Sequence[Wait],
    ) -> FrameJson:
        before = dict(self._values)
        touched: dict[str, Literal["read", "written"]] = {}
        for touch in touches:
            name = named(touch)
            self._values |= {place: after for place, _, after in touch.places if place in self._values}
            if touch.opaque or (touch.thing, touch.key) not in self._wanted:
                continue
            self._shown.add(name)
            if touch.writes:
                self._values[name] = touch.after
            touched[name] = "written" if touch.writes or touched.get(name) == "written" else "read"
        step = self._trace.steps[row.step - 1] if row else None
        return {
            "step": row.step if row else 0,
            "task": row.task if row else "",
            "interrupts": step.preempts if step and row and row.preempts else "",
            "words": list(map(short, words)),
            "stands": {name: self._stands(name, number, row, waits) for name in self._threads},
            "calls": {name: self._calls(name) for name in self._threads},
            "shared": [
                {
                    "name": short(name),
                    "shown": name in self._shown,
                    "value": value(there),
                    "before": value(before[name]),
                    "touch": touched.get(name, ""),
                }
                for name, there in self._values.items()
            ],
            "locks": self._locks(held, waits),
        }

    def _end(self) -> FrameJson:
        trace = self._trace
        words = [f"{wait.task} {waiting(trace, wait)}" for wait in trace.waits]
        words += [f"{one.call} {'raises' if one.raised else '→'} {one.answer}" for one in trace.observed]
        held = set(trace.steps[-1].holds) if trace.steps else set()
        return self._frame(len(self._rows), None, words, [], held, trace.waits)

    def _stands(self, name: str, number: int, row: Row | None, waits: Sequence[Wait]) -> StandsJson:
        mine = [one for one in self._rows[number + 1 :] if one.task == name and one.line]
        wait = next((one for one in waits if one.task == name), None)
        ahead = wait or next((one for one in self._trace.waits if one.task == name), None)
        following: Line | None = mine[0].line if mine else ahead.line if ahead else None
        just = row.line if row and row.task == name else None
        calls = self._trace.actor(name).calls
        done = not mine and wait is None and len(self._answered[name]) >= len(calls)
        state: Literal["later", "ready", "waits", "done"] = (
            "waits" if wait else "done" if done else "ready" if self._begun[name] else "later"
        )
        return {
            "file": (just or following or self._last(name, number) or Line("", 0, "")).file,
            "just": just.line if just else 0,
            "next": following.line if following else 0,
            "state": state,
            "reason": waiting(self._trace, wait) if wait else "",
        }

    def _last(self, name: str, number: int) -> Line | None:
        """The line that a thread has run last."""
        mine = [one.line for one in self._rows[: max(number, 0)] if one.task == name and one.line]
        return mine[-1] if mine else None

    def _calls(self, name: str) -> list[CallJson]:
        answered = self._answered[name]
        found: list[CallJson] = []
        for place, call in enumerate(self._trace.actor(name).calls):
            if place < len(answered):
                answer, raised = answered[place]
                found.append({"call": call, "state": "raised" if raised else "answered", "answer": short(answer)})
            else:
                found.append({"call": call, "state": "running" if place < self._begun[name] else "later", "answer": ""})
        return found

    def _locks(self, held: set[tuple[str, str]], waits: Sequence[Wait]) -> list[LockJson]:
        return [
            {
                "name": self._trace.title(one.name),
                "holders": sorted(task for task, lock in held if lock == one.name),
                "waiting": [wait.task for wait in waits if wait.primitive == one.name],
            }
            for one in self._primitives
        ]

    def _files(self) -> dict[str, str]:
        files = {row.line.file for row in self._rows if row.line}
        files |= {wait.line.file for wait in self._trace.waits if wait.line}
        return dict(_read(sorted(files)))


def _of_row(touches: Sequence[Touch], row: Row, later: Row | None) -> Iterator[Touch]:
    """Those of the row's line: up to the first that belongs to the next row."""
    for touch in touches:
        if later is not None and _where(touch.line) == _where(later.line) != _where(row.line):
            return
        yield touch


def _where(line: Line | None) -> tuple[str, int] | None:
    return (line.file, line.line) if line else None


def _read(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    for file in files:
        try:
            with open(file, encoding="utf-8") as opened:  # noqa: PTH123 # the name may be of no file
                yield file, opened.read()
        except (OSError, ValueError):
            continue
