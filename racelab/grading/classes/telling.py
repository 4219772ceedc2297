"""Tells a finding: runs its schedule once more, finds the field's name for it, and puts it into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.search.run import DOES_NOT_REPEAT

from .bench import Bench
from .causes import Cause
from .conclusion import sites_at
from .execution import Execution
from .explanation import explain, paragraph
from .names import NAMES
from .naming import cause_of
from .program import Program
from .recording import Recorder, answered
from .result import Answer, Ending, Result
from .rows import Row, Rows
from .spans import Hold, hold
from .table import WIDE, table
from .trace import Answered, Trace

Seen = TypeVar("Seen")
MOST_TIMES: Final = 20
"""How often it begins anew because a module that comes late has brought places where threads have to stop."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, with its schedule as data.

    Attributes:
        cause: its name, and the accesses that show it.
    """

    trace: Trace
    cause: Cause

    @property
    def name(self) -> str:
        """The field's name: a key of `names.NAMES`."""
        return self.cause.name

    @property
    def meaning(self) -> str:
        """What the name means, in a sentence."""
        return NAMES[self.cause.name].meaning

    def explained(self) -> tuple[str, str]:
        """What happened; and what to do."""
        return explain(self.trace, self.cause)

    def paragraph(self) -> str:
        """Both of it."""
        return paragraph(self.trace, self.cause)

    def advice(self) -> Hold:
        """Where one lock would have kept the calls apart, if a lock is what is missing."""
        return hold(self.trace, self.cause.events)

    def table(self, columns: int = WIDE) -> list[str]:
        """The schedule in the author's own lines, for a terminal of so many columns."""
        return table(self.trace, self.cause, columns)

    def rows(self) -> list[Row]:
        """The same as data, nothing left out."""
        return Rows(self.trace, self.cause).all()


def tell(result: Result) -> Told:
    """Tell what the grading of a program has found.

    Args:
        result: with a schedule, how that ends, and the places where threads stop.

    Raises:
        CannotDecide: the schedule does not lead there again.
    """
    bench = Bench.of(result.program, result.model)
    with Alarm(), without_collecting():
        trace = _with_expected(until_known(bench, lambda: _follow(bench, result)), result)
        return Told(trace, cause_of(trace, result.kind, bool(result.program.spec)))


def _with_expected(trace: Trace, result: Result) -> Trace:
    """With what the specification answers, wherever that is something else."""
    ending, expected = result.ending, result.expected
    if ending is None or expected is None:
        return trace
    rows = zip(ending.answers, expected.answers, strict=False)
    others = {actor.name: _others(*both) for actor, both in zip(trace.actors, rows, strict=False)}
    then = _others(ending.then, expected.then)
    left = {name: iter(each) for name, each in others.items()}
    steps = [
        replace(step, answered=tuple([replace(one, expected=next(left[step.task], "")) for one in step.answered]))
        if step.task in left
        else step
        for step in trace.steps
    ]
    seen = then if trace.steps else [*(one for each in others.values() for one in each), *then]
    observed = [replace(one, expected=other) for one, other in zip(trace.observed, seen, strict=False)]
    return replace(trace, steps=tuple(steps), observed=tuple(observed))


def _others(answers: Iterable[Answer | None], expected: Iterable[Answer | None]) -> list[str]:
    """As text, what is expected in place of each answer; empty where it is the same."""
    pairs = zip(answers, expected, strict=False)
    return ["" if one == other or other is None else str(other) for one, other in pairs]


def until_known(bench: Bench, follow: Callable[[], Seen | None]) -> Seen:
    """Follow a schedule until nothing new turns up on the way: a place that races, or a package to be rewritten.

    Args:
        bench: of the program.
        follow: what it has led to; None if more is known now of where threads stop.

    Raises:
        CannotDecide: it does not lead there, however often.
    """
    for _ in range(MOST_TIMES):
        rewritten = set(bench.places.rewritten)
        try:
            seen = follow()
        except CannotDecide:
            if bench.places.rewritten == rewritten:
                raise
            continue
        if seen is not None:
            return seen
    raise CannotDecide(DOES_NOT_REPEAT)


def _follow(bench: Bench, result: Result) -> Trace | None:
    """The schedule as data; None if more is known now of where threads stop."""
    turns = parse(result.schedule)
    with Execution(bench) as run:
        if learn(bench, result) or run.memory.grown:
            return None
        recorder = Recorder(run)
        trace = recorder.follow(turns)
        if learn(bench, result):
            return None
        if run.turns != turns:
            raise CannotDecide(DOES_NOT_REPEAT)
        run.memory.trace = None
        ending = run.ending()
        if result.ending is not None and ending != result.ending:
            raise CannotDecide(DOES_NOT_REPEAT)
        return replace(trace, observed=tuple(_observed(result.program, ending, bool(trace.steps))))


def _observed(program: Program, ending: Ending, stepped: bool) -> Iterator[Answered]:
    """What was looked at in the end; and the calls as well, if no thread had to stop in any of them."""
    rows = [] if stepped else list(zip(program.tasks, ending.answers, strict=True))
    for texts, answers in (*rows, (program.then, ending.then)):
        pairs = zip(texts, answers, strict=False)
        yield from (answered(text, answer) for text, answer in pairs if answer is not None)


def learn(bench: Bench, result: Result) -> bool:
    """Where threads stop, of the places that there are by now. Returns whether any is new."""
    known = len(bench.places.racy)
    bench.places.looked.update(result.looked)
    bench.places.racy |= sites_at(result.stops, result.program.root)
    return len(bench.places.racy) > known
