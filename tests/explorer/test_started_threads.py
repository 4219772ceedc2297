"""Threads that a manager starts itself: tasks like any other, so a race in one of them is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search.execution import Execution
from session_manager.fixes.lost_update import OneWriteLock
from session_manager.sync import Guarded
from tests.explorer.brute import Tally
from tests.explorer.toys import INCREMENTS, Manager, toy

Wait = Callable[[Any, Any], None]
"""What is done with a worker and with the signal that it sets at its end."""
SAVE_THEN_COUNT = ["update_session s1 theme dark; increment_access s1"]


def by_a_worker(wait: Wait, base: type[Manager] = Manager) -> Maker:
    """A manager that leaves each change to a thread of its own."""

    def through(self: Manager, change: Callable[..., object], *arguments: str) -> object:
        answers: Guarded[list[object]] = self._runtime.lock("answer", [])
        ended = self._runtime.signal()

        def work() -> None:
            answer = change(self, *arguments)
            with answers as told:
                told.append(answer)
            ended.set()

        wait(self._runtime.start("worker", work), ended)
        with answers as told:
            return told[0] if told else None

    return toy(
        base,
        increment_access=lambda self, name: through(self, base.increment_access, name),
        update_session=lambda self, *arguments: through(self, base.update_session, *arguments),
    )


def joins(worker: Any, _ended: Any) -> None:
    """Until the worker has ended."""
    worker.join()


def awaits(_worker: Any, ended: Any) -> None:
    """Until the worker says so."""
    ended.wait()


def is_patient(_worker: Any, ended: Any) -> None:
    """For a while."""
    ended.wait(timeout=1)


def goes_on(_worker: Any, _ended: Any) -> None:
    """Not at all."""


def test_a_race_between_threads_that_two_visitors_start_is_found(explore: Explorer) -> None:
    """A race between two visitors' worker threads is found, and a lock prevents it."""
    for wait in (joins, awaits):
        found = explore.must_find(INCREMENTS, by_a_worker(wait), "lost-update", bound=1, reduce=True)
        assert {"C", "D"} <= {turn[0] for turn in found.schedule.split()}, wait
        explore.must_survive(INCREMENTS, by_a_worker(wait, OneWriteLock), bound=1, reduce=True)


def test_a_race_with_a_thread_that_is_not_waited_for_is_found(explore: Explorer) -> None:
    """A visitor races with its own worker unless it waits without a timeout."""
    for wait in (goes_on, is_patient):
        explore.must_find(SAVE_THEN_COUNT, by_a_worker(wait), bound=1, reduce=True)
    explore.must_survive(SAVE_THEN_COUNT, by_a_worker(joins), reduce=True)


def save(self: Manager, name: str, count: int) -> None:
    """What the other thread does."""
    self._database.save_access(name, count, self._runtime.now())


def numbered(self: Manager, name: str) -> int:
    """Counts in this thread, and leaves the saving to another one."""
    with self._state.store.write() as sessions:
        sessions[name].data.access_count += 1
        count = sessions[name].data.access_count
    self._runtime.start("saver", lambda: save(self, name, count))
    return count


def saved(self: Manager, name: str) -> int:
    """The same, and waits for it with the lock in its hand."""
    with self._state.store.write() as sessions:
        sessions[name].data.access_count += 1
        count = sessions[name].data.access_count
        self._runtime.start("saver", lambda: save(self, name, count)).join()
    return count


def test_threads_that_save_in_the_wrong_order_are_found(explore: Explorer) -> None:
    """Write-behind in threads leaves memory and row different, and a join does not."""
    explore.must_find(INCREMENTS, toy(increment_access=numbered), "memory-and-row-differ", reduce=True)
    explore.must_survive(INCREMENTS, toy(increment_access=saved), reduce=True)


def test_when_a_thread_ends_no_other_task_takes_a_step(explore: Explorer) -> None:
    """A task that joins a thread is ready when that ends, and has not gone on."""
    trace = explore.replay(INCREMENTS, by_a_worker(joins), "A2 B2 C7 D7", to_the_end=False)
    assert not trace.diverged
    standing = {each.task: each for each in trace.standing}
    assert [standing[name].done for name in "ABCD"] == [False, False, True, True]
    assert standing["A"].ready
    assert standing["B"].ready
    assert trace.schedule == "A2 B2 C7 D7"


def is_alive(self: Manager, *session: str) -> object:
    """Each visitor asks whether its own thread runs; they are named in the order of starting."""
    return self._runtime.start("worker", lambda: None).is_alive()


def is_alive_twice(self: Manager) -> int:
    """At once, and once more later; the answer is how often it was, and is given after others had their turn."""
    helper = self._runtime.start("helper", lambda: self._runtime.nap(1))
    at_once = helper.is_alive()
    self._runtime.nap(1)
    later = helper.is_alive()
    self._runtime.nap(1)
    self._runtime.nap(1)
    return at_once + later


def waits_with_a_timeout(self: Any) -> int:
    """Some time after it was called; and keeps for later whether it had been set by then."""
    self._runtime.nap(1)
    was_set = self.go.wait(timeout=1)
    self._runtime.nap(1)
    self._runtime.nap(1)
    return int(was_set)


def by_every_search(explore: Explorer, program: list[str], maker: Maker) -> set[object]:
    """The first visitor's answers, which are the same in every search; and as many schedules have each."""
    every = Tally.of(scenario_of(program), maker).outcomes
    assert explore(program, maker, reduce=False).outcomes == every
    assert explore(program, maker, reduce=True).outcomes == every
    return {outcome.answers[0][1] for outcome in every}


def test_states_with_such_threads_are_told_apart(explore: Explorer) -> None:
    """With a thread that is waited for or not, every search has the same outcomes."""
    for wait in (joins, awaits, is_patient, goes_on):
        assert by_every_search(explore, ["increment_access s1"], by_a_worker(wait)), wait


def test_a_thread_may_end_before_it_is_asked_whether_it_is_alive(explore: Explorer) -> None:
    """A thread may have ended at once, later, or not yet; all three are kept apart."""
    assert by_every_search(explore, ["get_active_count"], toy(get_active_count=is_alive_twice)) == {0, 1, 2}


def test_what_was_seen_of_a_signal_is_part_of_the_state(explore: Explorer) -> None:
    """A wait that timed out and one that was answered are kept apart."""
    maker = toy(_WithSignal, get_active_count=waits_with_a_timeout, get_stats=lambda self: self.go.set())
    assert by_every_search(explore, ["get_active_count", "get_stats"], maker) == {0, 1}


def test_which_task_started_which_thread_is_part_of_the_state(explore: Explorer) -> None:
    """Threads are named in the order of starting, and are told apart all the same."""
    maker = toy(get_active_count=is_alive, revoke_session=is_alive)
    assert len(by_every_search(explore, ["get_active_count", "revoke_session s1"], maker)) == 2


class WithCleanup(Manager):
    """The buggy manager with a thread for cleanup, as an application would have it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._runtime.start("cleanup", self._clean_up)

    def _clean_up(self) -> None:
        self.run_cleanup()


def test_a_thread_that_was_started_with_the_manager_is_one_more_task(explore: Explorer) -> None:
    """A thread that the manager starts when it is made comes after the visitors."""
    maker = toy(WithCleanup)
    more: dict[str, Any] = {"sessions": ("s1", "c2"), "closed": ("c2",)}
    with Execution(scenario_of(INCREMENTS, **more), subject_of(maker)) as run:
        assert [task.name for task in run.tasks] == ["A", "B", "C"]
        assert run.tasks[2].calls[0].method not in {"run_cleanup", "increment_access"}
    found = explore.must_find(INCREMENTS, maker, "lost-update", bound=1, reduce=True, **more)
    assert found.schedule.split()[:3] == ["A2", "B4", "A2"]
    every = Tally.of(scenario_of(INCREMENTS, **more), maker, bound=1)
    assert explore(INCREMENTS, maker, bound=1, reduce=True, **more).outcomes == every.outcomes


def test_a_signal_that_is_never_set_is_a_deadlock(explore: Explorer) -> None:
    """A wait for a signal deadlocks if it is never set, and else goes on at any time."""
    stuck = toy(get_active_count=lambda self: self._runtime.signal().wait())
    found = explore.must_find(["get_active_count"], stuck, "deadlock")
    assert "a signal that is never set" in found.ending.anomalies[0].sentence
    with_signal = toy(_WithSignal, get_active_count=_waits_twice, get_stats=lambda self: self.go.set())
    assert {ending.kind for ending in explore(["get_active_count", "get_stats"], with_signal).outcomes} == {"finished"}


def test_no_fault_strikes_where_a_real_signal_has_none(explore: Explorer) -> None:
    """A fault strikes at no signal, because setting and waiting release no lock."""
    maker = toy(_WithSignal, get_active_count=_waits_twice, get_stats=lambda self: self.go.set())
    endings = explore(["get_active_count", "fault; get_stats"], maker).outcomes
    assert endings
    assert not any("unknown" in repr(ending.answers) for ending in endings)


class _WithSignal(Manager):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.go = self._runtime.signal()


def _waits_twice(self: Any) -> int:
    assert self.go.wait()
    assert self.go.wait()
    return 1


def may_be_alive(self: Manager) -> int:
    """Whether a thread that has done all it had to do still runs."""
    done = self._runtime.signal()
    thread = self._runtime.start("worker", done.set)
    done.wait()
    return int(thread.is_alive())


def test_a_thread_that_has_done_its_work_may_still_be_alive(explore: Explorer) -> None:
    """A thread is alive between its last step and its end, as a real one."""
    assert by_every_search(explore, ["get_active_count"], toy(get_active_count=may_be_alive)) == {0, 1}


def test_a_thread_may_have_any_name(explore: Explorer) -> None:
    """A thread that is named like an operation is no client's call."""

    def starting(name: str) -> Maker:
        def starts(self: Manager) -> int:
            self._runtime.start(name, lambda: self._runtime.nap(1)).join()
            return Manager.get_active_count(self)

        return toy(get_active_count=starts)

    names = "get_stats", "run_cleanup", "delete_session", "clear", "write_elsewhere"
    assert not [name for name in names if explore(["get_active_count"], starting(name)).verdict != "none"]


def test_a_thread_in_the_background_that_is_never_stopped_is_no_deadlock(explore: Explorer) -> None:
    """A background thread that waits for ever is a deadlock only if it is joined."""

    class InTheBackground(_WithSignal):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.thread = self._runtime.start("background", self._until_told)

        def _until_told(self) -> None:
            self.go.wait()

    explore.must_survive(["get_active_count"], toy(InTheBackground))
    explore.must_find(["get_stats"], toy(InTheBackground, get_stats=lambda self: self.thread.join()), "deadlock")


def test_more_threads_than_letters_cannot_be_told(explore: Explorer) -> None:
    """More threads than there are names cannot be decided, and are no crash."""

    def starts_many(self: Manager) -> int:
        for _ in range(30):
            self._runtime.start("one of many", lambda: None).join()
        return 1

    findings = explore(["get_active_count"], toy(get_active_count=starts_many))
    assert findings.verdict == "cannot tell"
    assert "more than 26 tasks" in findings.unsure
