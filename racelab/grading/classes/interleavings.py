"""Where a call was interrupted: what it touched before and after another call's access to the same location.

A call is meant to be one operation. Two accesses of it, with another call's access between them, fit no order of the
calls in four cases: read-write-read, write-write-read, read-write-write and write-read-write (Lu, Tucek, Qin and Zhou,
"AVIO: detecting atomicity violations via access interleaving invariants", ASPLOS 2006). A call that reads several
locations can be torn between two values of them (Lu et al., "MUVI", SOSP 2007).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .trace import Goal, Touch, Trace

WAITS = ("wait for", "wait on")
RESTS = (*WAITS, "get from", "wait at", "sleep", "join", "await")
"""Where a thread of the class's own is between two pieces of work."""


@dataclass(frozen=True, slots=True)
class Event:
    """One access, with its place in the order of all of them, and the step (from 0 on) that it was in."""

    number: int
    step: int
    touch: Touch
    unit: Unit = field(compare=False, repr=False)

    @property
    def location(self) -> tuple[str, str]:
        """The object, and the attribute or item of it."""
        return self.touch.thing, self.touch.key

    @property
    def test(self) -> bool:
        """Whether what was read decides something."""
        return "test" in self.touch.uses

    @property
    def written(self) -> bool:
        """Whether what was read becomes part of what is written."""
        return "write" in self.touch.uses

    def becomes(self, other: Event) -> bool:
        """Whether what was read is part of what the other access of the call writes; so much as its source shows."""
        return self.written and self._reaches(other, [one for one in self.touch.goals if one.written])

    def reaches(self, other: Event) -> bool:
        """Whether what was read comes to where the other access of the call is."""
        return self._reaches(other, self.touch.goals)

    def _reaches(self, other: Event, goals: Sequence[Goal]) -> bool:
        lines = (other.touch.line, *other.touch.callers)
        return not self.touch.goals or any(one.has(lines) for one in goals)


def by_number(event: Event) -> int:
    """In the order in which they came."""
    return event.number


@dataclass(slots=True, eq=False)
class Unit:
    """What is meant to be one operation: a call; of a thread of the class's own, what it does until it rests."""

    task: str
    call: int
    events: list[Event] = field(default_factory=list)
    at: defaultdict[tuple[str, str], list[Event]] = field(default_factory=lambda: defaultdict(list))
    waited: list[int] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """One more access."""
        self.events.append(event)
        self.at[event.location].append(event)

    def writes(self, location: tuple[str, str]) -> list[Event]:
        """Its accesses that leave something else there."""
        return [event for event in self.at.get(location, ()) if event.touch.changes]


@dataclass(frozen=True, slots=True)
class Interruption:
    """Two accesses of one call to one location, next to each other, and what others did there in between.

    Attributes:
        reads: what the call has read there up to the first one, since its own last change.
        first, second: the two.
        changes, looks: of the others, between them.
    """

    location: tuple[str, str]
    unit: Unit
    reads: tuple[Event, ...]
    first: Event
    second: Event
    changes: tuple[Event, ...]
    looks: tuple[Event, ...]


def units_of(trace: Trace) -> list[Unit]:
    """All operations of a trace, in the order in which they touched anything."""
    own = {actor.name for actor in trace.actors if actor.own}
    units: dict[tuple[str, int, int], Unit] = {}
    rounds: defaultdict[str, int] = defaultdict(int)
    number = 0
    for index, step in enumerate(trace.steps):
        if step.task in own and (step.what in RESTS or step.point.startswith(RESTS)):
            rounds[step.task] += 1
        for touch in step.touches:
            key = touch.task, touch.call, rounds[touch.task]
            unit = units.setdefault(key, Unit(touch.task, touch.call))
            if step.what in WAITS and step.primitive.startswith("condition") and index not in unit.waited:
                unit.waited.append(index)
            for one in (touch, *_replaced(touch)):
                unit.add(Event(number, index, one, unit))
                number += 1
    return list(units.values())


def interruptions(units: Sequence[Unit]) -> Iterator[Interruption]:
    """Wherever another call came between two accesses of one call to one location."""
    for unit in units:
        for location, mine in unit.at.items():
            others = [
                event
                for other in units
                if other.task != unit.task
                for event in _meeting(other, location, mine[0].touch)
            ]
            for place in range(1, len(mine)):
                first, second = mine[place - 1], mine[place]
                between = [event for event in others if first.number < event.number < second.number]
                changes = tuple(event for event in between if event.touch.changes)
                looks = tuple(event for event in between if event.touch.looks)
                if changes or looks:
                    yield Interruption(location, unit, _reads(mine[:place]), first, second, changes, looks)


def _meeting(other: Unit, location: tuple[str, str], touch: Touch) -> Iterator[Event]:
    """The accesses of another call that meet those to a location: of an item, also those that replace everything."""
    yield from other.at.get(location, ())
    thing, key = location
    if key:
        yield from (event for event in other.at.get((thing, ""), ()) if event.touch.how in ("write", "both"))
    elif touch.looks:
        yield from (
            event
            for (one, item), events in other.at.items()
            if one == thing and item
            for event in events
            if event.touch.changes and event.touch.before is not None
        )


def _reads(events: Sequence[Event]) -> tuple[Event, ...]:
    """What was read since the last change of its own; with that, if its value is used: a default that was put there."""
    found: list[Event] = []
    for event in events:
        if event.touch.changes:
            found.clear()
        if event.touch.looks and (event.touch.uses or not event.touch.changes):
            found.append(event)
    return tuple(found)


def _replaced(touch: Touch) -> Iterator[Touch]:
    """Who sets an attribute to another object replaces all that was in the one before."""
    if touch.how == "write" and touch.was and touch.was != touch.refers and touch.before is not None:
        yield Touch(
            *(touch.task, touch.call, "write", touch.was, "", touch.place, touch.line, touch.before, touch.after),
            held=touch.held,
            callers=touch.callers,
            refers=touch.refers,
        )


def one_by_one(trace: Trace) -> bool:
    """Whether no call begins before the last one has ended, so that nothing interleaves."""
    under_way = ""
    for step in trace.steps:
        if under_way not in ("", step.task):
            return False
        under_way = "" if step.answered and not step.waits else step.task
    return not any(actor.own for actor in trace.actors)
