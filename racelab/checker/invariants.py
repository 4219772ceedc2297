"""What must hold when nothing runs: the counts agree, and every session and every row is where it belongs.

Each check is a small function of the history and of a snapshot, and gives an anomaly for each thing that is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .anomalies import Anomaly, anomaly
from .history import CHANGES, Operation, Sessions, SessionView, acknowledged, unknown

MOST_IDS = 10
"""A sentence lists no more ids than that."""


@dataclass(frozen=True, slots=True)
class AtRest:
    """What a manager and its database hold when nothing runs.

    Attributes:
        sessions: the store.
        rows: the database: each row, and whether it is marked as deleted or dead.
        queue: the ids that wait for cleanup.
        dead_letters: the ids whose cleanup was given up.
        active: the open sessions, going by the statistics.
    """

    sessions: Mapping[str, SessionView]
    rows: Mapping[str, tuple[SessionView, bool]]
    queue: tuple[str, ...]
    dead_letters: tuple[str, ...]
    active: int


def broken_invariants(
    history: Sequence[Operation], sessions: Sessions, at_rest: AtRest, drained: bool
) -> Iterator[Anomaly]:
    """Every check.

    Args:
        history, sessions: what was called; and the same by session.
        at_rest: what is there.
        drained: cleanup has run as often as it takes, so that its queue should be empty.
    """
    yield from deleted_once(sessions)
    yield from deleted_for_good(sessions, at_rest)
    yield from rows_belong_somewhere(history, at_rest)
    yield from sessions_have_rows(sessions, at_rest)
    yield from queued_once(at_rest)
    if drained:
        yield from queue_is_empty(history, at_rest)
    yield from memory_is_like_the_row(sessions, at_rest)
    yield from counts_agree(history, at_rest)


def deleted_once(sessions: Sessions) -> Iterator[Anomaly]:
    """Of several deletes of one session only one is acknowledged."""
    for session_id, operations in sessions.items():
        deletes = acknowledged(operations, "delete_session")
        if len(deletes) > 1:
            told = f"Session {session_id!r} was deleted {len(deletes)} times, and each time that was acknowledged."
            yield anomaly("double-delete", told, deletes)


def deleted_for_good(sessions: Sessions, at_rest: AtRest) -> Iterator[Anomaly]:
    """A session whose delete was acknowledged is not in the store."""
    for session_id, operations in sessions.items():
        deletes = acknowledged(operations, "delete_session")
        if deletes and session_id in at_rest.sessions:
            told = f"{deletes[0].client} was told that session {session_id!r} is deleted, and it is in the store."
            yield anomaly("resurrected", told, deletes)


def rows_belong_somewhere(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """Every row is that of an open session, or waits for cleanup, or is a dead letter."""
    belonging = {*at_rest.sessions, *at_rest.queue, *at_rest.dead_letters}
    for session_id in sorted(at_rest.rows.keys() - belonging):
        told = f"The row of {session_id!r} belongs to no open session, and nothing will ever clean it up."
        yield anomaly("orphan-row", told, _closing(history, session_id))


def sessions_have_rows(sessions: Sessions, at_rest: AtRest) -> Iterator[Anomaly]:
    """Every open session has a row, or it would not survive a restart."""
    for session_id in sorted(at_rest.sessions.keys() - at_rest.rows.keys()):
        yield anomaly("row-lost", f"Session {session_id!r} is open and has no row.", sessions.get(session_id, ()))


def queued_once(at_rest: AtRest) -> Iterator[Anomaly]:
    """The queue holds no id twice."""
    for session_id, times in Counter(at_rest.queue).items():
        if times > 1:
            yield anomaly("queued-twice", f"Session {session_id!r} is in the cleanup queue {times} times.")


def queue_is_empty(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """After enough cleanup nothing waits for it any more."""
    if at_rest.queue:
        ids = list(dict.fromkeys(at_rest.queue))
        deletes = [operation for session_id in ids for operation in _closing(history, session_id)]
        more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
        told = f"Cleanup has run its course and left in its queue: {', '.join(ids[:MOST_IDS])}{more}."
        yield anomaly("cleanup-leak", told, deletes)


def memory_is_like_the_row(sessions: Sessions, at_rest: AtRest) -> Iterator[Anomaly]:
    """An open session and its row say the same, but for what calls of unknown outcome may have done to one of them."""
    for session_id in sorted(at_rest.sessions.keys() & at_rest.rows.keys()):
        operations = sessions.get(session_id, ())
        memory, (row, marked) = at_rest.sessions[session_id], at_rest.rows[session_id]
        if marked and not unknown(operations, "delete_session"):
            told = f"Session {session_id!r} is open, and its row is marked as deleted."
            yield anomaly("memory-and-row-differ", told, operations)
        if memory.identity != row.identity:
            told = f"Session {session_id!r}: memory has {memory.whose}; the row has {row.whose}."
            yield anomaly("memory-and-row-differ", told, operations)
        if not _may_differ(memory, row, operations):
            told = f"Session {session_id!r}: memory has {memory}; the row has {row}. {_who_is_behind(memory, row)}"
            yield anomaly("memory-and-row-differ", told, operations)


def counts_agree(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """The store, the statistics and the database count the same open sessions."""
    waiting = {*at_rest.queue, *at_rest.dead_letters}
    store, database = len(at_rest.sessions), len(at_rest.rows.keys() - waiting)
    if not store == at_rest.active == database:
        told = f"Open sessions: store {store}, statistics {at_rest.active}, database {database}."
        who = _odd_one_out(store, at_rest.active, database)
        yield anomaly("counts-differ", f"{told} {who}", _opened_or_closed(history))


def _closing(history: Sequence[Operation], session_id: str) -> list[Operation]:
    """The deletes of a session that can have taken effect."""
    return [
        one
        for one in history
        if one.method == "delete_session" and one.arguments == (session_id,) and one.answer != "refused"
    ]


def _opened_or_closed(history: Sequence[Operation]) -> list[Operation]:
    """The calls that change how many sessions are open; those of unknown outcome first, which may be half done."""
    methods = "create_session", "delete_session"
    return [*unknown(history, *methods), *acknowledged(history, *methods)]


def _odd_one_out(store: int, statistics: int, database: int) -> str:
    if store == database:
        return "The statistics differ."
    if statistics == database:
        return "The store differs."
    return "The database differs." if store == statistics else "All three differ."


def _may_differ(memory: SessionView, row: SessionView, operations: Sequence[Operation]) -> bool:
    """Whether calls of unknown outcome explain every difference: each may have reached one of the two and not both."""
    keys = {key for key, _ in set(memory.metadata) ^ set(row.metadata)}
    return (
        abs(memory.access_count - row.access_count) <= len(unknown(operations, *CHANGES))
        and keys <= {update.arguments[1] for update in unknown(operations, "update_session")}
        and (memory.is_authenticated == row.is_authenticated or bool(unknown(operations, "revoke_session")))
    )


def _who_is_behind(memory: SessionView, row: SessionView) -> str:
    if memory.access_count > row.access_count:
        return "The database is behind."
    return "Old data is in memory." if memory.access_count < row.access_count else "They count the same accesses."
