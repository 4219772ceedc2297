"""What must hold when nothing runs: the counts agree, and every session and every row is where it belongs.

Each check is a small function of the history and of a snapshot, and gives an anomaly for each thing that is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .anomalies import Anomaly, anomaly
from .at_rest import AtRest
from .history import Operation, Sessions, acknowledged, closing, unknown
from .rows import broken_rows

MOST_IDS = 10
"""A sentence lists no more ids than that."""


def broken_invariants(
    history: Sequence[Operation], sessions: Sessions, at_rest: AtRest, drained: bool
) -> Iterator[Anomaly]:
    """Every check.

    Args:
        history, sessions: what was called; and the same by session.
        at_rest: the final state.
        drained: cleanup has run as often as it takes, so that its queue should be empty.
    """
    yield from deleted_once(sessions)
    yield from deleted_for_good(sessions, at_rest)
    yield from closed_in_one_place(history, at_rest)
    if drained:
        yield from queue_is_empty(history, at_rest)
    yield from broken_rows(history, sessions, at_rest)
    yield from counts_agree(history, at_rest)


def deleted_once(sessions: Sessions) -> Iterator[Anomaly]:
    """Of several deletes of one session only one is acknowledged."""
    for session_id, operations in sessions.items():
        deletes = acknowledged(operations, "delete_session")
        if len(deletes) > 1:
            told = f"Session {session_id!r} was deleted {len(deletes)} times, and each time that was acknowledged."
            yield anomaly("double-delete", told, deletes)


def deleted_for_good(sessions: Sessions, at_rest: AtRest) -> Iterator[Anomaly]:
    """A session whose delete was acknowledged, or that cleanup has or has given up, is not in the store."""
    waiting, given_up = set(at_rest.queue), set(at_rest.dead_letters)
    for session_id in sorted(at_rest.sessions):
        operations = sessions.get(session_id, ())
        deletes = acknowledged(operations, "delete_session")
        if deletes:
            told = f"{deletes[0].client}'s delete of session {session_id!r} was acknowledged, and it is in the store."
            yield anomaly("resurrected", told, deletes)
        elif session_id in waiting | given_up and not unknown(operations, "delete_session"):
            where = "waits for cleanup" if session_id in waiting else "is a dead letter"
            yield anomaly("resurrected", f"Session {session_id!r} {where}, and it is in the store.", operations)


def closed_in_one_place(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """An id is once in the cleanup queue or once among the dead letters; a cleanup that died may be between them."""
    for place, ids in (("in the cleanup queue", at_rest.queue), ("among the dead letters", at_rest.dead_letters)):
        for session_id, times in Counter(ids).items():
            if times > 1:
                yield anomaly("queued-twice", f"Session {session_id!r} is {place} {times} times.")
    if not unknown(history, "run_cleanup"):
        for session_id in sorted(set(at_rest.queue) & set(at_rest.dead_letters)):
            told = f"Session {session_id!r} is in the cleanup queue and among the dead letters."
            yield anomaly("queued-twice", told, closing(history, session_id))


def queue_is_empty(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """After enough cleanup nothing waits for it any more."""
    if at_rest.queue:
        ids = list(dict.fromkeys(at_rest.queue))
        deletes = [operation for session_id in ids for operation in closing(history, session_id)]
        more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
        told = f"Still queued after the last cleanup cycle: {', '.join(ids[:MOST_IDS])}{more}."
        yield anomaly("cleanup-leak", told, deletes)


def counts_agree(history: Sequence[Operation], at_rest: AtRest) -> Iterator[Anomaly]:
    """The store, the statistics and the database, if there is one, count the same open sessions."""
    counts = {"store": len(at_rest.sessions), "statistics": at_rest.active}
    if at_rest.rows is not None:
        counts["database"] = len(at_rest.rows.keys() - {*at_rest.queue, *at_rest.dead_letters})
    if len(set(counts.values())) > 1:
        told = f"Open sessions: {', '.join(f'{name} {count}' for name, count in counts.items())}."
        yield anomaly("counts-differ", told + _odd_one_out(counts), _opened_or_closed(history))


def _opened_or_closed(history: Sequence[Operation]) -> list[Operation]:
    """The calls that change how many sessions are open; those of unknown outcome first, which may be half done."""
    methods = "create_session", "delete_session"
    return [*unknown(history, *methods), *acknowledged(history, *methods)]


def _odd_one_out(counts: Mapping[str, int]) -> str:
    """Which of three counts differs from the other two; empty if there are only two."""
    values = list(counts.values())
    alone = [name for name, count in counts.items() if values.count(count) == 1]
    if len(counts) < 3:
        return ""
    if len(alone) > 1:
        return " All three differ."
    return " The statistics differ." if alone == ["statistics"] else f" The {alone[0]} differs."
