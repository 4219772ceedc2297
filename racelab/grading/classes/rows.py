"""What each step did, in words: the rows of a finding's table, with what touches nothing shared left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .causes import Cause
from .trace import Line, Signal, Step, Touch, Trace
from .words import done, ended, said, waiting

TAKES = ("take", "try to take")
Section = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the author's in one step.

    Attributes:
        step: from 1 on; 0 for what stands at the end.
        preempts: whether the task before could have gone on.
        words: what happened, one thing each.
        weight: 3 if the finding cannot be understood without it; 2 for changes and locks; 1 for what was read; 0 for
            the rest.
        sections: which lock was taken or released here, and how often the task had taken it: whoever shows one of both
            shows the other.
    """

    step: int
    task: str
    preempts: bool
    line: Line | None
    words: tuple[str, ...]
    weight: int
    sections: frozenset[Section] = frozenset()


@dataclass(slots=True)
class Part:
    """A row that is being made."""

    line: Line | None
    words: list[str]
    weight: int
    sections: set[Section] = field(default_factory=set)


class Rows:
    """Makes the rows of one finding.

    Args:
        trace: of its schedule.
        cause: says what the finding cannot be understood without: all that is done to the places that it names, the
            locks around that, and how each call begins and ends.
    """

    def __init__(self, trace: Trace, cause: Cause) -> None:
        self._trace, self._cause = trace, cause
        self._needed = [event.touch for event in cause.events]
        self._named = {(touch.thing, touch.key) for touch in self._needed}
        self._shown = shared(trace) | self._named
        touches = [touch for step in trace.steps for touch in step.touches]
        self._places = {touch.place for touch in touches if (touch.thing, touch.key) in self._shown}
        self._inside = tuple(end for place in self._places - {"self", ""} for end in (f"{place}[", f"{place}."))
        self._times: Counter[tuple[str, str]] = Counter()
        around = {lock for touch in self._needed for lock in touch.held}
        self._locks = {*cause.locks, *around, *(wait.primitive for wait in cause.waits)}
        self._says_nothing = not (cause.events or cause.waits)

    def all(self) -> list[Row]:
        """All rows in which anything happened."""
        trace = self._trace
        found: list[Row] = []
        held: frozenset[tuple[str, str]] = frozenset()
        for number, step in enumerate(trace.steps, 1):
            found += self._of_step(number, step, held)
            held = frozenset(step.holds)
        found += [Row(0, one.task, False, one.line, (waiting(trace, one),), 3) for one in trace.waits]
        return found + [Row(0, "", False, None, (ended(one),), 3) for one in trace.observed]

    def _of_step(self, number: int, step: Step, held: frozenset[tuple[str, str]]) -> Iterator[Row]:
        parts = [*self._operation(number - 1, step), *self._touches(step, held), *self._waits(step)]
        parts = [part for part in _joined(parts) if part.words] or [Part(step.line, [], 0)]
        begins = [f"{call} begins" for call in step.begins]
        ends = list(map(ended, step.answered))
        parts[0].words[:0] = begins
        parts[-1].words += ends
        parts[0].weight = 3 if begins else parts[0].weight
        parts[-1].weight = 3 if ends else parts[-1].weight
        for place, part in enumerate(parts):
            preempts = bool(step.preempts) and place == 0
            if part.words or preempts:
                weight = 3 if preempts else part.weight
                words = tuple(dict.fromkeys(part.words))
                yield Row(number, step.task, preempts, part.line, words, weight, frozenset(part.sections))

    def _touches(self, step: Step, held: frozenset[tuple[str, str]]) -> Iterator[Part]:
        """What it touched, and each lock that it released: after the last access under it."""
        ends = {lock for task, lock in held if task == step.task} | self._taken(step)
        ends -= {lock for task, lock in step.holds if task == step.task}
        told = [one.primitive for one in step.signals if _is_told(one)]
        touches = [touch for touch in step.touches if touch.thing != step.primitive or touch in self._needed]
        last = {
            lock: max((at for at, one in enumerate(touches) if lock in one.held), default=-1) for lock in sorted(ends)
        }
        shown = [touch for touch in touches if self._is_shown(touch) and touch.thing != step.primitive]
        kept = list(_without_doubles(shown, self._needed))
        last_held = max((at for at, one in enumerate(touches) if one.held), default=-1)
        if last_held < 0:
            yield from (self._notify(one, step.line) for one in told)
        yield from (self._release(step, lock, step.line) for lock, at in last.items() if at < 0)
        for at, touch in enumerate(touches):
            if any(touch is one for one in kept):
                yield Part(touch.line, [said(touch)], self._weight(touch))
            if at == last_held:
                yield from (self._notify(one, touch.line) for one in told)
            yield from (self._release(step, lock, touch.line) for lock, last_at in last.items() if last_at == at)

    def _taken(self, step: Step) -> set[str]:
        """The locks that it has taken in this step, if only for it."""
        held = {lock for touch in step.touches for lock in touch.held}
        waits = [one.primitive for one in step.waits if one.task == step.task]
        got = step.primitive if step.what in TAKES and not step.vain and _is_lock(step.primitive) else ""
        return {one for one in (*held, got) if one and one not in waits}

    def _release(self, step: Step, lock: str, line: Line | None) -> Part:
        section = step.task, lock, self._times[step.task, lock]
        return Part(line, [f"releases {self._trace.title(lock)}"], self._weight_of(lock), {section})

    def _notify(self, condition: str, line: Line | None) -> Part:
        return Part(line, [f"notifies {self._trace.title(condition)}"], self._weight_of(condition))

    def _weight(self, touch: Touch) -> int:
        thing, key = touch.thing, touch.key
        named = any(thing == one and (key == other or not key or not other) for one, other in self._named)
        if touch in self._needed or named or self._says_nothing:
            return 3
        return 2 if touch.changes else 1

    def _weight_of(self, primitive: str) -> int:
        return 3 if primitive in self._locks or self._says_nothing else 2

    def _is_shown(self, touch: Touch) -> bool:
        if touch in self._needed:
            return True
        shared_place = (touch.thing, touch.key) in self._shown or (
            touch.changes and (touch.place in self._places or touch.place.startswith(self._inside))
        )
        return shared_place and (touch.writes or bool(touch.uses))

    def _operation(self, index: int, step: Step) -> Iterator[Part]:
        """What it did to a primitive."""
        words = (
            [done(step.what, step.primitive, self._trace.title(step.primitive), step.vain)] if step.primitive else []
        )
        mine = any(touch.thing == step.primitive and touch in self._needed for touch in step.touches)
        needed = mine or step.primitive in self._locks or index in self._cause.signals
        needed = needed or (bool(step.primitive) and self._says_nothing)
        sections = set()
        if step.what in TAKES and not step.vain and _is_lock(step.primitive):
            self._times[step.task, step.primitive] += 1
            sections.add((step.task, step.primitive, self._times[step.task, step.primitive]))
        elif step.what == "release" and _is_lock(step.primitive):
            sections.add((step.task, step.primitive, self._times[step.task, step.primitive]))
        if step.line is not None or needed:
            yield Part(step.line, words, 3 if needed else 2 if words else 0, sections)

    def _waits(self, step: Step) -> Iterator[Part]:
        """The condition for which it waits in the end."""
        for wait in step.waits:
            if wait.task == step.task and wait.primitive.startswith("condition"):
                yield Part(wait.line, [waiting(self._trace, wait, for_ever="")], 3)


def _is_told(signal: Signal) -> bool:
    """Whether a condition was notified: its state counts that last."""
    return signal.primitive.startswith("condition") and _times(signal.before) != _times(signal.after)


def _times(state: str) -> str:
    return state.rpartition(", ")[2]


def _is_lock(name: str) -> bool:
    return name.partition(" ")[0].lower() in ("lock", "rlock")


def shared(trace: Trace) -> set[tuple[str, str]]:
    """The locations that one task changes and another touches; all of a container meets each of its items."""
    tasks: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    changed: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for step in trace.steps:
        for touch in step.touches:
            tasks[touch.thing, touch.key].add(touch.task)
            if touch.changes:
                changed[touch.thing, touch.key].add(touch.task)
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for thing, key in tasks:
        keys[thing].add(key)
    found = set()
    for (thing, key), who in changed.items():
        for other in keys[thing] if not key else {key, ""} & keys[thing]:
            if len(tasks[thing, other] | who) > 1:
                found |= {(thing, key), (thing, other)}
    return found


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Neighbours in one line of the source are one row."""
    found: list[Part] = []
    for part in parts:
        if found and _same(found[-1].line, part.line):
            found[-1].words += part.words
            found[-1].weight = max(found[-1].weight, part.weight)
            found[-1].sections |= part.sections
        else:
            found.append(part)
    return found


def _same(one: Line | None, other: Line | None) -> bool:
    return (one and (one.file, one.line)) == (other and (other.file, other.line))


def _without_doubles(touches: Sequence[Touch], needed: Sequence[Touch]) -> Iterator[Touch]:
    """A new item is told once, and not also as a change of its container; if that counts, the other way round."""
    whole = {touch.thing for touch in touches if not touch.key and touch.writes and touch in needed}
    items = {touch.thing for touch in touches if touch.key and touch.writes and touch.thing not in whole}
    for touch in touches:
        if touch in needed or not touch.writes or touch.thing not in (whole if touch.key else items):
            yield touch
