"""Updates whose value no read can see: each of them only counts one access, so that one can stand for another.

Between an unseen update and every read that may follow it another update of the same key is certain to come. Such
updates of one session differ in nothing but their deadlines. Two of them can change places in any order that explains
the history, if the one that returns first comes first: so the search tries only that one, and their values make no
two states differ.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import inf

from .history import Operation


def unseen_updates(operations: Iterable[Operation]) -> set[int]:
    """The acknowledged updates whose value no read can see, named by the position of their call."""
    updates: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    reads: dict[str, list[Operation]] = defaultdict(list)
    for one in operations:
        if one.answer == "ok" and one.method == "update_session":
            updates[one.arguments[0], one.arguments[1]].append(one)
        elif one.answer == "ok" and one.method == "get_session":
            reads[one.arguments[0]].append(one)
    found: set[int] = set()
    for (session_id, _), writes in updates.items():
        overwritten = _Earliest([(write.called, write.returned or 0) for write in writes])
        read = _Earliest([(one.returned or 0, one.called) for one in reads[session_id]])
        found.update(
            write.called for write in writes if overwritten.after(write.returned or 0) <= read.after(write.called)
        )
    return found


class _Earliest:
    """Pairs of positions; asked for the least second one among the pairs whose first one is after some position."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        ordered = sorted(pairs)
        self._firsts = [first for first, _ in ordered]
        self._least = [inf, *accumulate((second for _, second in reversed(ordered)), min)]

    def after(self, position: int) -> float:
        """The least second one; infinite if there is no such pair."""
        return self._least[len(self._firsts) - bisect_right(self._firsts, position)]
