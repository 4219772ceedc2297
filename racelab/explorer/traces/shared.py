"""What the tasks share at one moment, and what a step changed in it: values, and the words for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .values import LONGEST, Value, differences

SHORT = 30
"""Characters of a value that changed."""


class Where(StrEnum):
    """Where something shared is. `GUARDED` is what a lock guards, `LOCK` is who holds one."""

    STORE = "store"
    ROW = "row"
    STATISTICS = "statistics"
    QUEUE = "queue"
    DEAD_LETTERS = "dead letters"
    GUARDED = "guarded"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something shared: a session in the store, its row, a value behind a lock, ...

    Attributes:
        name: the session's id, the path of a guarded value, or the lock's name; empty if there is only one.
        lock: the label of the lock, for what is behind one and for the lock itself.
    """

    where: Where
    name: str = ""
    lock: str = ""

    def __str__(self) -> str:
        return self.name if self.where in (Where.GUARDED, Where.LOCK) else f"{self.where} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Session:
    """A session in the store, or its row."""

    session_id: str
    count: int
    keys: tuple[tuple[str, str], ...]
    authenticated: bool
    deleted: bool = False

    def __str__(self) -> str:
        keys = "".join(
            f", {key}={value if len(value) <= LONGEST else value[:LONGEST] + '…'}" for key, value in self.keys
        )
        marks = ("" if self.authenticated else ", not authenticated") + (", deleted" if self.deleted else "")
        return f"count={self.count}{keys}{marks}"

    def is_older_than(self, other: Session) -> bool:
        """Whether it has fewer accesses, lacks a key, or has trust that was withdrawn."""
        missing = dict(other.keys).keys() - dict(self.keys).keys()
        return self.count < other.count or bool(missing) or self.authenticated > other.authenticated


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that a task holds. `how` is `read` or `write`, or `lock` if there is only one way."""

    lock: str
    label: str
    task: str
    how: str

    def __str__(self) -> str:
        return f"{self.task} holds its " + ("lock" if self.how == "lock" else f"{self.how} lock")


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a lock guards. `listed`: the ids of the queue or of the dead letters, and those are told already."""

    lock: str
    label: str
    value: Value
    listed: bool


Content = Session | int | tuple[str, ...] | tuple[Held, ...] | Value


@dataclass(frozen=True, slots=True)
class Change:
    """What is different about one thing; None where there is nothing.

    Attributes:
        told: whether another change says the same, as the store does of a session behind the lock of the store.
    """

    thing: Thing
    before: Content | None
    after: Content | None
    told: bool = False

    def words(self) -> str:
        """How it is now."""
        if self.thing.where is Where.GUARDED:
            was, now = (one.text(SHORT) if isinstance(one, Value) else "" for one in (self.before, self.after))
            return f"{was} -> {now}" if was and now else now or "gone"
        if self.thing.where is Where.LOCK:
            return self._holders()
        if isinstance(self.after, tuple):
            return ", ".join(map(str, self.after)) or "empty"
        if self.after is None:
            return "gone"
        return f"{self.after} active" if self.thing.where is Where.STATISTICS else str(self.after)

    def _holders(self) -> str:
        was, now = (one if isinstance(one, tuple) else () for one in (self.before, self.after))
        taken = [str(one) for one in now if one not in was]
        released = [f"{one.task} has released it" for one in was if one not in now and isinstance(one, Held)]
        return ", ".join(taken) or (", ".join(released) if now else "released")

    def __str__(self) -> str:
        return f"{self.thing}: {self.words()}"


@dataclass(frozen=True, slots=True)
class Shared:
    """Everything that tasks share, at one moment. What locks guard is compared by `changes`, value by value.

    Attributes:
        has_rows: whether the manager keeps rows at all.
    """

    store: tuple[Session, ...] = ()
    database: tuple[Session, ...] = ()
    has_rows: bool = True
    active: int = 0
    queue: tuple[str, ...] = ()
    dead_letters: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    guarded: tuple[Guarded, ...] = field(default=(), compare=False)

    def counts(self) -> tuple[int, int, int]:
        """Of the store, the statistics and the rows that do not wait for cleanup; if no rows are kept, the store's."""
        rows = {row.session_id for row in self.database} - {*self.queue, *self.dead_letters}
        return len(self.store), self.active, len(rows) if self.has_rows else len(self.store)

    def things(self) -> dict[Thing, Content]:
        """All of it by name, but for what locks guard."""
        found: dict[Thing, Content] = {Thing(Where.STORE, one.session_id): one for one in self.store}
        found |= {Thing(Where.ROW, one.session_id): one for one in self.database}
        found |= {Thing(Where.STATISTICS): self.active, Thing(Where.QUEUE): self.queue}
        found[Thing(Where.DEAD_LETTERS)] = self.dead_letters
        for held in self.held:
            thing = Thing(Where.LOCK, held.lock, held.label)
            found[thing] = (*[one for one in self.held if one.label == held.label],)
        return found


def changes(before: Shared, after: Shared) -> tuple[Change, ...]:
    """What is new or different, and then what is gone."""
    old, new = before.things(), after.things()
    different = [Change(thing, old.get(thing), now) for thing, now in new.items() if old.get(thing) != now]
    gone = [Change(thing, was, None) for thing, was in old.items() if thing not in new]
    locks = [one for one in different if one.thing.where is Where.LOCK]
    others = [one for one in different if one.thing.where is not Where.LOCK]
    return (*others, *_behind_locks(before, after), *locks, *sorted(gone, key=str))


def _behind_locks(before: Shared, after: Shared) -> Iterator[Change]:
    old = {one.label: one for one in before.guarded}
    for now in after.guarded:
        was = old.get(now.label)
        if was is not None:
            listed = was.listed and now.listed
            for one in differences(now.lock, was.value, now.value):
                yield Change(Thing(Where.GUARDED, one.path, now.label), one.before, one.after, one.told or listed)


def alike(sessions: Sequence[Session]) -> dict[str, list[str]]:
    """The ids of those of which the same is told."""
    found: dict[str, list[str]] = {}
    for session in sessions:
        found.setdefault(str(session), []).append(session.session_id)
    return found
