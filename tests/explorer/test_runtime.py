"""What is modelled, and how: points, locks, ids, faults and the clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from racelab.catalogue.variants import subject_of
from racelab.explorer.kernel.runtime import MIDNIGHT
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.kernel.states import canonical
from racelab.explorer.pytest_plugin import Explorer, scenario_of
from racelab.explorer.search.execution import Execution
from session_manager import fixed
from session_manager.model import Census, RowChangedElsewhere, SessionError, SessionNotFound
from session_manager.sync import Guarded
from tests.explorer.brute import Tally, every_schedule
from tests.explorer.toys import INCREMENTS, TWO, Manager, alone, answers, toy

READ, WRITE, ASK, CALL = "read store", "write store", "database database", "call"
CLEANUP = {"sessions": ("s1", "odd", "c2"), "closed": ("odd", "c2")}
POINTS = {
    "create_session user-ann ann": (
        ["look queue", "look store", "look stats", ASK, WRITE, "write stats"],
        [CALL, "look tables", ASK, "lock tables"],
    ),
    "get_session s1": ([READ, "write stats", READ], [CALL, "look session", "lock session", "lock cache statistics"]),
    "update_session s1 theme dark": ([READ, WRITE, ASK], [CALL, "lock session", ASK]),
    "increment_access s1": ([READ, WRITE, ASK], [CALL, "lock session", ASK]),
    "revoke_session s1": ([READ, WRITE, ASK], [CALL, "lock session", ASK]),
    "delete_session s1": ([WRITE, "write stats", "write queue"], [CALL, "lock session", ASK, "lock tables"]),
    "refresh_from_database s1": (
        [READ, ASK, "sleep 0.01 s", WRITE],
        [CALL, "look session", ASK, "sleep 0.01 s", "lock session"],
    ),
    "run_cleanup": (
        ["read queue", ASK, "write stats", ASK, "write queue"],
        [CALL, "lock tables", ASK, "lock tables", ASK, "lock tables"],
    ),
    "get_stats": (["read stats"], [CALL, "lock tables", "lock cache statistics"]),
    "get_active_count": ([READ], [CALL, "lock tables"]),
    "get_cleanup_queue_size": (["read queue"], [CALL, "lock tables"]),
}
"""Before what each operation stops, on buggy and on fixed. Of the two closed sessions one can be removed."""


@pytest.mark.parametrize("task", POINTS)
def test_a_point_stands_before_every_acquire_sleep_database_call_and_look(task: str) -> None:
    """And nowhere else. The fixed manager looks up sessions without a lock, so it also stops before it begins."""
    assert (alone("buggy", task, **CLEANUP), alone("fixed", task, **CLEANUP)) == POINTS[task]


def checks_then_looks(self: Manager, session_id: str) -> object:
    """Two looks without a lock, in between of which the session may go."""
    if session_id not in self._state.store.peek():
        raise SessionNotFound(session_id)
    return self._state.store.peek()[session_id].data.copy()


def looks_once(self: Manager, session_id: str) -> object:
    """The same with one look."""
    cached = self._state.store.peek().get(session_id)
    if cached is None:
        raise SessionNotFound(session_id)
    return cached.data.copy()


def test_others_may_come_between_two_looks(explore: Explorer) -> None:
    """Check-then-act without any lock is the oldest race there is."""
    program = ["get_session s1", "delete_session s1"]
    found = explore.must_find(program, toy(get_session=checks_then_looks), "crash")
    assert "KeyError" in found.ending.anomalies[0].sentence
    explore.must_survive(program, toy(get_session=looks_once))


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
    """An operation that takes one lock, and then a nap or another lock."""

    def operation(self: Manager) -> int:
        with hold(outer)(self), hold(inner)(self) if inner else nullcontext():
            if inner is None:
                self._runtime.nap(1)
        return 0

    return operation


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("read", "read", True),
        ("read", "write", False),
        ("write", "read", False),
        ("write", "write", False),
        ("lock", "lock", False),
        ("lock", "write", True),
    ],
)
def test_readers_share_and_writers_exclude(first: str, second: str, together: bool) -> None:
    """Whoever cannot have a lock cannot be chosen, and gets it when it is free."""
    maker = toy(WithPlainLock, get_active_count=holding(first, None), get_cleanup_queue_size=holding(second, None))
    with Execution(scenario_of(TWO), subject_of(maker)) as run:
        task_a, task_b = run.tasks
        for task in (task_a, task_b, task_a):  # both begin, and A takes its lock
            run.step(task)
        assert task_b.ready() is together
        run.step(task_a)
        assert task_a.done
        assert task_b.ready()


@pytest.mark.parametrize(
    ("outer", "inner"), [("read", "read"), ("read", "write"), ("write", "read"), ("write", "write"), ("lock", "lock")]
)
def test_who_takes_a_lock_twice_is_in_a_deadlock_and_does_not_hang(explore: Explorer, outer: str, inner: str) -> None:
    """No lock of the seam is re-entrant; a second read waits for a writer who waits for the first."""
    maker = toy(WithPlainLock, get_active_count=holding(outer, inner))
    found = explore.must_find(["get_active_count", "delete_session s1"], maker, "deadlock")
    assert found.ending.kind == "deadlock"
    assert "A waits for A's" in found.ending.anomalies[0].sentence


def test_who_reads_twice_where_nobody_writes_goes_on(explore: Explorer) -> None:
    """Readers share, also with themselves: it is the writer in between who makes a deadlock of it."""
    maker = toy(WithPlainLock, get_active_count=holding("read", "read"))
    assert {ending.kind for ending in explore(["get_active_count"] * 2, maker).outcomes} == {"finished"}


def nested(outer: str, inner: str) -> Callable[[Any], int]:
    """Reads the store inside another lock, or the other way round."""

    def operation(self: Any) -> int:
        locks = {"store": self._state.store.read(), "plain": self.plain}
        with locks[outer], locks[inner]:
            return 1

    return operation


def test_a_reader_who_waits_behind_a_writer_can_be_in_a_deadlock(explore: Explorer) -> None:
    """The real lock lets waiting writers go first. Without a writer the same two visitors never meet."""
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


def leaves(self: Manager) -> int:
    """Ends the program, as a manager should not."""
    raise SystemExit


def test_a_manager_that_wants_to_leave_has_crashed(explore: Explorer) -> None:
    """And nobody leaves."""
    found = explore.must_find(TWO, toy(get_active_count=leaves), "crash")
    assert "SystemExit" in found.ending.anomalies[0].sentence


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_ids_and_lock_labels_do_not_depend_on_the_schedule(variant: str) -> None:
    """Whoever runs first: or a schedule could not be read aloud, and states could not be compared."""
    scenario = scenario_of(["create_session user-ann ann"] * 2)
    seen = set()
    for ran in every_schedule(scenario, variant, bound=2):
        with Execution(scenario, subject_of(variant)) as run:
            for name in ran.turns:
                run.step(run.tasks["AB".index(name)])
            ids = tuple(task.calls[0].value for task in run.tasks)
            seen.add((ids, frozenset(lock.label for lock in run.world.stage.locks)))
    ((ids, labels),) = seen
    assert ids == ("new-a1", "new-b1")
    assert len(labels) == len(run.world.stage.locks)


@pytest.mark.parametrize(
    ("variant", "task", "schedule", "answer"),
    [
        ("buggy", "increment_access s1", "B1 A1", "InjectedFault"),
        ("buggy", "increment_access s1", "A1 B1 A1", "InjectedFault"),
        ("buggy", "increment_access s1", "A2 B1 A1", 1),  # only the database is left to be asked
        ("fixed", "increment_access s1", "B2 A3", "InjectedFault"),  # the database is asked while the lock is held
        ("buggy", "get_stats; get_stats", "B1 A2", "InjectedFault"),
    ],
)
def test_a_fault_strikes_at_the_next_release_and_never_in_the_database(
    variant: str, task: str, schedule: str, answer: object
) -> None:
    """Once, and only where a manager gives back a lock of its own."""
    assert answers(variant, task, "fault", schedule=schedule)[0] == answer


def test_a_fault_strikes_once() -> None:
    """The second of two operations is not hurt."""
    first, second, _ = answers("buggy", "get_active_count; get_active_count", "fault", schedule="B1 A2")
    assert (first, second) == ("InjectedFault", 1)


def refuses(self: Manager) -> None:
    """Because of an error under a lock."""
    with self._state.store.write():
        raise SessionNotFound("nobody")


def test_a_fault_does_not_replace_an_error_on_its_way_out() -> None:
    """It strikes at the next release that is a good one."""
    program, maker = "get_active_count; get_stats", toy(get_active_count=refuses)
    assert answers(maker, program, "fault", schedule="B2 A4")[:2] == ["SessionNotFound", "InjectedFault"]


def asks(manager: Manager, times: int = 1) -> None:
    """Calls of the database."""
    for _ in range(times):
        manager._database.count()


def asks_around_an_inner_lock(self: Manager) -> object:
    """Twice while one lock is held, and another is taken and given back in between."""
    with self._state.store.write():
        asks(self)
        with self._state.stats.write():
            pass
        asks(self)
        self._runtime.nap(1)
    return Manager.get_stats(self)


def asks_before_it_takes_the_lock(self: Manager) -> object:
    """As often as it likes; once while the lock is held."""
    asks(self, times=3)
    with self._state.store.write():
        asks(self)
        self._runtime.nap(1)
    return Manager.get_stats(self)


def test_who_asks_twice_under_one_lock_makes_others_wait(explore: Explorer) -> None:
    """What is asked before the first lock is taken holds nobody up."""
    program, watch = ["get_stats", "get_active_count"], ("delete-waits",)
    explore.must_find(program, toy(get_stats=asks_around_an_inner_lock), "delete-waits", watch=watch)
    explore.must_survive(program, toy(get_stats=asks_before_it_takes_the_lock), watch=watch)


class LosesAnswers(SessionError):
    """The database may have done it or not."""

    definite = False


def test_a_change_may_be_refused_as_outdated_where_an_outcome_is_unknown(explore: Explorer) -> None:
    """The other change may have reached the row. Where there is no other change, nobody can have outdated it."""

    def loses(self: Manager, session_id: str) -> None:
        raise LosesAnswers(session_id)

    def refuses_change(self: Manager, session_id: str) -> None:
        raise RowChangedElsewhere(session_id)

    maker = toy(increment_access=loses, revoke_session=refuses_change)
    found = explore(["increment_access s1", "revoke_session s1"], maker)
    assert set(found.witnesses) == {"unknown-outcome"}
    explore.must_find(["revoke_session s1"], maker, "refused-for-nothing")


@pytest.mark.parametrize(
    ("variant", "tasks"),
    [
        ("buggy", ("get_session s1", "get_session s2", "fault")),
        ("buggy", ("delete_session s1", "delete_session s2", "fault")),
        ("buggy", ("increment_access s1", "revoke_session s1", "fault")),
        ("fixed", ("get_stats", "increment_access s1", "fault")),
    ],
)
def test_whom_a_fault_struck_is_part_of_the_state(explore: Explorer, variant: str, tasks: tuple[str, ...]) -> None:
    """Two states that differ in nothing else are not taken for one."""
    more: dict[str, Any] = {"sessions": ("s1", "s2")}
    assert explore(tasks, variant, **more).outcomes == Tally.of(scenario_of(tasks, **more), variant).outcomes


@pytest.mark.parametrize("does", ["revoke_session s1", "increment_access s1; increment_access s1"])
def test_what_an_operation_promises_counts_even_if_it_does_nothing(explore: Explorer, does: str) -> None:
    """It stops nowhere, so it is over before the first step; it was answered all the same."""
    idle = toy(revoke_session=lambda self, name: None, increment_access=lambda self, name: 1)
    explore.must_find([does], idle)


def two_times(self: Manager) -> object:
    """Both clocks, before and after a long nap."""
    before = self._runtime.monotonic(), self._runtime.now()
    self._runtime.nap(3600)
    after = self._runtime.monotonic(), self._runtime.now()
    assert before[0] == after[0]  # it never steps back, and it stands still
    return before == after


def test_the_clock_stands_still_unless_the_scenario_moves_it() -> None:
    """However long somebody naps: when others run is the schedule's business."""
    maker = toy(get_active_count=two_times)
    assert answers(maker, "get_active_count", "increment_access s1", schedule="A2 B4") == [True, 1]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="A4 B2") == [True, None]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="A3 B2 A1") == [False, None]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="B2 A4") == [True, None]


def test_a_clock_that_moves_may_do_so_between_two_readings(explore: Explorer) -> None:
    """Also where a task does nothing else in between."""
    compares = toy(get_active_count=lambda self: self._runtime.now() == self._runtime.now())
    endings = explore(["get_active_count", "clock_steps_back 60"], compares).outcomes
    assert {str(ending.answers[0]) for ending in endings} == {repr(("ok", canonical(one))) for one in (True, False)}


def test_a_clock_that_moves_may_do_so_between_a_release_and_a_reading(explore: Explorer) -> None:
    """Who has seen a value under its lock and looks at the clock then may see the old one and the new time."""

    def looks(self: Manager) -> int:
        with self._state.store.read() as sessions:
            before = sessions["s1"].data.access_count == 0
        return int(before and self._runtime.now() < MIDNIGHT)

    endings = explore(
        ["get_active_count", "increment_access s1; clock_steps_back 60"], toy(get_active_count=looks)
    ).outcomes
    assert {ending.answers[0] for ending in endings} == {("ok", 0), ("ok", 1)}


class LiveCensus(fixed.SessionManager):
    """Its census hands out the sessions themselves, and no copies."""

    def census(self) -> Census:
        tables = self._tables.peek()
        sessions = {name: held.peek().data for name, held in list(tables.sessions.items())}
        return replace(super().census(), sessions=sessions)


@pytest.mark.parametrize("scenario", ["lost-increment", "update-and-increment"])
def test_the_beginning_is_what_was_there_then(explore: Explorer, scenario: str) -> None:
    """Also of a manager that hands out what it goes on to change."""
    explore.must_survive(scenario, LiveCensus)


ANSWER = type("TimeoutError", (SessionError,), {"definite": False})
"""An answer that a caller expects. Its name is that of an error which nobody does."""


def meets(self: Manager) -> None:
    """Ends with the one error if it meets the other visitor, and else with the other."""
    self._runtime.nap(1)
    with self._state.store.write() as sessions:
        first = "met" not in sessions
        sessions["met"] = sessions["s1"]
    with self._state.store.write() as sessions:
        sessions.pop("met", None)
    raise ANSWER() if first else TimeoutError


def test_a_crash_is_not_taken_for_a_refusal_of_the_same_name(explore: Explorer) -> None:
    """Each schedule is judged as it would be alone."""
    maker, program = toy(get_active_count=meets, get_cleanup_queue_size=meets), scenario_of(TWO)
    found = explore(TWO, maker)
    assert found.losing == sum(bool(ran.ending.names) for ran in every_schedule(program, maker)) > 0


def test_a_step_is_taken_as_often_as_the_schedule_says() -> None:
    """Nothing runs that was not chosen: after each step everybody else stands where they stood."""
    with Execution(scenario_of(INCREMENTS), subject_of("buggy")) as run:
        for name in parse("A1 B2 A2 B1"):
            others = [(task.name, task.pending) for task in run.tasks if task.name != name]
            run.step(run.tasks["AB".index(name)])
            assert [(task.name, task.pending) for task in run.tasks if task.name != name] == others
        assert run.finished()
