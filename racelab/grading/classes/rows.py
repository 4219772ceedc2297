"""What each step did, in words: the rows of a finding's table, with what touches nothing shared left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .causes import Cause
from .trace import Line, Step, Touch, Trace
from .words import done, ended, said, waiting


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the author's in one step.

    Attributes:
        step: from 1 on; 0 for what stands at the end.
        preempts: whether the task before could have gone on.
        words: what happened, one thing each.
        weight: 3 if the finding cannot be understood without it; 2 for changes, and where calls begin and end; 1 for
            what was read; 0 for the rest.
    """

    step: int
    task: str
    preempts: bool
    line: Line | None
    words: tuple[str, ...]
    weight: int


@dataclass(slots=True)
class Part:
    """A row that is being made."""

    line: Line | None
    words: list[str]
    weight: int


class Rows:
    """Makes the rows of one finding.

    Args:
        trace: of its schedule.
        cause: says what the finding cannot be understood without.
    """

    def __init__(self, trace: Trace, cause: Cause) -> None:
        self._trace, self._cause = trace, cause
        self._needed = [event.touch for event in cause.events]
        self._shown = shared(trace) | {(touch.thing, touch.key) for touch in self._needed}
        self._locks = {*cause.locks, *(wait.primitive for wait in cause.waits)}

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
        parts = _joined([*self._operation(number - 1, step), *self._touches(step)])
        parts = [part for part in parts if part.words] or [Part(step.line, [], 0)]
        begins = [f"{call} begins" for call in step.begins]
        ends = list(map(ended, step.answered))
        parts[0].words[:0] = begins
        parts[-1].words += [*self._releases(step, held), *ends]
        parts[0].weight = max(parts[0].weight, 2 if begins else 0)
        parts[-1].weight = max(parts[-1].weight, 2 if ends else 0)
        for place, part in enumerate(parts):
            preempts = bool(step.preempts) and place == 0
            if part.words or preempts:
                weight = 3 if preempts else part.weight
                yield Row(number, step.task, preempts, part.line, tuple(dict.fromkeys(part.words)), weight)

    def _touches(self, step: Step) -> Iterator[Part]:
        shown = [touch for touch in step.touches if self._is_shown(touch) and touch.thing != step.primitive]
        for touch in _without_doubles(shown):
            weight = 3 if touch in self._needed else 2 if touch.changes else 1
            yield Part(touch.line, [said(touch)], weight)

    def _is_shown(self, touch: Touch) -> bool:
        if touch in self._needed:
            return True
        return (touch.thing, touch.key) in self._shown and (touch.writes or bool(touch.uses))

    def _operation(self, index: int, step: Step) -> Iterator[Part]:
        """What it did to a primitive."""
        title = self._trace.title
        words = [done(step.what, title(step.primitive))] if step.primitive else []
        for signal in step.signals:
            if signal.primitive.startswith("condition") and signal.primitive != step.primitive:
                waits = any(wait.task == step.task and wait.primitive == signal.primitive for wait in step.waits)
                words.append(f"{'waits for' if waits else 'notifies'} {title(signal.primitive)}")
        mine = any(touch.thing == step.primitive and touch in self._needed for touch in step.touches)
        needed = mine or step.primitive in self._locks or index in self._cause.signals
        if step.line is not None or needed:
            yield Part(step.line, words, 3 if needed else 0)

    def _releases(self, step: Step, held: frozenset[tuple[str, str]]) -> Iterator[str]:
        for task, lock in sorted(held):
            if task == step.task and (task, lock) not in step.holds:
                yield f"releases {self._trace.title(lock)}"


def shared(trace: Trace) -> set[tuple[str, str]]:
    """The locations that one task changes and another touches."""
    tasks: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    changed = set()
    for step in trace.steps:
        for touch in step.touches:
            tasks[touch.thing, touch.key].add(touch.task)
            if touch.changes:
                changed.add((touch.thing, touch.key))
    return {at for at in changed if len(tasks[at]) > 1}


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Neighbours in one line of the source are one row."""
    found: list[Part] = []
    for part in parts:
        if found and _same(found[-1].line, part.line):
            found[-1].words += part.words
            found[-1].weight = max(found[-1].weight, part.weight)
        else:
            found.append(part)
    return found


def _same(one: Line | None, other: Line | None) -> bool:
    return (one and (one.file, one.line)) == (other and (other.file, other.line))


def _without_doubles(touches: Sequence[Touch]) -> Iterator[Touch]:
    """A new item is told once, and not once more as a change of its container."""
    items = {touch.thing for touch in touches if touch.key and touch.writes}
    yield from (touch for touch in touches if touch.key or not touch.writes or touch.thing not in items)
