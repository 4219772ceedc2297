"""Snapshots made by hand: a consistent one, and then what a test wants to be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from racelab.checker import Anomaly, AtRest, CannotTell, SessionView, State, judge
from tests.checker.histories import FRESH, ONE_OPEN, Book

Rows = Mapping[str, tuple[SessionView, bool]]


def at_rest(
    sessions: Mapping[str, SessionView],
    rows: Rows | None = None,
    queue: Sequence[str] = (),
    dead_letters: Sequence[str] = (),
    active: int | None = None,
) -> AtRest:
    """What is there; by default each session has a row like it, and so has each id that waits."""
    if rows is None:
        rows = {name: (view, False) for name, view in sessions.items()}
        rows |= dict.fromkeys((*queue, *dead_letters), (FRESH, True))
    return AtRest(sessions, rows, tuple(queue), tuple(dead_letters), len(sessions) if active is None else active)


def found(book: Book, rest: AtRest, initial: State = ONE_OPEN, drained: bool = False) -> tuple[Anomaly, ...]:
    """What the judgement finds."""
    told = judge(book.history, rest, initial, drained)
    assert not isinstance(told, CannotTell)
    return told


def names(book: Book, rest: AtRest, initial: State = ONE_OPEN, drained: bool = False) -> list[str]:
    """The names of what it finds."""
    return [anomaly.name for anomaly in found(book, rest, initial, drained)]
