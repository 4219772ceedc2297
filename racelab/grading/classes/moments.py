"""One access of a finding, in the words of a sentence; and where a lock would have kept the others out."""

from __future__ import annotations

from typing import Final

from .interleavings import Event
from .trace import Line, Trace
from .words import value

LOCKS: Final = ("lock", "rlock")


class Moment:
    """An access, as sentences want it.

    Attributes:
        who: the task. place: the location. at: 'line 12'.
        before, after: the values.
    """

    def __init__(self, event: Event) -> None:
        touch = event.touch
        self.number = event.number
        self.touch = touch
        self.who, self.place, self.at = touch.task, touch.place, at(touch.line)
        self.before, self.after = value(touch.before), value(touch.after)

    @property
    def read(self) -> str:
        """'A read self.value (0) in line 6'."""
        return self._looked("read")

    @property
    def tested(self) -> str:
        """'A tested self.ready (False) in line 6'."""
        return self._looked("tested")

    @property
    def wrote(self) -> str:
        """'A changed self.value from 0 to 1 in line 11'."""
        if self.touch.opaque or (self.touch.before is None and self.touch.after is None):
            return f"{self.who} changed {self.place} in {self.at}"
        return f"{self.who} changed {self.place} from {self.before} to {self.after} in {self.at}"

    @property
    def new(self) -> str:
        """What it wrote: '1', or 'to the database'."""
        return f"to {self.place}" if self.touch.opaque else self.after

    def _looked(self, verb: str) -> str:
        if self.touch.key and self.touch.before is None:
            return f"{self.who} found no {self.place} in {self.at}"
        if self.touch.opaque or self.touch.before is None:
            return f"{self.who} {verb} {self.place} in {self.at}"
        return f"{self.who} {verb} {self.place} ({self.before}) in {self.at}"


def at(line: Line | None) -> str:
    """'line 12'."""
    return f"line {line.line}" if line is not None else "the call"


def hold(trace: Trace, first: Moment, second: Moment) -> str:
    """Where one lock has to be held: from a call's first access to its last, in the function that both are in."""
    places = " or ".join(dict.fromkeys((first.place, second.place)))
    where = "over the whole call"
    common = _in_one_function((first.touch.line, *first.touch.callers), (second.touch.line, *second.touch.callers))
    if common is not None:
        low, high = sorted((common[0].line, common[1].line))
        lines = f"from line {low} to line {high}" if low != high else f"over all of line {low}"
        where = f"{lines} of {common[0].function}()"
    if first.touch.thing.startswith("database") and second.touch.thing == first.touch.thing:
        return f"use one transaction {where}, begun with BEGIN IMMEDIATE, and wherever else {places} is changed"
    here = common is not None and common == (first.touch.line, second.touch.line)
    lock, but = _lock(trace, first, second, here)
    return f"hold {lock} {where}, and wherever else {places} is changed{but}"


def _in_one_function(one: tuple[Line | None, ...], other: tuple[Line | None, ...]) -> tuple[Line, Line] | None:
    """The innermost function that both were in, at the line that each was at."""
    for mine in one:
        for theirs in other:
            if mine is not None and theirs is not None and _function(mine) == _function(theirs):
                return mine, theirs
    return None


def _function(line: Line) -> tuple[str, str, int]:
    return line.file, line.function, line.begins


def _lock(trace: Trace, first: Moment, second: Moment, here: bool) -> tuple[str, str]:
    """The one lock that there is, by name; and that it is taken further inside already, if it is.

    Args:
        here: both are in the very function in which it has to be held, so that it can be held on there.
    """
    locks = [one for one in trace.primitives if one.kind.lower() in LOCKS and one.place]
    if len({one.place for one in locks}) != 1:
        return "one lock", ""
    lock = locks[0]
    if not here and lock.kind.lower() == "lock" and lock.name in (*first.touch.held, *second.touch.held):
        return "one lock", f" ({lock.place} is taken inside of that: make it an RLock, or use another)"
    return lock.place, ""
