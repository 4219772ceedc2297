"""Finds the field's name for a finding, from what its trace shows: never from what the author has called things.

Each rule looks for one shape in the order of the accesses. Several may fit the same trace; the first one in `FIRST`
is the most telling, because it says what has to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from .causes import Cause
from .exclusion import is_counted, released_twice, two_inside
from .interleavings import Event, Interruption, Unit, interruptions, one_by_one, units_of
from .names import (
    ATOMICITY_VIOLATION,
    BROKEN_INVARIANT,
    CHECK_THEN_ACT,
    CRASH,
    DIRTY_READ,
    DOUBLE_EXECUTION,
    DOUBLE_RELEASE,
    ITERATION,
    LOCK_PER_COPY,
    LOCKED,
    LOST_UPDATE,
    LOST_WAKE_UP,
    NON_REPEATABLE,
    STALE_READ,
    STOLEN_WAKE_UP,
    TORN_READ,
    TWO_INSIDE,
    UNSAFE_PUBLICATION,
    WRITE_SKEW,
    WRONG_ALONE,
    WRONG_LOCK,
)
from .names import DEADLOCK as NAME_OF_DEADLOCK
from .naming_objects import (
    CHANGED,
    cleared,
    failed_calls,
    flagged,
    gone,
    half_way,
    meet,
    mixed,
    published,
    refused,
    skewed,
    stolen,
    stopped_loop,
)
from .result import ANSWERS, BROKEN, DEADLOCK, LEFT, RAISES
from .result import CRASH as CRASHES
from .stuck import cause_of_standstill
from .trace import Trace

FIRST: Final = (
    *(DOUBLE_RELEASE, UNSAFE_PUBLICATION, STOLEN_WAKE_UP, LOST_WAKE_UP, WRITE_SKEW),
    *(LOCK_PER_COPY, WRONG_LOCK, DOUBLE_EXECUTION, LOST_UPDATE),
    *(ITERATION, CHECK_THEN_ACT, TWO_INSIDE, TORN_READ, DIRTY_READ, STALE_READ, NON_REPEATABLE),
)
"""The first of these that fits is the name."""
NOTHING: Final = frozenset({None, "None", "False", "0", "''", "[]", "{}", "()", "set()"})
"""What stands where something was taken."""
Rule = Callable[[Trace, Sequence[Unit]], Iterator[Cause]]


def cause_of(trace: Trace, kind: str, specified: bool = False) -> Cause:
    """The name of a finding, and the accesses that show it.

    Args:
        trace: of its schedule.
        kind: how it ends: a key of `result.KINDS`.
        specified: whether something else than the class says what is right.
    """
    units = units_of(trace)
    if specified and kind in (RAISES, LEFT, ANSWERS) and one_by_one(trace):
        return Cause(WRONG_ALONE)
    if kind == DEADLOCK:
        cause = cause_of_standstill(trace)
        raced = _found(trace, units, kind) if cause.name == NAME_OF_DEADLOCK and _is_left_held(trace) else []
        return replace(_first(trace, raced), waits=cause.waits) if raced else cause
    locked = any(LOCKED in detail for detail in failed_calls(trace).values())
    if not locked and (found := _found(trace, units, kind)):
        return _first(trace, found)
    name = {RAISES: CRASH, CRASHES: CRASH, BROKEN: BROKEN_INVARIANT}.get(kind, ATOMICITY_VIOLATION)
    return Cause(name, mixed(units))


def _first(trace: Trace, found: Sequence[Cause]) -> Cause:
    return min(found, key=lambda one: (not one.is_told(), _rank(trace, one), one.events[0].number))


def _is_left_held(trace: Trace) -> bool:
    """Whether a lock that is waited for is held by who does not wait itself: it was not released for another reason."""
    waits = {wait.task for wait in trace.waits}
    return any(wait.holders and not waits & set(wait.holders) for wait in trace.waits)


def _found(trace: Trace, units: Sequence[Unit], kind: str) -> list[Cause]:
    """Every shape that fits. In a finding that is an exception, those that the failed call is part of.

    That two calls were inside is told where an invariant or a call looks at that, or nothing else fits.
    """
    found = [cause for rule in RULES for cause in rule(trace, units)]
    if kind != BROKEN:
        found = [cause for cause in found if cause.name != TWO_INSIDE or is_counted(cause)] or found
    if kind in (RAISES, CRASHES):
        failed = set(failed_calls(trace))
        found = [cause for cause in found if failed & {(one.unit.task, one.unit.call) for one in cause.events}] or found
    return found


def _rank(trace: Trace, cause: Cause) -> int:
    """A loop that Python has ended says what it is about; another one may only have been there."""
    ended = cause.name == ITERATION and any(CHANGED in detail for detail in failed_calls(trace).values())
    return -1 if ended else FIRST.index(cause.name)


# Rules for one location


def _interrupted(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """Read-write-write, read-write-read, write-write-read, write-read-write."""
    for one in interruptions(units):
        failed = (one.unit.task, one.unit.call) in failed_calls(trace)
        for cause in (*_overwritten(one), *_looked_again(one, failed), *_seen_half_way(one)):
            yield cause
            yield from _locked_apart(trace, cause)


def _overwritten(one: Interruption) -> Iterator[Cause]:
    """Another call has changed it before this one writes."""
    if not one.changes or not one.second.touch.writes or one.second.touch.looks:
        return
    other, second = one.changes[-1], one.second
    tests = [event for event in one.reads if event.test and not _holds(event, other)]
    written = [event for event in one.reads if event.becomes(second)]
    appends = second.touch.how == "change"
    if written and not appends and not (tests and tests[0].number < written[0].number):
        yield Cause(LOST_UPDATE, (written[-1], other, second))
    elif tests:
        same = second.touch.after == other.touch.after and not (second.touch.refers or other.touch.refers)
        again = _done_again(one.unit, tests[-1], other) if same and not appends else None
        if again is not None:
            yield Cause(DOUBLE_EXECUTION, (tests[-1], *again))
        else:
            yield Cause(CHECK_THEN_ACT, (tests[-1], other, second))
    elif one.reads and not appends:
        same = second.touch.after == other.touch.after and not second.touch.refers
        default = any(_is_default(event, second) for event in one.unit.events if event.number < second.number)
        kept = one.reads[-1].written and second.touch.after not in NOTHING
        taken = same and not default and not kept and _saw_the_same(one.reads[-1], other)
        yield Cause(DOUBLE_EXECUTION if taken else LOST_UPDATE, (one.reads[-1], other, second))
    elif written:
        yield Cause(STALE_READ, (written[-1], other, second))


def _fallen_back(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:  # noqa: ARG001 - a rule
    """A default is read where no value is yet, as of a class or in another map, and both write what comes of it."""
    for unit in units:
        for second in unit.events:
            if not second.touch.writes or second.touch.looks or not second.touch.key:
                continue
            at = second.location
            reads = [one for one in unit.events if one.number < second.number and _is_default(one, second)]
            others = [one for other in units if other.task != unit.task for one in other.writes(at)]
            for read in reads[-1:]:
                between = [one for one in others if read.number < one.number < second.number]
                if between and between[-1].touch.line == second.touch.line and between[-1].touch.writes:
                    yield Cause(LOST_UPDATE, (read, between[-1], second))


def _is_default(read: Event, write: Event) -> bool:
    one, other = read.touch, write.touch
    found = one.looks and not one.changes and one.before is not None
    return found and one.key == other.key and one.thing != other.thing


def _holds(test: Event, change: Event) -> bool:
    """Whether a test for an item would come out the same after the change."""
    return (
        bool(test.touch.key)
        and "member" in test.touch.uses
        and (test.touch.before is None) == (change.touch.after is None)
    )


def _saw_the_same(read: Event, change: Event) -> bool:
    """Whether the other call had found what this one found, before it changed that."""
    touch = read.touch
    seen = [event for event in change.unit.at[touch.thing, touch.key] if event.touch.looks]
    return any(event.number <= change.number and event.touch.before == touch.before for event in seen)


def _done_again(unit: Unit, test: Event, change: Event) -> tuple[Event, Event] | None:
    """What both have done in the same line, elsewhere, after they had found the same: the other's, and this one's.

    What is left of it tells most; then what is done to something that both have.
    """
    if not _saw_the_same(test, change):
        return None
    location = test.location
    found = [
        (theirs, ours)
        for theirs in change.unit.events
        for ours in unit.events
        if ours.location != location
        and ours.number > test.number
        and ours.touch.line == theirs.touch.line
        and ours.touch.changes
        and theirs.touch.changes
    ]
    return min(found, key=lambda both: (not _is_left(both[1]), both[0].location != both[1].location), default=None)


def _is_left(event: Event) -> bool:
    """Whether its call has not taken it back."""
    changes = event.unit.writes(event.location)
    first, last = changes[0].touch, changes[-1].touch
    return (first.before, first.was) != (last.after, last.refers)


def _looked_again(one: Interruption, failed: bool) -> Iterator[Cause]:
    """Another call has changed it before this one looks again; `failed` says whether this one has raised."""
    if not one.changes or not one.second.touch.looks:
        return
    other, first, second = one.changes[-1], one.first, one.second
    same_line = first.touch.line == second.touch.line
    if same_line and "iterate" in first.touch.uses:
        yield Cause(ITERATION, (first, other, second))
    elif same_line and first.touch.looks:
        return  # a loop that looks again, as it should
    elif tests := [event for event in one.reads if event.test and not _holds(event, other)]:
        yield Cause(CHECK_THEN_ACT, (tests[-1], other, second))
    elif one.reads and first.touch.before is not None and second.touch.before is None:
        yield Cause(CHECK_THEN_ACT, (first, other, second))
    elif failed and first.written and first.reaches(second):
        yield Cause(STALE_READ, (first, other, second))
    elif (first.touch.looks or first.touch.writes) and not _is_there_again(first, second):
        yield Cause(NON_REPEATABLE, (first, other, second))


def _is_there_again(first: Event, second: Event) -> bool:
    """Whether the second look finds what the first access saw or left: what came in between took itself back."""
    left, found = first.touch, second.touch
    known = (left.after, left.refers) if left.changes else (left.before, left.was)
    return known == (found.before, found.was)


def _seen_half_way(one: Interruption) -> Iterator[Cause]:
    """Another call has looked between two changes."""
    looks = [event for event in one.looks if event.touch.uses and not event.touch.opaque]
    if looks and one.first.touch.changes and one.second.touch.changes:
        yield Cause(DIRTY_READ, (one.first, looks[0], one.second))


def _locked_apart(trace: Trace, cause: Cause) -> Iterator[Cause]:
    """Both calls held a lock, and not the same one."""
    first, other, second = cause.events
    mine, theirs = {*first.touch.held} & {*second.touch.held}, {*other.touch.held}
    if mine and theirs and not mine & theirs:
        made = {lock for lock in mine | theirs if (found := trace.primitive(lock)) is not None and found.maker}
        locks = (min(mine & made or mine), min(theirs & made or theirs))
        yield Cause(LOCK_PER_COPY if made else WRONG_LOCK, cause.events, locks=locks)


# Rules for several locations


def _torn(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """One call sees one location as it was before another call, and another location as it is after it."""
    for reader in units:
        for writer in units:
            if writer.task == reader.task:
                continue
            shared = [at for at in reader.at if writer.writes(at) and not reader.writes(at)]
            yield from half_way(reader, writer)
            old = [pair for at in shared if (pair := _old(reader, writer, at)) is not None]
            new = [pair for at in shared if (pair := _new(reader, writer, at)) is not None]
            for was, replaced in old:
                for now, _ in new:
                    if not meet(was, now):
                        cause = Cause(TORN_READ, (was, replaced, now))
                        yield cause
                        yield from _locked_apart(trace, cause)


def _old(reader: Unit, writer: Unit, at: tuple[str, str]) -> tuple[Event, Event] | None:
    """Its last look, if that comes before the other's first change."""
    looks = [event for event in reader.at[at] if event.touch.looks and event.touch.uses]
    change = writer.writes(at)[0]
    return (looks[-1], change) if looks and looks[-1].number < change.number else None


def _new(reader: Unit, writer: Unit, at: tuple[str, str]) -> tuple[Event, Event] | None:
    """Its first look, if that comes after the other's last change."""
    looks = [event for event in reader.at[at] if event.touch.looks and event.touch.uses]
    change = writer.writes(at)[-1]
    return (looks[0], change) if looks and looks[0].number > change.number else None


def _stale(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """A value is used elsewhere when it has been replaced; a condition is acted on elsewhere when it has changed."""
    for unit in units:
        for at, mine in unit.at.items():
            read = mine[-1]
            if not read.touch.looks or not (read.test or read.written):
                continue
            changes = [event for other in units if other.task != unit.task for event in other.writes(at)]
            changes = [event for event in changes if event.number > read.number and not _holds(read, event)]
            for change in changes:
                acts = [event for event in unit.events if event.number > change.number and event.touch.changes]
                made = [event for event in acts if read.becomes(event)]
                for act in made[:1] or (acts[:1] if read.test else ()):
                    cause = Cause(STALE_READ if made else CHECK_THEN_ACT, (read, change, act))
                    yield cause
                    yield from _locked_apart(trace, cause)


def _inside(trace: Trace, units: Sequence[Unit]) -> Iterator[Cause]:
    """Two calls in the same lines; their locks, if they are two."""
    for cause in two_inside(units):
        yield cause
        yield from _locked_apart(trace, cause)


RULES: Final[tuple[Rule, ...]] = (
    _interrupted,
    _fallen_back,
    _torn,
    skewed,
    _stale,
    published,
    flagged,
    stolen,
    cleared,
    gone,
    refused,
    stopped_loop,
    _inside,
    released_twice,
)
