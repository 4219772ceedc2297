"""One schedule, step by step: what each task did, at which line, with which values, and what was there afterwards.

All of it is values. Sentences are made from them elsewhere, and never read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..programs.rules import Rule
from ..programs.scenario import Scenario
from ..search.outcomes import Outcome
from .places import DatabaseCall, Place
from .shared import Change, Shared, Where

BY_TASK = (Where.STORE, Where.GUARDED)
"""Where tasks write in memory. Rows are written by calls of the database, and the rest are books."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a step came for, and may have read: a lock that it took, what it looked at, or a row.

    Attributes:
        kind: of the point.
        lock, name: the label of the lock and its name; empty if it is another kind of point.
        call: of the database, that it makes or whose answer it awaits.
    """

    kind: str
    lock: str = ""
    name: str = ""
    call: DatabaseCall | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a task's, and what came of it: nothing yet, if `state` is `open`."""

    method: str
    arguments: tuple[str, ...]
    state: Literal["open", "ok", "refused", "unknown"] = "open"
    value: str = ""

    @property
    def call(self) -> str:
        """As it would be written."""
        return f"{self.method}({', '.join(self.arguments)})"

    @property
    def answer(self) -> str:
        """In words; empty if there is none."""
        if self.state in ("open", "ok"):
            return self.value
        return f"{self.value}: {'nothing was changed' if self.state == 'refused' else 'its outcome is unknown'}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one task did in its turn.

    Attributes:
        operation: which of the task's operations it belongs to.
        access: what it came for, and `did` the same in words.
        under: the labels of the locks that it held at its beginning, or took.
        place: the line that it was about to execute before; None before its operation has begun.
        now: where it stands afterwards; None if it has ended.
        answered: the operations that were answered in this step.
        broke: the reader's invariants that do not hold for the first time afterwards.
        changes: what is different afterwards.
        shared: what was there afterwards.
    """

    task: str
    operation: int
    access: Access
    did: str
    under: frozenset[str]
    place: Place | None
    now: Place | None
    answered: tuple[Operation, ...]
    broke: tuple[Rule, ...]
    changes: tuple[Change, ...]
    shared: Shared

    @property
    def kind(self) -> str:
        """Of the point."""
        return self.access.kind

    @property
    def still_in(self) -> Place | None:
        """The function that it began in, as it stands afterwards, if that has not returned."""
        if self.place is None or self.now is None:
            return None
        return next((place for place in (self.now, *self.now.callers) if place.code is self.place.code), None)

    @property
    def learnt(self) -> tuple[tuple[str, str], ...]:
        """The values of that function that are other ones afterwards: what it has read, among them."""
        if self.place is None or self.still_in is None:
            return ()
        known = dict(self.place.values)
        return tuple((name, value) for name, value in self.still_in.values if known.get(name) != value)

    @property
    def wrote(self) -> tuple[Change, ...]:
        """What the task changed in memory."""
        return tuple(one for one in self.changes if one.thing.where in BY_TASK and not one.told)

    @property
    def wrote_rows(self) -> tuple[Change, ...]:
        """What it changed in the database. A manager may write rows when it is looked at; that is no task's doing."""
        asked = self.kind in ("database", "world")
        return tuple(one for one in self.changes if one.thing.where is Where.ROW and asked)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands when the schedule ends.

    Attributes:
        role: who it is; `started` says that it is a thread of the manager's own.
        next: what it does next, in words.
        waits: why it cannot go on; empty if it can.
    """

    task: str
    role: str
    started: bool
    place: Place | None
    next: str
    waits: str
    ready: bool
    done: bool
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """See the module.

    Attributes:
        given: as much of the schedule as was asked for; what follows was added, each task running until it
            ended or had to wait.
        diverged: where the execution could not follow the schedule, and why; empty if it could.
        afterwards: what was there after what the scenario does when all have ended; None if it does nothing then.
        ending: how it came out; None if a task can still go on.
    """

    scenario: Scenario
    variant: str
    schedule: str
    given: str
    before: Shared
    steps: tuple[Step, ...]
    standing: tuple[Standing, ...]
    diverged: str
    afterwards: Shared | None
    ending: Outcome | None

    @property
    def last(self) -> Shared:
        """What was there after the last step."""
        return self.steps[-1].shared if self.steps else self.before
