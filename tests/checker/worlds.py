"""Snapshots made by hand: a consistent one, and then what a test wants to be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from racelab.checker import Anomaly, AtRest, CannotTell, RowView, SessionView, State, judge
from tests.checker.histories import ONE_OPEN, Book, fresh

Rows = Mapping[str, RowView]


def at_rest(
    sessions: Mapping[str, SessionView],
    rows: Rows | None = None,
    queue: Sequence[str] = (),
    dead_letters: Sequence[str] = (),
    active: int | None = None,
) -> AtRest:
    """What is there; by default each session has a row like it, and so has each id that waits."""
    if rows is None:
        rows = {name: RowView(view) for name, view in sessions.items()}
        rows |= {name: RowView(fresh(name), deleted=True) for name in queue}
        rows |= {name: RowView(fresh(name), deleted=True, dead=True) for name in dead_letters}
    return AtRest(sessions, rows, tuple(queue), tuple(dead_letters), len(sessions) if active is None else active)


def without_rows(
    sessions: Mapping[str, SessionView],
    queue: Sequence[str] = (),
    dead_letters: Sequence[str] = (),
    active: int | None = None,
) -> AtRest:
    """What a manager holds that keeps no rows."""
    return replace(at_rest(sessions, {}, queue, dead_letters, active), rows=None)


def deleted(*session_ids: str) -> Book:
    """A history in which these were deleted one after another."""
    book = Book()
    for session_id in session_ids:
        book.done("A", "delete_session", session_id)
    return book


def found(book: Book, rest: AtRest, initial: State = ONE_OPEN, drained: bool = False) -> tuple[Anomaly, ...]:
    """What the judgement finds."""
    told = judge(book.history, rest, initial, drained)
    assert not isinstance(told, CannotTell)
    return told


def names(book: Book, rest: AtRest, initial: State = ONE_OPEN, drained: bool = False) -> list[str]:
    """The names of what it finds."""
    return [anomaly.name for anomaly in found(book, rest, initial, drained)]
