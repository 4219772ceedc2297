"""All schedules, those with the fewest preemptions first, and no state twice.

Executions cannot be copied, so each begins anew and replays the way to the place where it differs. A heap holds these
ways; among those with equally few preemptions the newest comes first, which makes it depth-first. What has been seen is
kept as a graph of states, so that at the end all schedules can be *counted*, also those that were not run because they
lead through a known state. A full search (`reduce=False`) makes every way a state of its own.

Fewest preemptions first: Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded
programs", PLDI 2007.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...kernel.calls import CannotDecide
from ...kernel.states import States
from ...programs.given import flag, whole
from ..run import DOES_NOT_REPEAT, AnyTask, Run


@dataclass(slots=True, eq=False)
class Node:
    """A state, what follows from it, what its tasks know and do next, and how an execution that ends there came out."""

    next: list[Node] = field(default_factory=list)
    known: tuple[int, ...] = ()
    points: Hashable = ()
    outcome: Hashable = None
    schedules: Counter[Hashable] | None = None


class DepthFirst:
    """See `Policy`.

    Args:
        bound: the most preemptions; None for any number.
        reduce: whether states are recognised.
        most: executions after which it gives up.

    Raises:
        BadProgram: a value is of another kind, or below what makes sense.
    """

    explored = False

    def __init__(self, bound: int | None = None, reduce: bool = True, most: int = 1_000_000) -> None:
        if bound is not None:
            whole("bound", bound)
        flag("reduce", reduce)
        whole("most", most, least=1)
        self.states = States() if reduce else None
        self.bound = bound
        self.most = most
        self._begun = 0
        self._root = Node()
        self._reached: dict[object, Node] = {}
        self._ways: list[tuple[int, int, tuple[str, ...], Node | None]] = [(0, 0, (), None)]
        self._number = self._nodes = 0
        self._way: tuple[str, ...] = ()
        self._here: Node | None = None

    def begin(self) -> bool:
        """While there are ways that were not gone."""
        if not self._ways or self._begun >= self.most:
            return False
        self._begun += 1
        _, _, self._way, self._here = heapq.heappop(self._ways)
        return True

    def lead(self, run: Run[Any]) -> None:
        """Go the way to where it differs from all before. Only its last step is new, so only there is anything noted.

        Raises:
            CannotDecide: it does not lead where it led before.
        """
        if self._here is None:
            return
        *known, last = self._way
        run.retrace(known)
        task = run.named(last)
        if task is None or self._here.points != run.points():
            raise CannotDecide(DOES_NOT_REPEAT)
        run.recall(self._here.known)
        run.step(task)

    def known(self, run: Run[Any]) -> bool:
        """Enter the state that the execution is in."""
        state = None if self.states is None else self._reached.get(key := self._key(run))
        if new := state is None:
            state = Node() if self._here is not None else self._root
            self._nodes += 1
            if self.states is not None:
                self._reached[key] = state
        if self._here is not None:
            self._here.next.append(state)
        self._here = state
        return not new

    def choose(self, run: Run[AnyTask], ready: Sequence[AnyTask]) -> AnyTask:
        """Go on with the same task, and note the others for later."""
        last = run.last()
        first = last or ready[0]
        cost = run.preemptions + (last is not None)
        if len(ready) > 1:
            assert self._here is not None
            self._here.known, self._here.points = run.knowledge(), run.points()
            for other in ready:
                if other is not first:
                    self._note(cost, (*run.turns, other.name))
        return first

    def end(self, run: Run[Any], outcome: Hashable) -> None:  # noqa: ARG002
        """Keep how it came out."""
        assert self._here is not None
        self._here.outcome = outcome

    def exhausted(self) -> bool:
        """Whether nothing is left, within the bound if there is one."""
        return not self._ways

    def reached(self) -> int:
        """How many different states there were."""
        return self._nodes

    def count(self) -> Counter[Hashable]:
        """How many schedules come out how, over all that were or need not be run. Added up from the ends."""
        stack = [self._root]  # of our own: ways can be longer than Python likes to recurse
        while stack:
            state = stack[-1]
            waiting = [child for child in state.next if child.schedules is None]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if not state.next:
                state.schedules = Counter((state.outcome,))
            elif len(state.next) == 1:
                state.schedules = state.next[0].schedules
            elif state.schedules is None:
                state.schedules = Counter()
                for child in state.next:
                    state.schedules.update(child.schedules or {})
        return self._root.schedules or Counter()

    def _note(self, cost: int, way: tuple[str, ...]) -> None:
        if self.bound is not None and cost > self.bound:
            return
        self._number -= 1
        heapq.heappush(self._ways, (cost, self._number, way, self._here))

    def _key(self, run: Run[Any]) -> Hashable:
        last = run.last()
        spent = run.preemptions if self.bound is not None else 0
        return run.state(), last and last.name, spent
