"""Is there an order of the calls that explains every answer? The search of Wing and Gong, as improved by Lowe.

A history is linearizable if each call can be given one instant between its beginning and its end such that the
specification, run in the order of these instants, allows every answer. The search places one call after another and
goes back where it is stuck. It remembers each *configuration*, the set of calls placed and the state they led to, and
never enters one twice. Five more things keep it short:

* Sessions do not see each other, so each is searched by itself, unless some answer is about all of them.
* A call that changes nothing and fits is placed at once: moving it forward can harm no other.
* A call that wants a lower count than its session has reached will never fit, so there the search turns back.
* Of updates whose value no read can see, the first to return is placed first; see `unseen`.
* A call of unknown outcome is placed only where nothing else leads on. It may be left out altogether.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from .history import Operation, session_of, validate
from .specification import READS, State, States, counted, hopeless, step
from .unseen import unseen_updates

BUDGET: Final = 100_000
"""Configurations to enter, at most, unless another number is asked for: a few seconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the search found.

    Attributes:
        answer: in three values.
        order: linearizable: one order that explains every answer. Calls of unknown outcome that are not in it are
            taken to have had no effect. Otherwise: the longest beginning that was explained.
        stuck: not linearizable: the calls that do not fit after that beginning.
        configurations: how many were entered.
    """

    answer: Literal["linearizable", "not linearizable", "cannot tell"]
    order: tuple[Operation, ...]
    stuck: tuple[Operation, ...] = ()
    configurations: int = 0


def check(history: Sequence[Operation], initial: State, budget: int = BUDGET) -> Verdict:
    """Search for an order.

    Args:
        history: in any sequence; positions say what came before what.
        initial: the state before the first call.
        budget: how many configurations to enter, at most.

    Raises:
        ValueError: no set of clients can have produced such a history.
    """
    validate(history)
    spent = 0
    orders: list[tuple[Operation, ...]] = []
    # Short parts first: the budget goes furthest, and a contradiction in a short part is the easiest to read.
    for operations, state in sorted(_parts(history, initial), key=lambda part: len(part[0])):
        verdict = _Search(operations, budget - spent).run(state)
        spent += verdict.configurations
        if verdict.answer != "linearizable":
            return replace(verdict, configurations=spent)
        orders.append(verdict.order)
    return Verdict("linearizable", _merged(orders), configurations=spent)


def _parts(history: Sequence[Operation], initial: State) -> list[tuple[list[Operation], State]]:
    """The history by session, if no answer is about all sessions."""
    if any(session_of(operation) is None and operation.answer == "ok" for operation in history):
        return [(list(history), initial)]
    parts: dict[str | None, list[Operation]] = {}
    for operation in history:
        parts.setdefault(session_of(operation), []).append(operation)
    return [(part, initial if name is None else initial.only(name)) for name, part in parts.items()]


def _merged(orders: Sequence[Sequence[Operation]]) -> tuple[Operation, ...]:
    """One order out of those of the parts: each call at the latest beginning up to its place in its part."""
    placed: list[tuple[int, Operation]] = []
    for order in orders:
        instant = -1
        for operation in order:
            instant = max(instant, operation.called)
            placed.append((instant, operation))
    placed.sort(key=lambda pair: pair[0])  # stable: calls of one part that share an instant keep their order
    return tuple(operation for _, operation in placed)


Move = tuple[int, State]


@dataclass(slots=True)
class _Node:
    """A configuration, how it was reached, and what may come next.

    Attributes:
        placed: the calls placed so far, one bit each.
        first: every call before this one that must be placed is placed.
        last: the call that was placed last.
        reached: where the next call that is not placed ends, and how many calls are placed. The further the calls go
            that are explained, the better; then the more of them.
    """

    parent: _Node | None
    placed: int
    first: int
    last: int
    state: State
    reached: tuple[int, int] = (0, 0)
    moves: Iterator[Move] = field(default_factory=lambda: iter(()))


class _Search:
    """The search through one part of a history. Calls are named by their bit: first those that must be placed."""

    def __init__(self, operations: Sequence[Operation], budget: int) -> None:
        in_order = sorted(operations, key=lambda operation: operation.called)
        must = [operation for operation in in_order if operation.answer != "unknown"]
        self._operations = must + [operation for operation in in_order if operation.answer == "unknown"]
        self._must = len(must)
        self._returns = [operation.returned or 0 for operation in must]
        self._reads = [operation.answer == "refused" or operation.method in READS for operation in must]
        unseen = unseen_updates(must)
        self._unseen = [operation.arguments[0] if operation.called in unseen else None for operation in must]
        self._twins = self._find_twins()
        self._budget = budget
        self._seen: set[tuple[int, State]] = set()

    def run(self, initial: State) -> Verdict:
        """Enter one configuration after another until every call that must be placed is."""
        best = self._enter(_Node(None, 0, 0, -1, initial))
        node: _Node | None = best
        while node is not None:
            if node.first == self._must:
                return Verdict("linearizable", self._order(node), configurations=len(self._seen))
            move = next(node.moves, None)
            if move is None:
                node = node.parent
            elif len(self._seen) == self._budget:
                return Verdict("cannot tell", self._order(best), configurations=self._budget)
            else:
                node = self._follow(node, move) or node
                best = max(best, node, key=lambda node: node.reached)
        nexts = [self._operations[index] for index in self._nexts(best.placed, best.first)]
        stuck = [operation for operation in nexts if hopeless(best.state, operation)] or nexts
        return Verdict("not linearizable", self._order(best), tuple(stuck), len(self._seen))

    def _follow(self, node: _Node, move: Move) -> _Node | None:
        """The configuration after a move; None if it was entered before."""
        index, state = move
        placed = node.placed | 1 << index
        before = len(self._seen)
        self._seen.add((placed, state))
        return None if len(self._seen) == before else self._enter(_Node(node, placed, node.first, index, state))

    def _enter(self, node: _Node) -> _Node:
        while node.first < self._must and node.placed >> node.first & 1:
            node.first += 1
        nexts = self._nexts(node.placed, node.first)
        if nexts:
            if not any(hopeless(node.state, self._operations[index]) for index in nexts):
                node.moves = self._moves(node.placed, node.state, nexts)
            node.reached = self._returns[nexts[0]], (node.placed & (1 << self._must) - 1).bit_count()
        return node

    def _nexts(self, placed: int, first: int) -> list[int]:
        """The calls of which one must come next: none that is still to be placed was over before they began.

        The first of them to return is first.
        """
        found: list[int] = []
        end: int | None = None
        for index in range(first, self._must):
            if end is not None and self._operations[index].called > end:
                break
            if not placed >> index & 1:
                found.append(index)
                end = self._returns[index] if end is None else min(end, self._returns[index])
        return sorted(found, key=self._returns.__getitem__)

    def _moves(self, placed: int, state: State, nexts: list[int]) -> Iterator[Move]:
        """What to try from here, the most promising first."""
        for index in nexts:
            if self._reads[index] and step(state, self._operations[index]):
                yield index, state
                return
        tried: set[str] = set()
        for index in nexts:
            session_id = self._unseen[index]
            if self._reads[index] or session_id in tried:
                continue
            if session_id is not None:
                tried.add(session_id)
            for after in self._after(state, index):
                yield index, after
        yield from self._doubtful_moves(placed, state, self._returns[nexts[0]])

    def _after(self, state: State, index: int) -> States:
        """The states that may follow; the value of an update that no read can see is not kept."""
        session_id = self._unseen[index]
        return step(state, self._operations[index]) if session_id is None else counted(state, session_id)

    def _doubtful_moves(self, placed: int, state: State, end: int) -> Iterator[Move]:
        """Calls of unknown outcome that had begun by then; of several that are the same, the earliest."""
        for index in range(self._must, len(self._operations)):
            operation, twin = self._operations[index], self._twins.get(index)
            if operation.called > end:
                return
            if placed >> index & 1 or (twin is not None and not placed >> twin & 1):
                continue
            for after in step(state, operation):
                if after is not state:
                    yield index, after

    def _find_twins(self) -> dict[int, int]:
        """For each call of unknown outcome the one before it that would have done the same."""
        latest: dict[tuple[str, tuple[str, ...]], int] = {}
        twins: dict[int, int] = {}
        for index in range(self._must, len(self._operations)):
            same = self._operations[index].method, self._operations[index].arguments
            if same in latest:
                twins[index] = latest[same]
            latest[same] = index
        return twins

    def _order(self, node: _Node) -> tuple[Operation, ...]:
        """The calls in the order in which they were placed on the way to a configuration."""
        order: list[Operation] = []
        at: _Node | None = node
        while at is not None and at.last >= 0:
            order.append(self._operations[at.last])
            at = at.parent
        return tuple(reversed(order))
