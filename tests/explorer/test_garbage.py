"""What is garbage before an exploration, or becomes garbage in it, ends between two executions and never in a step."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.garbage import COLLECT_EVERY, without_collecting
from racelab.explorer.kernel.guard import modelled_only
from racelab.explorer.search.policies import RandomWalk
from tests.explorer.toys import TWO, Manager, made_by


@pytest.fixture(autouse=True)
def late() -> Iterator[None]:
    """Python looks for no garbage until a step wants it to."""
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(1_000_000)
    yield
    gc.set_threshold(*before)


class Node:
    """Refers to itself, so that only the collector ends it."""

    def __init__(self) -> None:
        self.me = self


class Makes(Manager):
    """Makes much of that kind in its step, and has Python look for it at once."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._table = self._runtime.lock("table", {"x": 0})

    def get_active_count(self) -> int:
        with self._table as table:
            gc.set_threshold(1, 1, 1)
            for _ in range(3):
                Node()
            table["x"] += 1
        return 1


class Leaves(Manager):
    """Leaves one of that kind in its step."""

    def get_active_count(self) -> int:
        Node()
        return 1


class TakesIts(Manager):
    """Takes a real lock in its step."""

    def get_active_count(self) -> int:
        lock = threading.RLock()
        with lock:
            return 1


def dropped(said: list[str]) -> None:
    """Garbage of somebody else, whose end takes a real lock."""
    lock = threading.RLock()

    def end() -> None:
        with lock:
            said.append(threading.current_thread().name)

    weakref.finalize(Node(), end)


def test_what_somebody_else_has_dropped_does_not_end_in_a_step(explore: Explorer) -> None:
    """Its end takes a real lock: that is no part of the manager, and no reason to decide nothing."""
    said: list[str] = []
    for _ in range(5):
        dropped(said)
    found = explore(TWO, made_by(Makes))
    assert found.exhausted, found.unsure
    gc.collect()
    assert len(said) == 5


def test_a_real_lock_of_the_manager_is_refused_all_the_same(explore: Explorer) -> None:
    """What is not garbage is looked at as before."""
    found = explore(TWO, made_by(TakesIts))
    assert not found.exhausted
    assert "is real" in found.unsure


def test_what_a_long_exploration_leaves_ends_before_it_does(explore: Explorer) -> None:
    """Between executions: otherwise its memory would grow until it ends."""
    found = explore(TWO, made_by(Leaves), policy=RandomWalk(7, 4 * COLLECT_EVERY - 1))
    assert found.executions == 4 * COLLECT_EVERY - 1, found.unsure
    left = sum(type(each) is Node for each in gc.get_objects())
    assert left < 2 * COLLECT_EVERY


def test_what_is_dropped_between_many_explorations_ends_in_time() -> None:
    """A server that only replays does not grow: each time, what was young is old, and Python looks at the young."""
    said: list[str] = []
    number = 2 * COLLECT_EVERY
    for _ in range(number):
        dropped(said)
        with modelled_only():
            pass
    assert number - len(said) <= COLLECT_EVERY


def test_one_of_two_threads_that_ends_first_lets_nothing_be_collected() -> None:
    """The collector is one for the process: it goes on when the last exploration has ended."""
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    begun, goes_on = threading.Event(), threading.Event()

    def other() -> None:
        with without_collecting():
            begun.set()
            goes_on.wait(10)

    thread = threading.Thread(target=other)
    with without_collecting():
        thread.start()
        begun.wait(10)
    assert not gc.isenabled()
    goes_on.set()
    thread.join()
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, frozen)
