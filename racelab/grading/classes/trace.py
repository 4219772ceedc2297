"""A finding's schedule as data: what each step touched, in the author's own lines and names.

All of it is text and numbers, taken when it happened. Names and sentences are made from it elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal

from racelab.explorer.kernel.origin import PYTHON, of_file

How = Literal["read", "write", "both", "change"]
"""Look at; replace; look at and replace; change without looking."""
Use = Literal["test", "member", "write", "answer", "iterate"]
"""What becomes of a value that was read: it decides what is done; only whether there is one does; it is written, or
answered; or a loop goes over it."""
KEEPING: Final = ("queue", "simple", "event", "semaphore", "bounded", "future", "database")
"""First words of the names of primitives that keep something, so that what is done to them are accesses."""
SEMAPHORES: Final = ("semaphore", "bounded")
LOOKS: Final = ("read", "both")
WRITES: Final = ("write", "both", "change")


def file_name(file: str) -> str:
    """What a file is called in a report: a package's own file with the package."""
    path = PurePath(file)
    return f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the author's source, without the space around it.

    Attributes:
        function: the one it is in, and `begins` the line where that begins.
    """

    file: str
    line: int
    text: str
    function: str = ""
    begins: int = 0

    def __str__(self) -> str:
        return f"{file_name(self.file)}:{self.line}" if self.written else ""

    @property
    def written(self) -> bool:
        """Whether it stands in a file, and not in a call that was given."""
        return not self.file.startswith("<")


def authors(lines: Sequence[Line]) -> Line | None:
    """The author's innermost: what a class of Python's does for it is done there; else the innermost. None of none.

    Args:
        lines: where the functions were called, the innermost first.
    """
    found = (line for line in lines if line.written and of_file(line.file) != PYTHON)
    return next(found, lines[0] if lines else None)


@dataclass(frozen=True, slots=True)
class Goal:
    """A statement that a value comes into, by its lines; `written` says that it is part of what is written there."""

    file: str
    first: int
    last: int
    written: bool = False

    def has(self, lines: Sequence[Line | None]) -> bool:
        """Whether one of these lines is of it."""
        return any(one is not None and one.file == self.file and self.first <= one.line <= self.last for one in lines)


@dataclass(frozen=True, slots=True)
class Touch:
    """One access to shared data.

    Attributes:
        call: which of the task's calls it belongs to, from 0 on.
        thing, key: the location: the object's name in this execution, and the `repr` of the attribute's or item's key;
            an empty key is all of a container.
        place: the location as the author writes it: `self._table['k']`.
        before, after: what was there, and what is there now; None for nothing.
        was, refers: the name of the object that the location referred to before, and afterwards; empty if none.
        held: the locks that the task held, by name.
        uses: what became of the value that was read.
        callers: where the functions were called that led there, the innermost first.
        astray: whether the place as it is written led to another object by then: this one was replaced, or taken out.
        moved: whether the object has come to that place from another one.
        places: what the same operation has changed, by what the author writes: the place, and what was and is there.
        goals: the statements that the value that was read comes into.
        over: what the author's line goes over, if it goes over the container: `self._table.values()`.
    """

    task: str
    call: int
    how: How
    thing: str
    key: str
    place: str
    line: Line | None = None
    before: str | None = None
    after: str | None = None
    was: str = ""
    refers: str = ""
    held: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    callers: tuple[Line, ...] = ()
    astray: bool = False
    moved: bool = False
    places: tuple[tuple[str, str | None, str | None], ...] = ()
    goals: tuple[Goal, ...] = ()
    over: str = ""

    @property
    def opaque(self) -> bool:
        """Whether it is about a primitive, whose state is no value of the author's."""
        return self.thing.partition(" ")[0] in KEEPING

    @property
    def looks(self) -> bool:
        """Whether it depends on what is there."""
        return self.how in LOOKS

    @property
    def writes(self) -> bool:
        """Whether something else may be there afterwards."""
        return self.how in WRITES

    @property
    def changes(self) -> bool:
        """Whether something else is there afterwards."""
        return self.writes and (self.before != self.after or self.was != self.refers)


@dataclass(frozen=True, slots=True)
class Primitive:
    """A lock, a queue, a database.

    Attributes:
        name: its own in the execution.
        kind: its first word: 'lock', 'condition'.
        place: the attribute that holds it, as the author writes it; empty if none does.
        maker: the task that has made it; empty for set-up.
    """

    name: str
    kind: str
    place: str = ""
    maker: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A primitive whose state a step has changed, other than by taking and releasing it.

    Attributes:
        primitive: its name.
        before, after: its state.
    """

    primitive: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that has ended.

    Attributes:
        answer: what it has returned, or the name of the exception's class; `detail` is what the exception says, and
            `line` where it was raised.
        expected: what the specification answers here; empty if the same, or if that is not known.
    """

    call: str
    answer: str
    raised: bool = False
    detail: str = ""
    line: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """A task that cannot go on.

    Attributes:
        what: what it would do: 'take', 'wait on'.
        primitive: for what it waits, by name; empty if for nothing that has one.
        holders: the tasks that hold it.
        line: where.
    """

    task: str
    what: str
    primitive: str = ""
    holders: tuple[str, ...] = ()
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one task did in its turn: from where it stood to where it had to stop again.

    Attributes:
        point: what it came for, in words.
        what, primitive: the same for an operation of a primitive: 'take', and its name; empty if it is none.
        line: where it stood before; None outside of the author's source.
        preempts: the task that had taken the step before and could have gone on; empty if none.
        touches: what it touched, in order.
        signals: primitives that are in another state afterwards.
        begins: the calls that begin here.
        answered: the calls that end here.
        holds: afterwards, who holds which lock: pairs of a task and a lock's name.
        waits: afterwards, who waits for what.
        vain: whether it did not get what it came for: a lock that it tried to take, a time-out that ended.
    """

    task: str
    point: str
    what: str = ""
    primitive: str = ""
    line: Line | None = None
    preempts: str = ""
    touches: tuple[Touch, ...] = ()
    signals: tuple[Signal, ...] = ()
    begins: tuple[str, ...] = ()
    answered: tuple[Answered, ...] = ()
    holds: tuple[tuple[str, str], ...] = ()
    waits: tuple[Wait, ...] = ()
    vain: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A task: its calls as they are written; `own` says that it is a thread that the class has started."""

    name: str
    calls: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """See the module.

    Attributes:
        waits: at the end, who waits for ever for what.
        observed: what was seen after that.
    """

    actors: tuple[Actor, ...]
    steps: tuple[Step, ...]
    primitives: tuple[Primitive, ...] = ()
    waits: tuple[Wait, ...] = ()
    observed: tuple[Answered, ...] = ()

    def primitive(self, name: str) -> Primitive | None:
        """The primitive of that name."""
        return next((one for one in self.primitives if one.name == name), None)

    def title(self, name: str) -> str:
        """A primitive as the author writes it, or its own name; both if the author has one name for several."""
        found = self.primitive(name)
        own = name.partition(".")[0]
        if found is None or not found.place:
            return f"the {own}"
        alike = [one for one in self.primitives if one.place == found.place and one.kind == found.kind]
        return found.place if len(alike) == 1 else f"{found.place} ({own})"

    def actor(self, name: str) -> Actor:
        """The task of that name."""
        return next(one for one in self.actors if one.name == name)

    def call(self, task: str, number: int) -> str:
        """A call as it is written, such as `A's it.get('x')`."""
        calls = self.actor(task).calls
        return f"{task}'s {calls[number]}" if number < len(calls) else task
