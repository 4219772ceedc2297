"""The name of a finding that ends with threads that wait for ever."""

from __future__ import annotations

from typing import Final

from .causes import Cause
from .interleavings import Event, Unit, units_of
from .names import CHECK_THEN_ACT, DEADLOCK, LOST_WAKE_UP, MISSED_SIGNAL, SELF_DEADLOCK
from .trace import Trace, Wait

SIGNALS: Final = ("condition", "event")
"""Primitives that tell others of something, and keep nothing themselves or only that it happened."""


def cause_of_standstill(trace: Trace) -> Cause:
    """Why threads wait for ever.

    Args:
        trace: of the schedule; its `waits` are those at the end.
    """
    for wait in trace.waits:
        if wait.task in wait.holders:
            return Cause(SELF_DEADLOCK, waits=(wait,))
    held = tuple(wait for wait in trace.waits if wait.holders)
    if held:
        return Cause(DEADLOCK, waits=_cycle(held) or trace.waits)
    units = units_of(trace)
    found = (
        *(_signalled(trace, units, wait) for wait in trace.waits if _kind(trace, wait) in SIGNALS),
        *(_tested_before(units, wait) for wait in trace.waits if _kind(trace, wait) not in SIGNALS),
    )
    return next((cause for cause in found if cause is not None), Cause(DEADLOCK, waits=trace.waits))


def _cycle(waits: tuple[Wait, ...]) -> tuple[Wait, ...]:
    """Those that wait for each other, in a ring; empty if there is none."""
    by_task = {wait.task: wait for wait in waits}
    for wait in waits:
        ring = [wait]
        while (following := next((by_task[one] for one in ring[-1].holders if one in by_task), None)) is not None:
            if following in ring:
                return tuple(ring[ring.index(following) :])
            ring.append(following)
    return ()


def _kind(trace: Trace, wait: Wait) -> str:
    found = trace.primitive(wait.primitive)
    return found.kind if found is not None else ""


def _signalled(trace: Trace, units: list[Unit], wait: Wait) -> Cause | None:
    """A signal was given after the call that waits had begun, and still it waits."""
    steps = list(enumerate(trace.steps))
    begun = max((number for number, step in steps if step.task == wait.task and step.begins), default=0)
    given = tuple(
        number
        for number, step in steps
        if number > begun and step.task != wait.task and any(one.primitive == wait.primitive for one in step.signals)
    )
    if not given:
        return None
    looks = [event for unit in units if unit.task == wait.task for event in unit.events if event.touch.looks]
    seen = _looked_at(units, wait, looks)
    waited = any(step.task == wait.task and step.primitive == wait.primitive for step in trace.steps)
    was_waiting = waited or _was_waiting(trace, wait, given[0])
    name = LOST_WAKE_UP if seen or was_waiting else MISSED_SIGNAL
    return Cause(name, seen, waits=trace.waits, signals=given)


def _was_waiting(trace: Trace, wait: Wait, signal: int) -> bool:
    """Whether it waited already when the signal was given, and another was woken."""
    return any(one.task == wait.task and one.primitive == wait.primitive for one in trace.steps[signal - 1].waits)


def _looked_at(units: list[Unit], wait: Wait, looks: list[Event]) -> tuple[Event, ...]:
    """What it had tested, and who changed it afterwards."""
    for look in reversed(looks):
        if not look.test:
            continue
        for other in units:
            changed = [one for one in other.writes((look.touch.thing, look.touch.key)) if one.number > look.number]
            if other.task != wait.task and changed:
                return look, changed[0]
    return ()


def _tested_before(units: list[Unit], wait: Wait) -> Cause | None:
    """It had tested whether it would have to wait, and another changed that before it came to it."""
    looks = [event for unit in units if unit.task == wait.task for event in unit.events if event.touch.looks]
    found = _looked_at(units, wait, looks)
    return Cause(CHECK_THEN_ACT, found, waits=(wait,)) if found else None
