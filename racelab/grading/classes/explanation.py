"""One paragraph on a finding: what happened, whose value was lost, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .causes import Cause
from .exclusion import gates_of, had_it
from .explaining_waits import WaitStory
from .interleavings import by_number, units_of
from .moments import Moment, acted, advice
from .names import (
    ATOMICITY_VIOLATION,
    BROKEN_INVARIANT,
    CHECK_THEN_ACT,
    CRASH,
    DEADLOCK,
    DIRTY_READ,
    DOUBLE_EXECUTION,
    DOUBLE_RELEASE,
    ITERATION,
    LOCK_PER_COPY,
    LOCKED,
    LOST_UPDATE,
    LOST_WAKE_UP,
    MISSED_SIGNAL,
    NAMES,
    NON_REPEATABLE,
    SELF_DEADLOCK,
    STALE_READ,
    STOLEN_WAKE_UP,
    TORN_READ,
    TWO_INSIDE,
    UNSAFE_PUBLICATION,
    WRITE_SKEW,
    WRONG_ALONE,
    WRONG_LOCK,
)
from .spans import hold
from .trace import Trace
from .words import ended as words

ASK_LESS: Final = (
    "Do not ask first: use one operation that does both, such as get_nowait() or acquire(blocking=False), and go by "
    "what it answers or raises."
)
ONE_PIECE: Final = "Test, and take what the test was about, while holding one lock over both."
ONE_LOCK: Final = "Make the lock once, before the first call needs it, and let every call take that one."
BEGIN: Final = (
    "begin with BEGIN IMMEDIATE: a transaction that has read and then wants to write cannot wait for another one that "
    "writes."
)
MOST_TOLD: Final = 3
"""Answers that differ from a specification, in one sentence."""


def paragraph(trace: Trace, cause: Cause) -> str:
    """What happened, and what to do: see `explain`."""
    return " ".join(explain(trace, cause))


def explain(trace: Trace, cause: Cause) -> tuple[str, str]:
    """What happened; and what to do.

    Args:
        trace: of the schedule.
        cause: what was found in it.
    """
    story = Story(trace, cause, tuple(map(Moment, cause.events)))
    told, fix = STORIES[cause.name](story)
    if cause.waits and cause.name not in OF_WAITS:
        told = f"{told} That is how it comes that {story.standstill()}"
    return f"{cause.name[0].upper()}{cause.name[1:]}. {told}", f"{fix[0].upper()}{fix[1:]}"


@dataclass(frozen=True, slots=True)
class Story(WaitStory):
    """For each name, what happened, and what to do."""

    def lost_update(self) -> tuple[str, str]:
        """Read, write, write."""
        first, other, second = self.moments
        wrote = f"{second.who} wrote {second.new} over it in {second.at}"
        if second.touch.opaque:
            wrote = second.wrote
        elif first.event.becomes(second.event):
            wrote = f"{second.who} went on with the old value and wrote {second.new} in {second.at}"
        told = f"{first.read}. Then {self._meanwhile()}. {wrote}: what {other.who} had written is lost."
        return told, f"{self._hold()}."

    def check_then_act(self) -> tuple[str, str]:
        """Test, change, act."""
        first, other = self.moments[:2]
        told = f"{first.tested}. Then {self._meanwhile()}."
        if len(self.moments) == len((first, other)):
            return f"{told} {self.standstill()}", ASK_LESS if first.touch.opaque else ONE_PIECE
        second = self.moments[2]
        if first.touch.opaque and not first.touch.thing.startswith(("event", "database")):
            return f"{told} {second.who} still went by what it had seen before: {second.did}.", ASK_LESS
        told = f"{told} {second.who} still went by what it had seen before: {acted(second).did}."
        return told, f"test and act in one piece: {self._hold()}."

    def double_execution(self) -> tuple[str, str]:
        """Test, do, do again."""
        first, other, second = self.moments
        if not first.event.test:
            told = f"{first.read}, and {other.who} had read the same. Both then took it: {other.wrote}; {second.did}."
            return told, f"read and take it in one piece: {self._hold()}."
        again = f"Both then ran {second.at}, {other.who} first and {second.who} once more."
        if other.at != second.at:
            again = f"{other.who} did it in {other.at}, and {second.who} once more in {second.at}."
        told = f"{first.tested}, and {other.who} found the same. {again}"
        return told, f"test, act and note that it is done in one piece: {self._hold()}."

    def stale_read(self) -> tuple[str, str]:
        """Read, change, use elsewhere."""
        first, _, second = self.moments
        made = acted(second)
        did = made.did if first.event.becomes(made.event) else second.did
        told = f"{first.read}. Then {self._meanwhile()}. {second.who} still used the old value: {did}."
        return told, f"{self._hold()}."

    def non_repeatable_read(self) -> tuple[str, str]:
        """Look or write, change, look again."""
        first, other, second = self.moments
        own = first.touch.changes or first.touch.how == "write"
        told = (
            f"{first.began}. Then {other.wrote}. When {second.who} looked again in {second.at}, "
            f"it found {second.before}, {'which is not its own' if own else 'something else than before'}."
        )
        return told, f"keep the value in a variable, or {self._hold()}."

    def torn_read(self) -> tuple[str, str]:
        """One place old, one new."""
        if self.moments[0].touch.changes:
            began, look, ended = self.moments
            told = (
                f"{began.wrote}. Before it came to {ended.at}, {look.who} read {look.place} ({look.before}) in "
                f"{look.at}: partly new, partly old. Only then {ended.wrote}."
            )
            return told, f"{self._hold()}."
        was, other, now = self.moments
        told = (
            f"{other.who} changes {was.place} and {now.place} together. {was.who} read {was.place} as it was before "
            f"({was.before}, {was.at}) and {now.place} as it is afterwards ({now.before}, {now.at}): these two never "
            f"belonged together."
        )
        return told, f"{self._hold()}."

    def dirty_read(self) -> tuple[str, str]:
        """Change, read, change back."""
        first, other, second = self.moments
        told = (
            f"{first.wrote}, but only for the moment: {second.did}. In between {other.read}, which no other thread "
            f"was meant to see."
        )
        return told, f"{self._hold()}; readers have to hold it too."

    def two_inside(self) -> tuple[str, str]:
        """In, in, out."""
        first, other, second = self.moments
        told = (
            f"{first.who} and {other.who} were between {first.at} and {second.at} at the same time: {first.wrote}, and "
            f"before it took that back in {second.at}, {other.wrote}."
        )
        gates = gates_of(first.event, other.event)
        if gates:
            both = f"{told} {' and '.join(gates)} let both in."
            return both, f"make {gates[-1]} for as many as may be there at the same time."
        few = "if a few may be there at the same time, take a semaphore for so many there instead"
        return told, f"{self._hold()}; or, {few}."

    def double_release(self) -> tuple[str, str]:
        """One release too many, and two that are in."""
        over, inside, second = self.moments
        why = "had released it already" if had_it(over.event) else "had not got it"
        told = (
            f"{over.wrote}, although its call {why}, and so one more could take it: {inside.wrote}, and before it "
            f"released that, {second.wrote}."
        )
        return told, (
            f"release {over.place} once for each time that it is taken: {over.at} is once too often. A "
            f"BoundedSemaphore raises as soon as it is free for more than at first."
        )

    def write_skew(self) -> tuple[str, str]:
        """Both read, then both write."""
        mine, theirs, first, second = self.moments
        told = (
            f"{mine.read}. {theirs.read}. Each decided by what it had read, and then changed what the other had read: "
            f"{first.wrote}, and {second.wrote}. Neither saw the change of the other."
        )
        return told, f"{self._hold()}; a lock for each part is not enough."

    def iteration(self) -> tuple[str, str]:
        """A loop, and a change before its end."""
        first, other = self.moments[:2]
        told = f"{first.who} went over {first.place} in {first.at}. Before it came to the end, {other.wrote}."
        copy = f", such as list({first.touch.over})," if first.touch.over else ""
        return told, (
            f"go over a copy that is made under a lock{copy} or hold one lock over the whole loop and over {other.at}."
        )

    def unsafe_publication(self) -> tuple[str, str]:
        """Store, read, complete."""
        if len(self.moments) > len(("stored", "read", "later")):
            flag, seen, read, later = self.moments
            told = (
                f"{flag.wrote} before what it stands for was there. {seen.who} found it in {seen.at}, and went on: "
                f"{read.did}. Only then {later.wrote}."
            )
            return told, f"do all of it first, and set {flag.place} as the last step."
        stored, read, later = self.moments
        told = (
            f"{stored.who} stored a new object in {stored.place} ({stored.at}) before it was complete. {read.who} "
            f"found it there and read {read.place} in {read.at}: {read.before}. Only then did {later.who} set that "
            f"to {later.after} ({later.at})."
        )
        return told, f"complete the object in a local variable, and store it in {stored.place} as the last step."

    def stolen_wake_up(self) -> tuple[str, str]:
        """Test, wait, act."""
        first, other, second = self.moments
        told = (
            f"{first.tested} and waited. It was woken, but before it had the lock again {other.wrote}. {second.who} "
            f"did not test again and went on with {second.at}."
        )
        return told, f"use while instead of if in {first.at}: whoever is woken has to test again."

    def locked_apart(self) -> tuple[str, str]:
        """Two locks for one thing."""
        first, other, second = self.moments
        mine, theirs = (self.trace.title(lock) for lock in self.cause.locks)
        between = f"between {first.at} and {second.at} of {first.who}"
        if first.at == second.at:
            between = f"while {first.who} was at {first.at}"
        told = (
            f"{first.who} held {mine}, and {other.who} held {theirs}: two different locks. So {other.wrote}, {between}."
        )
        return told, f"use one lock for {other.place} everywhere." if self.cause.name == WRONG_LOCK else ONE_LOCK

    def crash(self) -> tuple[str, str]:
        """An exception."""
        raised = [(step.task, one) for step in self.trace.steps for one in step.answered if one.raised]
        details = [f"{f' ({one.detail})' * bool(one.detail)}{f' in {one.line}' * bool(one.line)}" for _, one in raised]
        told = [f"{task}'s {one.call} raised {one.answer}" for task, one in raised]
        calls = " ".join(f"{call}{detail}." for call, detail in zip(told, details, strict=True))
        told_all = f"{calls or 'A thread of the class failed.'} No order of the calls does that."
        locked = any(LOCKED in one.detail for _, one in raised)
        if self.moments and not locked:
            return f"{told_all} {self._between()}", f"{self._hold()}."
        return told_all, BEGIN if locked else self._all_calls()

    def alone(self) -> tuple[str, str]:
        """What the calls came to, without any concurrency."""
        return self._ended(), "correct the calls or the specification: no lock changes this."

    def general(self) -> tuple[str, str]:
        """What came of which calls."""
        if self.moments:
            invariant = self.cause.name == BROKEN_INVARIANT
            end = "So what must hold did not." if invariant else "No order of the calls ends like that."
            return f"{self._between()} {end}", f"{self._hold()}."
        return self._ended(), self._all_calls()

    def _ended(self) -> str:
        """What the name means, and what the calls came to."""
        trace, meaning = self.trace, NAMES[self.cause.name].meaning
        calls = [(f"{step.task}'s ", one) for step in trace.steps for one in step.answered]
        answers = [*calls, *(("", one) for one in trace.observed)]
        others = [each for each in answers if each[1].expected]
        ended = [f"{whose}{words(one)}" for whose, one in others[:MOST_TOLD] or calls]
        return f"{meaning} Here: {'; '.join(ended)}." if ended else meaning

    def _between(self) -> str:
        """Which call was interrupted where, by what."""
        first, _, second = self.moments
        told = f"{first.began}. Before it came to {second.at}, {self._meanwhile()}."
        return f"{told} Then {second.who} went on: {acted(second).did}."

    def _meanwhile(self) -> str:
        """What the other did, and before it whoever else, so that no value comes from nowhere."""
        first, other = self.moments[:2]
        location = other.event.location
        if other.touch.opaque or location != first.event.location:
            return other.wrote
        tasks = {
            event.touch.task: None
            for event in sorted((event for unit in units_of(self.trace) for event in unit.events), key=by_number)
            if first.number < event.number < other.number and event.touch.task != first.who
            if event.touch.before not in (event.touch.after, other.touch.before)
            if event.location == location
        }
        if not tasks:
            return other.wrote
        reached = f" to {other.before}" if other.touch.before is not None else ""
        return f"{' and '.join(tasks)} changed {other.place}{reached}, and after that {other.wrote}"

    def _all_calls(self) -> str:
        """The calls that meet, if nothing says where."""
        actors = [actor for actor in self.trace.actors if not actor.own]
        meeting = " and ".join(f"{actor.name}'s {'; '.join(actor.calls)}" for actor in actors)
        return f"let the calls that meet here hold one lock: {meeting}."

    def _hold(self) -> str:
        """Where one lock has to be held."""
        return advice(hold(self.trace, self.cause.events))


OF_WAITS: Final = (DEADLOCK, SELF_DEADLOCK, LOST_WAKE_UP, MISSED_SIGNAL, CHECK_THEN_ACT)
"""Their stories tell of the waits themselves."""
STORIES: Final[dict[str, Callable[[Story], tuple[str, str]]]] = {
    LOST_UPDATE: Story.lost_update,
    CHECK_THEN_ACT: Story.check_then_act,
    DOUBLE_EXECUTION: Story.double_execution,
    STALE_READ: Story.stale_read,
    NON_REPEATABLE: Story.non_repeatable_read,
    TORN_READ: Story.torn_read,
    DIRTY_READ: Story.dirty_read,
    TWO_INSIDE: Story.two_inside,
    DOUBLE_RELEASE: Story.double_release,
    WRITE_SKEW: Story.write_skew,
    ITERATION: Story.iteration,
    UNSAFE_PUBLICATION: Story.unsafe_publication,
    STOLEN_WAKE_UP: Story.stolen_wake_up,
    LOCK_PER_COPY: Story.locked_apart,
    WRONG_LOCK: Story.locked_apart,
    DEADLOCK: Story.deadlock,
    SELF_DEADLOCK: Story.self_deadlock,
    LOST_WAKE_UP: Story.wake_up,
    MISSED_SIGNAL: Story.wake_up,
    CRASH: Story.crash,
    BROKEN_INVARIANT: Story.general,
    ATOMICITY_VIOLATION: Story.general,
    WRONG_ALONE: Story.alone,
}
