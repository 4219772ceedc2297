"""Queues as models: subclasses with hooks that stop, the mutex, and what items are known by."""

from __future__ import annotations

from typing import Any

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives.locks import Lock
from racelab.explorer.primitives.modules import QUEUE
from racelab.explorer.primitives.queues import ITEMS_UNLOCKED, Queue
from racelab.explorer.primitives.simple_queue import SimpleQueue
from tests.explorer.primitives import stdlib_over_locks
from tests.explorer.primitives.exploring import Body, alone, endings, outcome


def slow_queues(of: Any) -> Any:
    """A queue whose hooks stop in the middle, as they may in a reader's code."""

    class Slow(of.Queue):  # type: ignore[misc]
        def _init(self, maxsize: int) -> None:
            self.queue: list[object] = []
            self.gate = Lock()

        def _put(self, item: object) -> None:
            had = list(self.queue)
            with self.gate:
                self.queue = [*had, item]

        def _get(self) -> object:
            first, *rest = self.queue
            with self.gate:
                self.queue = rest
            return first

        def _qsize(self) -> int:
            return len(self.queue)

    return Slow


@pytest.mark.parametrize("of", [QUEUE, stdlib_over_locks.QUEUE], ids=["model", "library"])
def test_hooks_that_stop_are_not_interrupted_by_another_operation(of: Any) -> None:
    """No item is lost or got twice, although a hook reads, stops and writes."""

    def make() -> list[Body]:
        line = slow_queues(of)()
        return [lambda: line.put(1), lambda: line.put(2), lambda: (line.get(), line.get())]

    assert {ending[2] for ending in endings(make)} == {(1, 2), (2, 1)}


def test_a_size_can_be_asked_in_the_middle_of_a_hook() -> None:
    """It waits for the mutex, as everything else does."""

    def make() -> list[Body]:
        line = slow_queues(QUEUE)()
        return [lambda: line.put(1), lambda: (line.qsize(), line.empty(), line.qsize())]

    assert {ending[1] for ending in endings(make)} == {(0, True, 0), (0, True, 1), (0, False, 1), (1, False, 1)}


def test_the_mutex_of_a_queue_keeps_others_away() -> None:
    """Whoever holds it can empty the queue at one instant."""

    def make(locked: bool) -> Any:
        def bodies() -> list[Body]:
            line = Queue()

            def drain() -> int:
                line.put(1)
                with line.mutex if locked else Lock():
                    before = len(line.queue)
                    with Lock():
                        line.queue.clear()
                    return before

            def put() -> int:
                line.put(2)
                return line.qsize()

            return [drain, put]

        return bodies

    assert (2, 0) in endings(make(locked=True))
    assert (1, 0) not in endings(make(locked=True))
    places = Places()
    assert (1, 0) in endings(make(locked=False), places)
    assert places.gaps[ITEMS_UNLOCKED]


def test_a_try_of_the_mutex_is_not_modelled() -> None:
    """It would find the mutex held in the middle of a step."""
    with pytest.raises(CannotDecide, match="that does not wait for it"):
        alone(lambda: Queue().mutex.acquire(False))
    with pytest.raises(CannotDecide, match="that does not wait for it"):
        alone(lambda: (Queue().mutex.locked(), None))


def test_a_comparison_that_stops_is_not_interrupted() -> None:
    """A heap whose items compare with a stop in between stays a heap."""

    class Item:
        def __init__(self, rank: int, gate: Lock) -> None:
            self.rank, self.gate = rank, gate

        def __lt__(self, other: Item) -> bool:
            with self.gate:
                return self.rank < other.rank

    def make(of: Any) -> Any:
        def bodies() -> list[Body]:
            line, gate = of.PriorityQueue(), Lock()
            line.put(Item(5, gate))

            def last() -> tuple[int, ...]:
                return tuple([line.get().rank for _ in range(3)])

            return [lambda: line.put(Item(3, gate)), lambda: line.put(Item(4, gate)), last]

        return bodies

    of_model = set(endings(make(QUEUE)))
    assert of_model == set(endings(make(stdlib_over_locks.QUEUE)))
    assert {sum(ending[2]) for ending in of_model} == {12}


def test_an_item_that_cannot_be_compared_stays_in_the_heap() -> None:
    """As in the real one: the error comes after the item was appended."""

    def body(of: Any) -> tuple[str, int, str]:
        line = of.PriorityQueue()
        line.put(1)
        said = outcome(lambda: line.put("x"))
        return said, line.qsize(), outcome(line.task_done)

    model = alone(lambda: body(QUEUE))
    assert model == alone(lambda: body(stdlib_over_locks.QUEUE))
    assert isinstance(model, tuple)
    assert model[1] == 2


@pytest.mark.parametrize("kind", [Queue, SimpleQueue])
def test_what_waits_in_a_queue_is_part_of_the_state(kind: Any) -> None:
    """Two orders of putting are two states; plain items that are equal are one."""

    def different(*items: object) -> int:
        def make() -> list[Body]:
            line = kind()
            return [lambda: line.put(items[0]), lambda: line.put(items[1]), lambda: (line.get(), line.get())]

        return len(endings(make, merge=True))

    assert different(1, 2) == 2
    assert different(1, 1) == 1


def test_a_task_knows_what_it_got() -> None:
    """Two prefixes in which a task got different items are not one state."""

    def make() -> list[Body]:
        line = SimpleQueue()

        def get() -> object:
            first = line.get()
            line.get()
            with Lock():
                return repr(first)

        return [lambda: line.put(0), lambda: line.put(False), get]

    assert {ending[2] for ending in endings(make, merge=True)} == {"0", "False"}
