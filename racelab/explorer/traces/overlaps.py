"""Who read what before whom wrote it, and wrote it after that: found in the values of a trace, whatever stands between.

A write may happen under any kind of lock, or in a call of the database. A reading is a step of the same operation that
took the same lock, looked at what it guards without it, or asked for the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .shared import Change, Session, Thing, Where
from .trace import Access, Step, Trace

ALONE = ("write", "lock")
READING = ("read", "lock", "look", "database")
READS, SAVES = ("read", "rows"), ("save", "save_access")


@dataclass(frozen=True, slots=True)
class Overlap:
    """A write of something that was read before, and that another task wrote.

    Attributes:
        read: the step that read it; `between` the other task's write, `number` the write. All count from 0.
        between: the first after the reading if there is one, else the last before it.
        theirs, mine: what those two wrote. `mine` is empty if it left everything as it was.
        of_session: whether both wrote the same session.
        reads_row: whether the row was read, and not what is in memory.
    """

    read: int
    between: int
    number: int
    theirs: tuple[Change, ...]
    mine: tuple[Change, ...]
    of_session: bool
    reads_row: bool

    @property
    def is_stale(self) -> bool:
        """Whether what was read was written before it was used."""
        return self.between > self.read

    @property
    def wrote(self) -> bool:
        """Whether the write changed anything."""
        return bool(self.mine)


def overlaps(trace: Trace) -> Iterator[Overlap]:
    """Each of them, in the order of the writes."""
    for number, step in enumerate(trace.steps):
        others = [n for n in range(number) if trace.steps[n].task != step.task and _same(trace.steps[n], step)]
        read = _reading(trace, number, READING) if others else None
        if others and read is None:
            read = _reading(trace, number, ("write",))
        if others and read is not None:
            between = next((n for n in others if n > read), others[-1])
            yield _overlap(trace, read, between, number)


def _overlap(trace: Trace, read: int, between: int, number: int) -> Overlap:
    reader, other, step = trace.steps[read], trace.steps[between], trace.steps[number]
    both = _things(other) & (_things(step) or _things(other))
    return Overlap(
        read,
        between,
        number,
        _about(other, both, reader.access),
        _about(step, both, reader.access),
        any(thing.where is Where.STORE for thing in both),
        reader.kind == "database",
    )


def rows_saved_over(trace: Trace) -> Iterator[tuple[int, int]]:
    """The saves that made a row older than another task had left it: that task's write, and the save."""
    for number, step in enumerate(trace.steps):
        older = {one.thing for one in step.wrote_rows if goes_back(one)}
        others = [
            n
            for n in range(number)
            if trace.steps[n].task != step.task and older & {one.thing for one in trace.steps[n].wrote_rows}
        ]
        if others:
            yield others[-1], number


def goes_back(change: Change) -> bool:
    """Whether a session, or its row, is older than it was."""
    before, after = change.before, change.after
    return isinstance(before, Session) and isinstance(after, Session) and after.is_older_than(before)


def _same(earlier: Step, later: Step) -> bool:
    """Whether both wrote the same; or the later came to write where the earlier did, and left everything as it was."""
    mine, theirs = _things(later), _things(earlier)
    if mine or not theirs:
        return bool(mine & theirs)
    access = later.access
    if access.kind in ALONE:
        return access.lock in earlier.under
    return _saves(later) and _saves(earlier) and _row(later) == _row(earlier)


def _is_kept(trace: Trace, taken: int, until: int) -> bool:
    """Whether the lock that a step took is held all the time from there until another step of the same task."""
    task, lock = trace.steps[taken].task, trace.steps[taken].access.lock
    own = [step for step in trace.steps[taken:until] if step.task == task]
    return bool(lock) and all(any((one.label, one.task) == (lock, task) for one in step.shared.held) for step in own)


def _saves(step: Step) -> bool:
    """Whether it writes a row whatever is stored there."""
    call = step.access.call
    return step.kind == "database" and call is not None and call.method in SAVES and not call.conditional


def _row(step: Step) -> str:
    return step.access.call.session if step.access.call is not None else ""


def _things(step: Step) -> set[Thing]:
    return {one.thing for one in step.wrote}


def _about(step: Step, things: Collection[Thing], read: Access) -> tuple[Change, ...]:
    """What it changed of these things: the values behind the lock that was read, if they are not the sessions' own."""
    behind = [one for one in step.changes if one.thing.where is Where.GUARDED and one.thing.lock == read.lock]
    own = () if any(one.told for one in behind) else [one for one in behind if one.thing in things]
    sessions = [one for one in step.wrote if one.thing in things and one.thing.where is Where.STORE]
    return tuple(own or sessions or [one for one in step.wrote if one.thing in things])


def _reading(trace: Trace, number: int, kinds: Collection[str]) -> int | None:
    """The step in which this operation read what it now writes.

    Of several readings between which no task wrote it is the first: the others saw the same once more. What was read
    under a lock that is held ever since is as it was.
    """
    step = trace.steps[number]
    found: int | None = None
    for earlier in range(number - 1, -1, -1):
        other = trace.steps[earlier]
        if found is not None and other.wrote:
            break
        if (other.task, other.operation) != (step.task, step.operation) or other.kind not in kinds:
            continue
        if not _covers(other, step) or _is_kept(trace, earlier, number):
            continue
        if found is None or (other.kind == "database") == (trace.steps[found].kind == "database"):
            found = earlier
    return found


def _covers(reading: Step, writing: Step) -> bool:
    """Whether what the one read may be what the other wrote."""
    access = reading.access
    if access.call is not None:
        ids = {one.thing.name for one in writing.wrote if one.thing.where is Where.STORE}
        return access.call.method in READS and (not ids or not access.call.session or access.call.session in ids)
    behind = {one.thing.lock for one in writing.changes if one.thing.where is Where.GUARDED}
    return bool(access.lock) and access.lock in writing.under | behind
