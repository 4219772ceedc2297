"""What must hold between a manager and its rows when nothing runs. A manager that keeps no rows promises none of it.

A call of unknown outcome may have reached one of the two and not the other, so what it explains is no anomaly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .anomalies import Anomaly, anomaly
from .at_rest import AtRest, RowView
from .history import CHANGES, Operation, Sessions, SessionView, closing, unknown

Rows = Mapping[str, RowView]


def broken_rows(history: Sequence[Operation], sessions: Sessions, at_rest: AtRest) -> Iterator[Anomaly]:
    """Every check. Arguments as for `invariants.broken_invariants`."""
    rows = at_rest.rows
    if rows is not None:
        yield from rows_belong_somewhere(history, at_rest, rows)
        yield from sessions_have_rows(sessions, at_rest, rows)
        yield from memory_is_like_the_row(sessions, at_rest, rows)
        if not unknown(history, "run_cleanup"):
            yield from dead_letters_have_rows(history, at_rest, rows)
            yield from only_dead_letters_are_marked_dead(history, at_rest, rows)
        if not unknown(history, "create_session"):
            yield from closed_rows_are_marked(sessions, at_rest, rows)


def rows_belong_somewhere(history: Sequence[Operation], at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """Every row is that of an open session, or waits for cleanup, or is a dead letter."""
    belonging = {*at_rest.sessions, *at_rest.queue, *at_rest.dead_letters}
    for session_id in sorted(rows.keys() - belonging):
        told = f"The row of {session_id!r} belongs to no open session, and no cleanup will remove it."
        yield anomaly("orphan-row", told, closing(history, session_id))


def sessions_have_rows(sessions: Sessions, at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """Every open session has a row, or it would not survive a restart."""
    for session_id in sorted(at_rest.sessions.keys() - rows.keys()):
        yield anomaly("row-lost", f"Session {session_id!r} is open and has no row.", sessions.get(session_id, ()))


def memory_is_like_the_row(sessions: Sessions, at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """An open session and its row agree in every field, and the row has neither mark."""
    for session_id in sorted(at_rest.sessions.keys() & rows.keys()):
        operations = sessions.get(session_id, ())
        memory, row = at_rest.sessions[session_id], rows[session_id]
        if row.marked and not unknown(operations, "delete_session"):
            told = f"Session {session_id!r} is open, and its row is marked as {'dead' if row.dead else 'deleted'}."
            yield anomaly("memory-and-row-differ", told, operations)
        if memory.identity != row.session.identity:
            told = f"Session {session_id!r}: memory has {memory.whose}; the row has {row.session.whose}."
            yield anomaly("memory-and-row-differ", told, operations)
        if not _may_differ(memory, row.session, operations):
            both = f"memory has {memory}; the row has {row.session}."
            told = f"Session {session_id!r}: {both} {_who_is_behind(memory, row.session)}"
            yield anomaly("memory-and-row-differ", told, operations)


def dead_letters_have_rows(history: Sequence[Operation], at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """A dead letter has the row that could not be removed, or there is nothing left to retry or to discard."""
    for session_id in sorted(set(at_rest.dead_letters) - rows.keys()):
        yield anomaly("row-lost", f"Dead letter {session_id!r} has no row.", closing(history, session_id))


def only_dead_letters_are_marked_dead(history: Sequence[Operation], at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """The rows of dead letters are marked as dead, and the rows that cleanup will try again are not.

    Only if some row is marked as dead. A manager that marks none keeps its dead letters in memory alone; it never
    promised that they survive a restart. The buggy manager has no dead letters at all.
    """
    dead = {session_id for session_id, row in rows.items() if row.dead}
    if dead:
        for session_id in sorted((set(at_rest.dead_letters) & rows.keys()) - dead):
            told = f"Session {session_id!r} is a dead letter, and its row is not marked as dead."
            yield anomaly("memory-and-row-differ", told, closing(history, session_id))
    for session_id in sorted(dead & set(at_rest.queue) - set(at_rest.dead_letters)):
        told = f"Session {session_id!r} waits for cleanup, and its row is marked as dead."
        yield anomaly("memory-and-row-differ", told, closing(history, session_id))


def closed_rows_are_marked(sessions: Sessions, at_rest: AtRest, rows: Rows) -> Iterator[Anomaly]:
    """The row of a session that waits for cleanup is marked as deleted, or a restart would open the session again.

    Only if some row is marked as deleted. A manager that marks none, such as the buggy one, keeps its queue in memory
    alone; it never promised that the queue survives a restart.
    """
    if any(row.deleted for row in rows.values()):
        for session_id in sorted(set(at_rest.queue) & rows.keys()):
            operations = sessions.get(session_id, ())
            if not rows[session_id].marked and not unknown(operations, "delete_session"):
                told = f"Session {session_id!r} waits for cleanup, and its row is not marked as deleted."
                yield anomaly("memory-and-row-differ", told, operations)


def _may_differ(memory: SessionView, row: SessionView, operations: Sequence[Operation]) -> bool:
    """Whether calls of unknown outcome explain every difference: each may have reached one of the two and not both."""
    updates = unknown(operations, "update_session")
    return (
        abs(memory.access_count - row.access_count) <= len(unknown(operations, *CHANGES))
        and all(_may_differ_in(key, memory, row, updates) for key in _keys_that_differ(memory, row))
        and (memory.is_authenticated == row.is_authenticated or bool(unknown(operations, "revoke_session")))
    )


def _keys_that_differ(memory: SessionView, row: SessionView) -> set[str]:
    return {key for key, _ in set(memory.metadata) ^ set(row.metadata)}


def _may_differ_in(key: str, memory: SessionView, row: SessionView, updates: Iterable[Operation]) -> bool:
    """Whether one of the two has a value of this key that an update of unknown outcome wrote."""
    values = dict(memory.metadata).get(key), dict(row.metadata).get(key)
    return any(update.arguments[1] == key and update.arguments[2] in values for update in updates)


def _who_is_behind(memory: SessionView, row: SessionView) -> str:
    if memory.access_count > row.access_count:
        return "The database is behind."
    return "Memory is behind." if memory.access_count < row.access_count else "They count the same accesses."
