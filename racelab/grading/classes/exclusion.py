"""Rules of names that are about how many threads may be in one place: two where one should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .causes import Cause
from .interleavings import Event, Unit
from .names import DOUBLE_RELEASE, TWO_INSIDE
from .trace import SEMAPHORES, Trace


def two_inside(units: Sequence[Unit]) -> Iterator[Cause]:
    """A call counts itself in and out, and another call counts itself in meanwhile, in the same line."""
    for unit in units:
        for location in unit.at:
            entered, left = _in_and_out(unit, location)
            if entered is None or left is None:
                continue
            for other in (one for one in units if one.task != unit.task):
                between = (one for one in other.writes(location) if entered.number < one.number < left.number)
                same = [one for one in between if one.touch.line == entered.touch.line]
                yield from (Cause(TWO_INSIDE, (entered, meanwhile, left)) for meanwhile in same)


def _in_and_out(unit: Unit, location: tuple[str, str]) -> tuple[Event | None, Event | None]:
    """The first and the last change that a call makes to a number, if the last takes back what the first has done."""
    changes = unit.writes(location)
    if len(changes) > 1 and changes[0].touch.line != changes[-1].touch.line:
        by, back = _difference(changes[0]), _difference(changes[-1])
        if by and back == -by:
            return changes[0], changes[-1]
    return None, None


def _difference(event: Event) -> int:
    """By how much it has changed a whole number; 0 of anything else."""
    before, after = event.touch.before or "", event.touch.after or ""
    numbers = [text for text in (before, after) if text.removeprefix("-").isdecimal()]
    return int(after) - int(before) if len(numbers) == len((before, after)) else 0


def released_twice(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """A call has released a semaphore more often than it took it, and later more threads have it than may."""
    events = sorted((event for unit in units for event in unit.events), key=lambda event: event.number)
    for name in dict.fromkeys(event.touch.thing for event in events):
        if name.startswith(SEMAPHORES):
            yield from _released_twice([event for event in events if event.touch.thing == name])


def _released_twice(events: Sequence[Event]) -> Iterator[Cause]:
    size = next((left for event in events if (left := _left(event.touch.before)) is not None), 0)
    holds: dict[int, list[Event]] = {}
    over: Event | None = None
    for event in events:
        taken = holds.setdefault(id(event.unit), [])
        if event.touch.how == "both" and event.touch.changes:
            inside = [one for other in holds.values() for one in other[-1:] if one.touch.task != event.touch.task]
            taken.append(event)
            if over is not None and size and sum(map(len, holds.values())) > size and inside:
                yield Cause(DOUBLE_RELEASE, (over, inside[-1], event))
        elif event.touch.how == "change" and taken:
            taken.pop()
        elif event.touch.how == "change" and _has_tried(event):
            over = event


def _has_tried(event: Event) -> bool:
    """Whether its call has tried to take that semaphore before, if in vain: one that has not gives a signal."""
    return any(one.touch.how == "both" for one in _before(event, event.location))


def had_it(event: Event) -> bool:
    """Whether its call had taken that semaphore, before it released it once too often."""
    return any(one.touch.how == "both" and one.touch.changes for one in _before(event, event.location))


def _before(event: Event, location: tuple[str, str]) -> list[Event]:
    """What its call has done there before."""
    return [one for one in event.unit.at.get(location, ()) if one.number < event.number]


def _left(state: str | None) -> int | None:
    """How many may still take it."""
    number = (state or "").strip("(").partition(",")[0]
    return int(number) if number.isdecimal() else None


def is_counted(cause: Cause) -> bool:
    """Whether a call looks at how many are inside, other than to count itself in or out: it matters to somebody."""
    entered, meanwhile, left = cause.events
    looks = [event for one in (entered, meanwhile) for event in one.unit.at[entered.location] if event.touch.looks]
    counts = {event.touch.line for one in (entered, meanwhile) for event in one.unit.writes(entered.location)}
    return any(event.touch.line not in counts for event in looks if entered.number < event.number < left.number)


def gates_of(*entered: Event) -> tuple[str, ...]:
    """The semaphores that all of these calls had at that moment, as the author writes them."""
    return tuple(sorted(set.intersection(*[set(_gates(event)) for event in entered])))


def _gates(entered: Event) -> Iterator[str]:
    for location in entered.unit.at:
        done = [one.touch for one in _before(entered, location) if location[0].startswith(SEMAPHORES)]
        taken = sum(touch.how == "both" and touch.changes for touch in done)
        if taken > sum(touch.how == "change" for touch in done):
            yield done[0].place
