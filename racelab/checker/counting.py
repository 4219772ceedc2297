"""Checks that need no search, for one session: counts that only grow, and keys that stay until they are overwritten.

`check_increments` and `check_keys` are exact: on the histories they are meant for they find something if and only if
the history is not linearizable. The other checks hold for every history of a session that was never closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .history import CHANGES, Operation, SessionView, acknowledged, precedes, unknown

OfNumbers = Literal["same number", "out of order", "wrong number", "missing number"]
Kind = OfNumbers | Literal["short", "surplus", "lost key", "stray key"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be right, the calls that show it, and how many changes it is about.

    Attributes:
        claim: what cannot be right, without a full stop, so that a cause can follow.
    """

    kind: Kind
    claim: str
    operations: tuple[Operation, ...] = ()
    amount: int = 1

    @property
    def sentence(self) -> str:
        """The claim alone."""
        return f"{self.claim}."


def check_increments(operations: Sequence[Operation], first: int, final: int | None = None) -> list[Finding]:
    """Exact for a session that nothing but increments changes.

    Args:
        operations: increments, none of them refused.
        first: the count before.
        final: the count afterwards, if it is known.
    """
    return [*same_number(operations), *out_of_order(operations), *_wrong_numbers(operations, first, final)]


def same_number(operations: Iterable[Operation]) -> list[Finding]:
    """Each increment returns a count that no other one gets."""
    told: dict[int, list[Operation]] = defaultdict(list)
    for operation in _numbered(operations):
        told[_number(operation)].append(operation)
    return [
        Finding("same number", f"{_owners(several)} increments returned the same number, {number}", tuple(several))
        for number, several in sorted(told.items())
        if len(several) > 1
    ]


def out_of_order(operations: Iterable[Operation]) -> list[Finding]:
    """An increment that began when another was over returns a higher count."""
    numbered = _numbered(operations)
    return [
        Finding(
            "out of order",
            f"{later.client}'s increment returned {later.value} after {highest.client}'s had returned {highest.value}",
            (highest, later),
        )
        for later, highest in _highest_before(numbered, numbered)
        if highest is not None and _number(highest) > _number(later)
    ]


def _wrong_numbers(operations: Sequence[Operation], first: int, final: int | None) -> Iterator[Finding]:
    """Numbers that cannot have been reached, and numbers that were reached and that no call can have been given."""
    numbered = _numbered(operations)
    last = max(map(_number, numbered), default=first) if final is None else final
    if last < first:
        yield Finding("wrong number", f"The count went from {first} down to {last}", tuple(operations))
    for operation in acknowledged(operations, "increment_access"):
        if not isinstance(operation.value, int) or not first < operation.value <= last:
            told = f"{operation.client}'s increment returned {operation.value}"
            yield Finding("wrong number", f"{told}, and the count went from {first} to {last}", (operation,))
    doubtful = unknown(operations, "increment_access")
    # In order of their calls, so that these numbers only grow: the earliest call fills the lowest gap.
    above = [_number(highest) if highest else first for _, highest in _highest_before(numbered, doubtful)]
    for taken, gap in enumerate(_gaps(numbered, first, last, len(doubtful))):
        if taken >= len(above) or above[taken] > gap:
            yield Finding("missing number", f"The count passed {gap}, and no call can have made it", tuple(doubtful))
            return


def _gaps(numbered: Iterable[Operation], first: int, last: int, most: int) -> list[int]:
    """The numbers that no increment returned, in order; if there are more than `most`, not all of them."""
    told = set(map(_number, numbered))
    end = min(last, first + len(told) + most + 1)
    return [number for number in range(first + 1, end + 1) if number not in told]


def _highest_before(
    numbered: Sequence[Operation], others: Iterable[Operation]
) -> Iterator[tuple[Operation, Operation | None]]:
    """For each of the others, the one with the highest number among those that were over when it began."""
    ended = sorted(numbered, key=lambda operation: operation.returned or 0, reverse=True)
    highest: Operation | None = None
    for other in sorted(others, key=lambda operation: operation.called):
        while ended and precedes(ended[-1], other):
            over = ended.pop()
            if highest is None or _number(over) > _number(highest):
                highest = over
        yield other, highest


def check_total(operations: Iterable[Operation], first: int, final: int) -> list[Finding]:
    """Each acknowledged change counts one access; one of unknown outcome may have counted one."""
    changes = acknowledged(operations, *CHANGES)
    doubtful = unknown(operations, *CHANGES)
    counted = final - first
    least, most = len(changes), len(changes) + len(doubtful)
    if counted < least:
        told = f"The count grew by {counted} and should have grown by {'at least ' if doubtful else ''}{least}"
        return [Finding("short", told, tuple(changes), least - counted)]
    if counted > most:
        told = f"The count grew by {counted} and can have grown by {most} at most"
        return [Finding("surplus", told, (*changes, *doubtful), counted - most)]
    return []


def check_keys(operations: Sequence[Operation], first: SessionView, final: SessionView) -> list[Finding]:
    """Exact for what a session's metadata may be after any updates.

    A key holds what one of its last writers wrote: an acknowledged update that was not over before another one of the
    same key began, or any of unknown outcome. Without an acknowledged update it may also be as it was at first.
    """
    before, after = dict(first.metadata), dict(final.metadata)
    writes: dict[str, list[Operation]] = {key: [] for key in (*before, *after)}
    for operation in operations:
        if operation.method == "update_session":
            writes.setdefault(operation.arguments[1], []).append(operation)
    found = (_check_key(key, writes[key], before.get(key), after.get(key)) for key in sorted(writes))
    return [finding for finding in found if finding is not None]


def _check_key(key: str, writes: Sequence[Operation], before: str | None, after: str | None) -> Finding | None:
    saved, doubtful = acknowledged(writes, "update_session"), unknown(writes, "update_session")
    newest = max((write.called for write in saved), default=0)
    last = [write for write in saved if (write.returned or 0) > newest]
    possible = {write.arguments[2] for write in (*last, *doubtful)} | (set() if last else {before})
    if after in possible:
        return None
    now = "is not stored" if after is None else f"holds {after!r}"
    if last:
        values = ", ".join(f"{write.client}'s key {key!r} was saved as {write.arguments[2]!r}" for write in last)
        return Finding("lost key", f"{values}{' and' if len(last) == 1 else '; it'} {now}", tuple(last))
    was = "was never written" if before is None else f"was {before!r} and was never written again"
    return Finding("stray key", f"Key {key!r} {was}; it {now}", tuple(doubtful))


def _numbered(operations: Iterable[Operation]) -> list[Operation]:
    """The acknowledged increments that returned a number, as they should."""
    return [one for one in acknowledged(operations, "increment_access") if isinstance(one.value, int)]


def _number(operation: Operation) -> int:
    assert isinstance(operation.value, int)
    return operation.value


def _owners(operations: Sequence[Operation]) -> str:
    """A's and B's, or 2 of A's and 1 of B's: each client once."""
    many = Counter(operation.client for operation in operations)
    if max(many.values()) == 1:
        return " and ".join(f"{client}'s" for client in many)
    return " and ".join(f"{times} of {client}'s" for client, times in many.items())
