"""One access of a finding, in the words of a sentence; and where a lock would have kept the others out."""

from __future__ import annotations

from typing import Final

from .interleavings import Event
from .spans import Hold
from .trace import SEMAPHORES, Line, authors
from .words import pair, value

MOST_PLACES: Final = 2
"""Places that are named in a sentence on what has to be locked."""


class Moment:
    """An access, as sentences want it.

    Attributes:
        who: the task. place: the location. at: 'line 12'.
        before, after: the values.
    """

    def __init__(self, event: Event) -> None:
        touch = event.touch
        self.event = event
        self.number = event.number
        self.touch = touch
        lines = [line for line in (touch.line, *touch.callers) if line is not None]
        self.who, self.place, self.at = touch.task, touch.place, at(authors(lines))
        self.before, self.after = pair(touch.before, touch.after) if touch.writes else (value(touch.before),) * 2
        if touch.opaque:
            self.before, self.after = state(touch.thing, touch.before), state(touch.thing, touch.after)

    @property
    def read(self) -> str:
        """'A read self.value (0) in line 6'."""
        return self._looked("read")

    @property
    def tested(self) -> str:
        """'A tested self.ready (False) in line 6'."""
        return self._looked("went over" if "iterate" in self.touch.uses else "tested")

    @property
    def wrote(self) -> str:
        """'A changed self.value from 0 to 1 in line 11'."""
        return f"{self.who} {self._changed} in {self.at}"

    @property
    def began(self) -> str:
        """What it did first: wrote, whatever was there before, or read."""
        return self.wrote if self.touch.changes or self.touch.how == "write" else self.read

    @property
    def did(self) -> str:
        """What it did at last: 'in line 11 it changed self.value from 0 to 1'."""
        if self.touch.changes or self.touch.opaque:
            return f"in {self.at} it {self._changed}"
        if self.touch.how == "write":
            return f"in {self.at} it set {self.place} to {self.after}{' again' * (self.before == self.after)}"
        if self.touch.before is None:
            return f"in {self.at} it found no {self.place}"
        return f"in {self.at} it found {self.before} in {self.place}"

    @property
    def new(self) -> str:
        """What it wrote: '1', or 'to the database'."""
        return f"to {self.place}" if self.touch.opaque else self.after

    @property
    def _changed(self) -> str:
        touch = self.touch
        if touch.opaque:
            return self._operated
        if touch.before is None and touch.after is None:
            return f"changed {self.place}"
        if touch.before is None:
            return f"set {self.place}, which was not there, to {self.after}"
        if touch.after is None:
            return f"removed {self.place} ({self.before})"
        if not touch.changes:
            return f"set {self.place} to {self.after}"
        if touch.before == touch.after:
            return f"replaced {self.place} by another {self.after}"
        return f"changed {self.place} from {self.before} to {self.after}"

    @property
    def _operated(self) -> str:
        """What it did to a primitive: 'took something from self.jobs'."""
        touch, kind = self.touch, self.touch.thing.partition(" ")[0]
        vain = touch.how == "both" and touch.before is None
        if kind in ("queue", "simple"):
            did = (
                "put something into" if touch.how == "change" else "got nothing from" if vain else "took something from"
            )
            return f"{did} {self.place}"
        if kind in SEMAPHORES:
            return f"{'released' if touch.how == 'change' else 'did not get' if vain else 'took'} {self.place}"
        if kind == "event" and touch.changes:
            return f"{'set' if self.after == 'set' else 'cleared'} {self.place}"
        return f"{'changed' if touch.writes else 'used'} {self.place}"

    def _looked(self, verb: str) -> str:
        touch = self.touch
        if touch.key and touch.before is None:
            return f"{self.who} found no {self.place} in {self.at}"
        if touch.opaque or touch.before is None:
            return f"{self.who} {verb} {self.place} in {self.at}"
        return f"{self.who} {verb} {self.place} ({self.before}) in {self.at}"


def state(thing: str, text: str | None) -> str:
    """The state of a primitive, which is noted as its engine keeps it, as its author would say it."""
    kind, first = thing.partition(" ")[0], (text or "").strip("(").partition(",")[0]
    if kind == "event" and text:
        return "set" if first == "True" else "not set"
    if kind in SEMAPHORES and first.isdecimal():
        return f"{first} left"
    return "another state"


def acted(moment: Moment) -> Moment:
    """What came of a look: the change by the same call, if the value that was read is part of it."""
    event = moment.event
    later = event.unit.writes((event.touch.thing, event.touch.key)) if event.written else ()
    return next((Moment(one) for one in later if one.number > event.number), moment)


def at(line: Line | None) -> str:
    """'line 12'."""
    return f"line {line.line}" if line is not None and line.written else "the call"


def advice(held: Hold) -> str:
    """'hold self._lock from line 9 to line 10 of add(), and wherever else self.n is changed'."""
    where = " and ".join([*map(str, held.spans), *["over the whole call"] * held.whole])
    places = " or ".join(held.places[:MOST_PLACES])
    if held.database:
        return f"use one transaction {where}, begun with BEGIN IMMEDIATE, and wherever else {places} is changed"
    longer = "; take it once there, over all of these lines"
    but = longer if held.once else "; make it an RLock, because it is taken there already" if held.inside else ""
    if held.nested and (held.once or not held.inside):
        but = f"; make it an RLock, because {held.nested}, which needs it too"
    return f"hold {held.lock or 'one lock'} {where}, and wherever else {places} is changed{but}"
