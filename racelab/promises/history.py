"""What the last calls of each session did, and when: from it a loss is told call by call.

Bounded: of each session the last `MOST_OF_ONE` calls and `MOST_ATTEMPTS_OF_ONE` attempts to clean it up, and of all
sessions of one manager `MOST_CALLS` calls; the session that was longest without a call is forgotten first. A call takes
less than 1 kB, for its texts are bounded too, and what is around the calls no more than that: a manager's history
takes less than 20 MB. A quarter of it is usual.

It has no lock: the ledger that keeps it has one.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ..bugs import Outcome
from .promise import Call, Kind

MOST_OF_ONE: Final = 64
MOST_ATTEMPTS_OF_ONE: Final = 16
MOST_CALLS: Final = 10_000

LONGEST_TEXT: Final = 64
"""Characters of a key, a value or a caller that are kept; a longer text is cut, and ends in an ellipsis."""


class PastCall(NamedTuple):
    """A call that has ended.

    Attributes:
        number: which of its session's calls it was, by their ends, from 1.
        key, value: what an update has set.
        caller: who asked: the visitor that the request named, or a thread of the server.
        answer: the new count that an increment has returned; None for others.
        begin, end: nanoseconds of the monotonic clock. The manager ran in between.
        read_at: when it began to read the session's row, if it was a refresh; else None.
    """

    number: int
    kind: Kind
    key: str
    value: str
    outcome: Outcome
    caller: str
    answer: int | None
    begin: int
    end: int
    read_at: int | None = None

    @property
    def changes(self) -> bool:
        """Whether it may have written: a change, a refresh or the end of its session, unless it certainly failed."""
        return self.outcome != "failed" and (self.kind != "read" or self.read_at is not None)

    @property
    def since(self) -> int:
        """The earliest time at which what it writes can have been read: that of its row, for a refresh."""
        return self.begin if self.read_at is None else self.read_at

    def overlaps(self, other: PastCall) -> bool:
        """Whether both ran at one time. Calls that touch have overlapped."""
        return self.begin <= other.end and other.begin <= self.end


class Past:
    """The last calls of one session, as far as they are known now.

    Attributes:
        calls: in the order of their ends.
        attempts: when cleanup tried to remove its row and failed, the last ones.
        whole_since: every call that ended later is among `calls`.
    """

    __slots__ = ("attempts", "calls", "whole_since")

    def __init__(self, calls: Sequence[PastCall], attempts: Sequence[int], whole_since: int) -> None:
        self.calls = calls
        self.attempts = attempts
        self.whole_since = whole_since

    def met(self, call: PastCall) -> Iterator[PastCall]:
        """The calls of the session that may have written while this one ran.

        Complete if the call began after `whole_since`: what overlapped with it has ended after its beginning.
        """
        return (
            other
            for other in self.calls
            if other is not call and other.changes and other.since <= call.end and call.begin <= other.end
        )


_Row = tuple[Kind, str, str, Outcome, str, int | None, int, int, int | None]
"""A `PastCall` without its number. A plain tuple is made sooner, and the garbage collector soon forgets it."""
_END: Final = 7


class _Kept:
    """What is kept of one session."""

    __slots__ = ("attempts", "number", "rows", "whole_since")

    def __init__(self, whole_since: int) -> None:
        self.rows: deque[_Row] = deque(maxlen=MOST_OF_ONE)
        self.attempts: deque[int] = deque(maxlen=MOST_ATTEMPTS_OF_ONE)
        self.whole_since = whole_since
        self.number = 0

    def past(self) -> Past:
        first = self.number - len(self.rows) + 1
        calls = [PastCall(number, *row) for number, row in enumerate(self.rows, first)]
        return Past(calls, list(self.attempts), self.whole_since)


class History:
    """The last calls of all sessions of one manager."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._sessions: OrderedDict[str, _Kept] = OrderedDict()
        self._calls = 0

    def past(self, session_id: str) -> Past | None:
        """One session's past; it does not change any more."""
        kept = self._sessions.get(session_id)
        return kept.past() if kept is not None else None

    def add(self, call: Call, outcome: Outcome, end: int, known: bool) -> None:
        """Keep a call that has ended. A read that was no refresh tells nothing, and is not kept.

        Every call comes here, under the lock of the ledger: so it is short.

        Args:
            call: what was asked.
            outcome: how it ended.
            end: when.
            known: whether the session is one that was opened: clients may ask for any id.
        """
        if call.kind == "read" and call.read_at is None:
            return
        kept = self._sessions.get(call.session_id)
        if kept is None:
            if not known:
                return
            kept = self._sessions[call.session_id] = _Kept(whole_since=0 if call.kind == "create" else end)
        else:
            self._sessions.move_to_end(call.session_id)
        key, value, caller = call.key, call.value, call.caller
        if len(key) > LONGEST_TEXT or len(value) > LONGEST_TEXT or len(caller) > LONGEST_TEXT:
            key, value, caller = _cut(key), _cut(value), _cut(caller)
        rows = kept.rows
        if len(rows) < MOST_OF_ONE:
            self._calls += 1
        else:
            kept.whole_since = max(kept.whole_since, rows[0][_END])
        rows.append((call.kind, key, value, outcome, caller, call.answer, call.began, end, call.read_at))
        kept.number += 1
        while self._calls > MOST_CALLS:
            _, forgotten = self._sessions.popitem(last=False)
            self._calls -= len(forgotten.rows)

    def attempt(self, session_id: str, at: int) -> None:
        """Cleanup tried to remove the session's row, and failed."""
        kept = self._sessions.get(session_id)
        if kept is not None:
            kept.attempts.append(at)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
