"""Tells a finding: runs its schedule once more, finds the field's name for it, and puts it into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.search.run import DOES_NOT_REPEAT

from .answer_texts import answered
from .bench import Bench
from .causes import Cause
from .conclusion import sites_at
from .execution import Execution
from .explanation import paragraph
from .exploring import without_collecting
from .names import NAMES
from .naming import cause_of
from .recording import Recorder
from .result import Result
from .rows import Row, Rows
from .spans import Hold, hold
from .table import WIDE, table
from .trace import Trace

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

    def paragraph(self) -> str:
        """What happened, and what to do."""
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
        trace = until_known(bench, lambda: _follow(bench, result))
        return Told(trace, cause_of(trace, result.kind, bool(result.program.spec)))


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
        observed = map(answered, result.program.then, ending.then)
        return replace(trace, observed=tuple(observed))


def learn(bench: Bench, result: Result) -> bool:
    """Where threads stop, of the places that there are by now. Returns whether any is new."""
    known = len(bench.places.racy)
    bench.places.looked.update(result.looked)
    bench.places.racy |= sites_at(result.stops, result.program.root)
    return len(bench.places.racy) > known
