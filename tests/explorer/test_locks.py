"""Locks as models: who may hold one together, who waits, and what no order of waiting resolves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.search.execution import Execution
from session_manager.sync import Guarded
from tests.explorer.toys import TWO, Manager, toy

Hold = Callable[[Manager], AbstractContextManager[object]]


def hold(how: str) -> Hold:
    """The store's read or write lock, or a plain lock."""
    if how == "lock":
        return lambda manager: manager.plain  # type: ignore[attr-defined]
    return lambda manager: getattr(manager._state.store, how)()


class WithPlainLock(Manager):
    """The buggy manager, and a plain lock."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.plain: Guarded[list[int]] = self._runtime.lock("plain", [])


def holding(outer: str, inner: str | None) -> Callable[[Manager], int]:
    """An operation that takes one lock, and then sleeps or takes another lock."""

    def operation(self: Manager) -> int:
        with hold(outer)(self), hold(inner)(self) if inner else nullcontext():
            if inner is None:
                self._runtime.nap(1)
        return 0

    return operation


TOGETHER = {
    ("read", "read"): True,
    ("read", "write"): False,
    ("write", "read"): False,
    ("write", "write"): False,
    ("lock", "lock"): False,
    ("lock", "write"): True,  # of another lock
}
"""Whether the second lock can be acquired while another task holds the first."""


def test_readers_share_and_writers_exclude() -> None:
    """A task that cannot have a lock cannot be chosen until the lock is released."""
    ready = {}
    for first, second in TOGETHER:
        maker = toy(WithPlainLock, get_active_count=holding(first, None), get_cleanup_queue_size=holding(second, None))
        with Execution(scenario_of(TWO), subject_of(maker)) as run:
            task_a, task_b = run.tasks
            for task in (task_a, task_b, task_a):  # both begin, and A acquires its lock
                run.step(task)
            meanwhile = task_b.ready()
            run.step(task_a)
            ready[first, second] = meanwhile, task_a.done, task_b.ready()
    assert ready == {which: (together, True, True) for which, together in TOGETHER.items()}


def test_a_second_acquire_deadlocks_and_does_not_hang(explore: Explorer) -> None:
    """No lock is reentrant, and a second read waits behind a writer."""
    offenders = []
    for outer, inner in [("read", "read"), ("read", "write"), ("write", "read"), ("write", "write"), ("lock", "lock")]:
        maker = toy(WithPlainLock, get_active_count=holding(outer, inner))
        found = explore.must_find(["get_active_count", "delete_session s1"], maker, "deadlock")
        if found.ending.kind != "deadlock" or "A waits for A's" not in found.ending.anomalies[0].sentence:
            offenders.append((outer, inner))
    assert not offenders


def test_a_second_read_goes_on_where_no_task_writes(explore: Explorer) -> None:
    """A task that reads twice deadlocks only with a writer in between."""
    maker = toy(WithPlainLock, get_active_count=holding("read", "read"))
    assert {ending.kind for ending in explore(["get_active_count"] * 2, maker).outcomes} == {"finished"}


def nested(outer: str, inner: str) -> Callable[[Any], int]:
    """Reads the store inside another lock, or the other way round."""

    def operation(self: Any) -> int:
        locks = {"store": self._state.store.read(), "plain": self.plain}
        with locks[outer], locks[inner]:
            return 1

    return operation


def test_a_reader_that_waits_behind_a_writer_can_be_in_a_deadlock(explore: Explorer) -> None:
    """Two readers with a second lock deadlock only with a writer, in two orders."""
    crossed = toy(
        WithPlainLock, get_active_count=nested("store", "plain"), get_cleanup_queue_size=nested("plain", "store")
    )
    found = explore.must_find([*TWO, "delete_session s2"], crossed, "deadlock", sessions=("s1", "s2"))
    assert "waits behind a writer of the store" in found.ending.anomalies[0].sentence
    in_one_order = toy(WithPlainLock, get_active_count=nested("store", "plain"))
    all_read = [*TWO, "get_active_count"]
    with_a_writer = ["get_active_count", "get_active_count", "delete_session s1"]
    for program, maker in ((all_read, crossed), (with_a_writer, in_one_order)):
        assert {ending.kind for ending in explore(program, maker).outcomes} == {"finished"}
