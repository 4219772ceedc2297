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

from ...kernel.states import States
from ...kernel.tasks import CannotDecide, Task
from ..execution import Execution

DOES_NOT_REPEAT = (
    "The same schedule led elsewhere the second time: something in the manager is not the same in every run, such as a "
    "random number, an id() or the order of a set. Take what differs out, or give it a seed."
)


@dataclass(slots=True, eq=False)
class State:
    """A state, what follows from it, what its tasks know and do next, and how an execution that ends there came out."""

    next: list[State] = field(default_factory=list)
    known: tuple[int, ...] = ()
    points: tuple[tuple[str, str] | None, ...] = ()
    outcome: Hashable = None
    schedules: Counter[Hashable] | None = None


class DepthFirst:
    """See `Policy`.

    Args:
        bound: the most preemptions; None for any number.
        reduce: whether states are recognised.
        most: executions after which it gives up.
    """

    def __init__(self, bound: int | None = None, reduce: bool = True, most: int = 1_000_000) -> None:
        self.states = States() if reduce else None
        self.bound = bound
        self._most = most
        self._begun = 0
        self._root = State()
        self._reached: dict[object, State] = {}
        self._ways: list[tuple[int, int, tuple[str, ...], State | None]] = [(0, 0, (), None)]
        self._number = 0
        self._way: tuple[str, ...] = ()
        self._here: State | None = None

    def begin(self) -> bool:
        """While there are ways that were not gone."""
        if not self._ways or self._begun >= self._most:
            return False
        self._begun += 1
        _, _, self._way, self._here = heapq.heappop(self._ways)
        return True

    def lead(self, run: Execution) -> None:
        """Go the way to where it differs from all before. Only its last step is new, so only there is anything noted.

        Raises:
            CannotDecide: it does not lead where it led before.
        """
        if self._here is None:
            return
        *known, last = self._way
        run.world.runtime.states = None
        for name in known:
            run.step(_of_that_name(run, name))
        if self._here.points != _points(run):
            raise CannotDecide(DOES_NOT_REPEAT)
        run.world.runtime.states = self.states
        for task, local in zip(run.tasks, self._here.known, strict=True):
            task.local = local
        run.step(_of_that_name(run, last))

    def known(self, run: Execution) -> bool:
        """Enter the state that the execution is in."""
        key = self._key(run)
        state = self._reached.get(key)
        if new := state is None:
            state = self._reached[key] = State() if self._here is not None else self._root
        if self._here is not None:
            self._here.next.append(state)
        self._here = state
        if new:
            state.known = tuple([task.local for task in run.tasks])
            state.points = _points(run)
        return not new

    def choose(self, run: Execution, ready: Sequence[Task]) -> Task:
        """Go on with the same task, and note the others for later."""
        last = run.last()
        first = last or ready[0]
        cost = run.preemptions + (last is not None)
        for other in ready:
            if other is not first:
                self._note(cost, (*run.turns, other.name))
        return first

    def end(self, run: Execution, outcome: Hashable) -> None:  # noqa: ARG002
        """Keep how it came out."""
        assert self._here is not None
        self._here.outcome = outcome

    def exhausted(self) -> bool:
        """Whether nothing is left, within the bound if there is one."""
        return not self._ways

    def reached(self) -> int:
        """How many different states there were."""
        return len(self._reached)

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

    def _key(self, run: Execution) -> object:
        if self.states is None:
            return tuple(run.turns)
        last = run.last()
        spent = run.preemptions if self.bound is not None else 0
        return self.states.of(run), last and last.name, spent


def _of_that_name(run: Execution, name: str) -> Task:
    task = next((task for task in run.tasks if task.name == name and task.ready()), None)
    if task is None:
        raise CannotDecide(DOES_NOT_REPEAT)
    return task


def _points(run: Execution) -> tuple[tuple[str, str] | None, ...]:
    """Where each task stands. Not which lock it waits for, which is another in every execution, but its name."""
    return tuple([(point.kind, point.name) if (point := task.pending) else None for task in run.tasks])
