"""Where a task may stop: before it takes a lock, sleeps, asks the database, or reads something without a lock."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Waitable(Protocol):
    """Something that a task may have to wait for."""

    def free_for(self, task: object, kind: str) -> bool:
        """Whether that task could go on now."""

    def holders(self) -> str:
        """What it waits for, in words."""


class Point(NamedTuple):
    """What a task does next.

    Attributes:
        kind: `read`, `write` or `lock` (take a lock that way), `look` (without a lock), `database`, `sleep`, `wait`,
            `set` (a signal), `call` (begin an operation) or `world` (something that happens around the managers); of
            ordinary code `operation` (of a primitive) or `access` (to what tasks share).
        name: of the lock, or what happens.
        on: what has to be free first; None if nothing has.
    """

    kind: str
    name: str
    on: Waitable | None = None

    def words(self) -> str:
        """The same for a person: 'take the write lock of the store'."""
        return _WORDS[self.kind].format(self.name)


_WORDS = {
    "read": "take the read lock of the {}",
    "write": "take the write lock of the {}",
    "lock": "take the lock of the {}",
    "look": "read the {} without its lock",
    "database": "ask the database",
    "sleep": "take the answer",
    "wait": "wait for the {}",
    "set": "set the {}",
    "call": "begin",
    "world": "{}",
    "operation": "{}",
    "access": "touch shared data at {}",
}
