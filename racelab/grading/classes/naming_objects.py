"""Rules of names that are about whole objects and about waits: see `naming`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .causes import Cause
from .interleavings import Event, Unit
from .names import ITERATION, STOLEN_WAKE_UP, UNSAFE_PUBLICATION
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
                    if read is not None:
                        yield Cause(UNSAFE_PUBLICATION, (stored, read, later))


def _read_between(units: Sequence[Unit], stored: Event, later: Event) -> Event | None:
    found = [
        event
        for unit in units
        if unit.task != later.unit.task
        for event in unit.at.get((later.touch.thing, later.touch.key), ())
        if event.touch.looks and stored.number < event.number < later.number
    ]
    return found[0] if found else None


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


def stopped_loop(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """Python has ended a loop because what it went over had been changed."""
    failed = failed_calls(trace)
    for unit in units:
        if CHANGED not in failed.get((unit.task, unit.call), ""):
            continue
        for read in (event for event in reversed(unit.events) if "iterate" in event.touch.uses):
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
