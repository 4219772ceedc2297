"""Rules of names that are about whole objects and about waits: see `naming`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .causes import Cause
from .interleavings import Event, Unit
from .names import CHECK_THEN_ACT, ITERATION, LOST_WAKE_UP, STOLEN_WAKE_UP, TORN_READ, UNSAFE_PUBLICATION, WRITE_SKEW
from .trace import Trace

CHANGED: Final = "during iteration"
"""What Python says when a loop meets a change: "dictionary changed size during iteration"."""


def failed_calls(trace: Trace) -> dict[tuple[str, int], str]:
    """The calls that have raised, with what the exception says; of a thread of the class's own, whatever it does."""
    failed = {(actor.name, 0): "" for actor in trace.actors if actor.own}
    ended: dict[str, int] = {}
    for step in trace.steps:
        for one in step.answered:
            number = ended[step.task] = ended.get(step.task, -1) + 1
            if one.raised:
                failed[step.task, number] = one.detail
    return failed


def published(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """A new object is stored, another call reads a part of it, and only then is that part set."""
    for unit in units:
        for stored in unit.events:
            name = stored.touch.refers
            if not stored.touch.writes or not name.startswith(unit.task):
                continue
            for later in unit.events:
                if later.number > stored.number and later.touch.thing == name and later.touch.changes:
                    read = _read_between(units, stored, later)
                    if read is not None and not _under_one_lock(stored, read, later):
                        yield Cause(UNSAFE_PUBLICATION, (stored, read, later))


def _under_one_lock(*events: Event) -> bool:
    """Whether all hold a lock: then no half of it is seen, and what is missing is that it be held throughout."""
    return bool(set.intersection(*[{*event.touch.held} for event in events]))


def flagged(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """A flag is raised, another call finds it and reads what it stands for, and only then is that there."""
    for unit in units:
        for flag in (event for event in unit.events if _is_raised(event)):
            location = flag.location
            for reader in (other for other in units if other.task != unit.task and not other.writes(location)):
                seen = [event for event in reader.at.get(location, ()) if event.test and event.number > flag.number]
                for later in unit.events if seen else ():
                    early = [
                        event
                        for event in reader.events
                        if seen[0].number < event.number < later.number and event.touch.looks and event.touch.uses
                    ]
                    meant = [event for event in early if later.touch.changes and meet(event, later)]
                    if meant and later.location != location:
                        yield Cause(UNSAFE_PUBLICATION, (flag, seen[0], meant[0], later))


def _is_raised(event: Event) -> bool:
    """Whether it sets a flag, or an event."""
    touch = event.touch
    as_event = touch.thing.startswith("event") and str(touch.after).startswith("(True")
    return touch.changes and (touch.after == "True" or as_event)


def refused(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """A call has asked for an item, another changes the container, and what the first one does to it then fails."""
    failed = failed_calls(trace)
    for unit in (one for one in units if (one.task, one.call) in failed and one.events):
        last = unit.events[-1]
        tests = [event for event in unit.events[:-1] if event.test and event.touch.key and meet(event, last)]
        for other in units if tests and not last.touch.key and not last.touch.changes else ():
            changes = [event for event in other.events if event.touch.changes and meet(event, tests[-1])]
            for change in changes:
                if other.task != unit.task and tests[-1].number < change.number < last.number:
                    yield Cause(CHECK_THEN_ACT, (tests[-1], change, last))


def gone(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """A call has looked through a container, another removes an item of it, and the first one wants that item."""
    for unit in units:
        for wanted in unit.events:
            touch = wanted.touch
            if not (touch.key and touch.looks and touch.before is None):
                continue
            looks = [event for event in unit.at.get((touch.thing, ""), ()) if event.touch.looks and event.touch.uses]
            for other in units if looks else ():
                removed = [event for event in other.writes((touch.thing, touch.key)) if event.touch.after is None]
                for event in removed:
                    before = [look for look in looks if look.number < event.number]
                    if other.task != unit.task and before and event.number < wanted.number:
                        yield Cause(CHECK_THEN_ACT, (before[-1], event, wanted))


def cleared(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """An event was set for something new, and is cleared by a thread that has looked before and not since."""
    for unit in units:
        clears = [event for event in unit.events if trace.steps[event.step].what == "clear" and event.touch.opaque]
        for clear in clears:
            for other in (one for one in units if one.task != unit.task):
                sets = [event for event in other.at.get((clear.touch.thing, ""), ()) if event.number < clear.number]
                given = sets[-1] if sets and trace.steps[sets[-1].step].what == "set" else None
                for change in other.events if given else ():
                    looked = [event for event in unit.events if event.touch.place == change.touch.place]
                    before = [event for event in looked if event.number < change.number and event.touch.looks]
                    since = any(change.number < event.number < clear.number for event in looked)
                    new = change.touch.changes and not change.touch.opaque and given and change.number < given.number
                    if new and before and not since and given:
                        yield Cause(LOST_WAKE_UP, (before[-1], change, clear), signals=(given.step,))


def half_way(reader: Unit, writer: Unit) -> Iterator[Cause]:
    """One look at all of a container, between the changes of two of its items."""
    for (thing, key), looks in reader.at.items():
        changes = [event for event in _of_items(writer, thing) if not reader.writes(event.location)]
        for look in (event for event in looks if not key and event.touch.looks and event.touch.uses):
            before = [event for event in changes if event.number < look.number]
            after = [event for event in changes if event.number > look.number]
            if before and after and before[-1].touch.key != after[0].touch.key:
                yield Cause(TORN_READ, (before[-1], look, after[0]))


def _of_items(writer: Unit, thing: str) -> Iterator[Event]:
    """Its changes of items; what takes any item, as `popitem` does, is a change of the whole without one of an item."""
    changes = [event for event in writer.events if event.touch.thing == thing and event.touch.changes]
    items = {event.number for event in changes if event.touch.key}
    yield from (one for one in changes if one.touch.key or not items & {one.number - 1, one.number + 1})


def mixed(units: Sequence[Unit]) -> tuple[Event, ...]:
    """Where a call was interrupted, if there is no better word: its access before, another's change, and its next.

    What nobody else changes, such as a constant, tells only if it has looked at nothing else.
    """
    return next(_mixed(units, telling=True), next(_mixed(units, telling=False), ()))


def _mixed(units: Sequence[Unit], telling: bool) -> Iterator[tuple[Event, ...]]:
    for unit in units:
        others = [event for one in units if one.task != unit.task for event in one.events if event.touch.changes]
        mine = [event for event in unit.events if event.touch.writes or event.touch.uses]
        shared = [event for event in mine if any(meet(event, other) for other in others)]
        for change in others:
            before = [event for event in (shared if telling else mine) if event.number < change.number]
            after = [event for event in (*shared, *mine) if event.number > change.number]
            met = not change.touch.opaque and any(meet(event, change) for event in unit.events)
            if before and after and met:
                yield before[-1], change, after[0]


def meet(one: Event, other: Event) -> bool:
    """Whether both are about the same place, or one about all of a container and the other about an item of it."""
    mine, theirs = one.touch, other.touch
    return mine.thing == theirs.thing and (mine.key == theirs.key or not mine.key or not theirs.key)


def _read_between(units: Sequence[Unit], stored: Event, later: Event) -> Event | None:
    """The first look of another one at what comes later. Whoever changes it as well works with it as it is."""
    location = later.location
    for unit in units:
        mine = [event for event in unit.at.get(location, ()) if stored.number < event.number < later.number]
        if unit.task != later.unit.task and not any(event.touch.changes for event in mine):
            yet = next((event for event in mine if event.touch.looks), None)
            if yet is not None:
                return yet
    return None


def stolen(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """It has tested a condition, waited, been woken, and acts without another test."""
    for unit in units:
        for woken in unit.waited:
            for at, mine in unit.at.items():
                tests = [event for event in mine if event.test and event.step < woken]
                after = [event for event in mine if event.step >= woken]
                if not tests or not after or after[0].touch.line == tests[-1].touch.line:
                    continue
                changes = [
                    event
                    for other in units
                    if other.task != unit.task
                    for event in other.writes(at)
                    if tests[-1].number < event.number < after[0].number
                ]
                if changes:
                    yield Cause(STOLEN_WAKE_UP, (tests[-1], changes[-1], after[0]))


def skewed(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """Each of two calls has decided by what the other one changes afterwards."""
    for place, one in enumerate(units):
        for other in units[place + 1 :]:
            if one.task != other.task:
                for mine in _decided(one, other):
                    for theirs in _decided(other, one):
                        if (mine[0].location, mine[1].location) == (theirs[1].location, theirs[0].location):
                            yield Cause(WRITE_SKEW, (mine[0], theirs[0], theirs[1], mine[1]))


def _decided(one: Unit, other: Unit) -> Iterator[tuple[Event, Event]]:
    """What it has read before the other changed it, and what it has changed later, which the other has not."""
    for at, events in one.at.items():
        changed = other.writes(at)
        if not changed or one.writes(at):
            continue
        for read in events:
            if read.touch.looks and read.touch.uses and read.number < changed[0].number:
                later = [event for event in one.events if event.number > read.number and event.touch.changes]
                yield from ((read, event) for event in later if not other.writes(event.location))


def stopped_loop(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """Python has ended a loop because what it went over had been changed."""
    failed = failed_calls(trace)
    for unit in units:
        if CHANGED not in failed.get((unit.task, unit.call), ""):
            continue
        for read in (event for event in reversed(unit.events) if "iterate" in event.touch.uses or event.touch.over):
            others = [other for other in units if other.task != unit.task]
            changes = [
                event
                for other in others
                for event in other.events
                if _changes(event, read) and event.number < read.number
            ]
            if changes:
                yield Cause(ITERATION, (read, changes[-1]))
                return


def _changes(event: Event, read: Event) -> bool:
    return event.touch.thing == read.touch.thing and event.touch.changes
