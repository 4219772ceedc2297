"""Which calls one call overlapped with, and what was acknowledged about one session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..bugs import Outcome

Kind = Literal["create", "read", "update", "increment", "delete"]

MOST_KEYS = 1_000
"""Keys of a session that are followed; further ones are not checked."""

MOST_VALUES = 100
"""Possible values of a key; a key with more writes of unknown outcome is not checked."""


@dataclass(slots=True, eq=False)
class Call:
    """One call of a manager's method, and the calls that it met.

    Attributes:
        number: its name in a journal, 0 in none.
        caller: who asked.
        answer: the count that an increment has returned.
        began, read_at: when it began, and when it began to read the row: nanoseconds of the monotonic clock.
    """

    kind: Kind
    session_id: str = ""
    key: str = ""
    value: str = ""
    refreshing: bool = False
    met_update: bool = False
    met_increment: bool = False
    met_refresh: bool = False
    rival_values: set[str] = field(default_factory=set)
    number: int = 0
    caller: str = ""
    answer: int | None = None
    began: int = 0
    read_at: int | None = None

    def meet(self, other: Call) -> None:
        """Note that `other` ran at the same time on the same session."""
        self.met_update |= other.kind == "update"
        self.met_increment |= other.kind == "increment"
        self.met_refresh |= other.refreshing
        if other.kind == self.kind == "update" and other.key == self.key:
            self.rival_values.add(other.value)


@dataclass(slots=True)
class KeyPromise:
    """The possible values of a key: the last acknowledged one, concurrent ones, and those of unknown outcome.

    `pending` are those of writes that an engine may still carry out: nobody heard what became of them, so each of them
    may overwrite a later one, and that is no loss.
    """

    values: set[str]
    promised: bool
    met_update: bool
    met_refresh: bool
    pending: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Promise:
    """What was acknowledged about one session.

    Attributes:
        before: accesses counted before this run, by an earlier process.
        changes: updates and increments acknowledged; each counts one access.
        unknown: updates and increments of unknown outcome: up to so many more accesses may be stored.
        met_rival, met_refresh: how many of `changes` met another writer, or a refresh.
        keys: the expected metadata.
        superseded: acknowledged values that a later acknowledged write to the same key replaced.
        closed: how its deletion ended, if one was tried and did not definitely fail.
        closed_at: when, Unix time.
        cleaned: its row has been removed.
    """

    changes: int = 0
    unknown: int = 0
    met_rival: int = 0
    met_refresh: int = 0
    keys: dict[str, KeyPromise] = field(default_factory=dict)
    superseded: int = 0
    closed: Outcome | None = None
    closed_at: float = 0.0
    cleaned: bool = False
    before: int = 0

    def enter(self, call: Call, acknowledged: bool, over: bool = True) -> None:
        """Record an update or an increment, acknowledged or of unknown outcome.

        Args:
            call: what was asked.
            acknowledged: whether it took effect.
            over: whether nothing of it can happen any more. A request that an engine has not answered may lie there.
        """
        if acknowledged:
            self.changes += 1
            self.met_rival += call.met_update or call.met_increment
            self.met_refresh += call.met_refresh
        else:
            self.unknown += 1
        if call.kind != "update" or self.closed:
            return
        before = self.keys.get(call.key)
        if before is None and len(self.keys) >= MOST_KEYS:
            return
        if acknowledged:
            self.superseded += before is not None and before.promised
            pending = before.pending if before else set()
            values = {call.value} | call.rival_values | pending
            self.keys[call.key] = KeyPromise(values, True, call.met_update, call.met_refresh, pending)
        elif before is None:
            pending = set() if over else {call.value}
            self.keys[call.key] = KeyPromise({call.value}, False, call.met_update, call.met_refresh, pending)
        elif len(before.values) < MOST_VALUES:
            before.values.add(call.value)
            before.pending |= set() if over else {call.value}
        else:
            before.promised = False  # too many possible values to detect a wrong one
