"""What is modelled, and how: points, ids, faults and the clock."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.locks import ModelledLock
from racelab.explorer.kernel.runtime import MIDNIGHT
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.kernel.states import canonical
from racelab.explorer.search.execution import Execution
from racelab.explorer.search.policies import DepthFirst
from session_manager import fixed
from session_manager.model import Census, RowChangedElsewhere, SessionError, SessionNotFound
from tests.explorer.brute import every_schedule
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


def test_a_point_stands_before_every_acquire_sleep_database_call_and_read_without_a_lock() -> None:
    """Points stand there and nowhere else; an operation of `fixed` begins with one."""
    # The fixed manager reads its sessions without a lock.
    assert {task: (alone("buggy", task, **CLEANUP), alone("fixed", task, **CLEANUP)) for task in POINTS} == POINTS


def checks_then_reads(self: Manager, session_id: str) -> object:
    """Two unsynchronized reads, between which the session may go."""
    if session_id not in self._state.store.peek():
        raise SessionNotFound(session_id)
    return self._state.store.peek()[session_id].data.copy()


def reads_once(self: Manager, session_id: str) -> object:
    """The same with one read."""
    cached = self._state.store.peek().get(session_id)
    if cached is None:
        raise SessionNotFound(session_id)
    return cached.data.copy()


def test_other_tasks_may_run_between_two_unsynchronized_reads(explore: Explorer) -> None:
    """Check-then-act without a lock crashes, and a single read survives."""
    program = ["get_session s1", "delete_session s1"]
    found = explore.must_find(program, toy(get_session=checks_then_reads), "crash")
    assert "KeyError" in found.ending.anomalies[0].sentence
    explore.must_survive(program, toy(get_session=reads_once))


def leaves(self: Manager) -> int:
    """Ends the program, as a manager should not."""
    raise SystemExit


def test_a_manager_that_exits_has_crashed(explore: Explorer) -> None:
    """An operation that raises SystemExit is a crash, and the exploration goes on."""
    found = explore.must_find(TWO, toy(get_active_count=leaves), "crash")
    assert "SystemExit" in found.ending.anomalies[0].sentence


def test_ids_and_lock_labels_do_not_depend_on_the_schedule() -> None:
    """Every schedule gives the same ids and the same labels of locks."""
    scenario = scenario_of(["create_session user-ann ann"] * 2)
    for variant in ("buggy", "fixed"):
        seen = set()
        for ran in every_schedule(scenario, variant, bound=2):
            with Execution(scenario, subject_of(variant)) as run:
                for name in ran.turns:
                    run.step(run.tasks["AB".index(name)])
                labels = frozenset(lock.label for lock in run.world.values.locks)
                seen.add((labels, len(run.world.values.locks), *(task.calls[0].value for task in run.tasks)))
        assert seen == {(labels, len(labels), "new-a1", "new-b1")}, variant


STRUCK: list[tuple[str, str, str, object]] = [
    ("buggy", "increment_access s1", "B1 A1", "InjectedFault"),
    ("buggy", "increment_access s1", "A1 B1 A1", "InjectedFault"),
    ("buggy", "increment_access s1", "A2 B1 A1", 1),  # only the database is left to be asked
    ("fixed", "increment_access s1", "B2 A3", "InjectedFault"),  # the database is asked while the lock is held
    ("buggy", "get_stats; get_stats", "B1 A2", "InjectedFault"),
]


def test_a_fault_strikes_at_the_next_release_and_never_in_the_database() -> None:
    """A fault strikes where a manager next releases a lock of its own."""
    told = [(*which, answers(which[0], which[1], "fault", schedule=which[2])[0]) for which in STRUCK]
    assert not [which for *which, expected, answer in told if answer != expected]


def test_a_fault_strikes_once() -> None:
    """A fault that has struck leaves the next operation alone."""
    first, second, _ = answers("buggy", "get_active_count; get_active_count", "fault", schedule="B1 A2")
    assert (first, second) == ("InjectedFault", 1)


def refuses(self: Manager) -> None:
    """Because of an error under a lock."""
    with self._state.store.write():
        raise SessionNotFound("nobody")


def test_a_fault_does_not_replace_an_error_on_its_way_out() -> None:
    """A fault passes by a failing release and strikes at the next one."""
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


def test_two_database_calls_under_one_lock_make_others_wait(explore: Explorer) -> None:
    """Database calls count against a lock only while it is held."""
    program, watch = ["get_stats", "get_active_count"], ("delete-waits",)
    explore.must_find(program, toy(get_stats=asks_around_an_inner_lock), "delete-waits", watch=watch)
    explore.must_survive(program, toy(get_stats=asks_before_it_takes_the_lock), watch=watch)


class LosesAnswers(SessionError):
    """The database may have done it or not."""

    definite = False


def test_a_change_may_be_refused_as_outdated_where_an_outcome_is_unknown(explore: Explorer) -> None:
    """A refusal as outdated is in order only if another write can have happened."""

    def loses(self: Manager, session_id: str) -> None:
        raise LosesAnswers(session_id)

    def refuses_change(self: Manager, session_id: str) -> None:
        raise RowChangedElsewhere(session_id)

    maker = toy(increment_access=loses, revoke_session=refuses_change)
    found = explore(["increment_access s1", "revoke_session s1"], maker)
    assert set(found.witnesses) == {"unknown-outcome"}
    explore.must_find(["revoke_session s1"], maker, "refused-for-nothing")


FAULTY = [
    ("buggy", ("get_session s1", "get_session s2", "fault")),
    ("buggy", ("delete_session s1", "delete_session s2", "fault")),
    ("buggy", ("increment_access s1", "revoke_session s1", "fault")),
    ("fixed", ("get_stats", "increment_access s1", "fault")),
]


def test_the_task_that_a_fault_struck_is_part_of_the_state(explore: Explorer) -> None:
    """Two states that differ only in the task that a fault struck are not merged."""
    more: dict[str, Any] = {"sessions": ("s1", "s2")}
    offenders = []
    for variant, tasks in FAULTY:
        every = explore(tasks, variant, policy=DepthFirst(reduce=False), **more)
        if not every.exhausted or explore(tasks, variant, **more).outcomes != every.outcomes:
            offenders.append((variant, tasks))
    assert not offenders


def test_what_an_operation_promises_counts_even_if_it_does_nothing(explore: Explorer) -> None:
    """An operation that answers and does nothing is a finding."""
    idle = toy(revoke_session=lambda self, name: None, increment_access=lambda self, name: 1)
    for does in ("revoke_session s1", "increment_access s1; increment_access s1"):
        explore.must_find([does], idle)


def two_times(self: Manager) -> object:
    """Both clocks, before and after a long sleep."""
    before = self._runtime.monotonic(), self._runtime.now()
    self._runtime.nap(3600)
    after = self._runtime.monotonic(), self._runtime.now()
    assert before[0] == after[0]  # it never steps back, and it stands still
    return before == after


def test_the_clock_stands_still_unless_the_scenario_moves_it() -> None:
    """The time of day changes only where the scenario moves it, however long a sleep."""
    maker = toy(get_active_count=two_times)
    assert answers(maker, "get_active_count", "increment_access s1", schedule="A2 B4") == [True, 1]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="A4 B2") == [True, None]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="A3 B2 A1") == [False, None]
    assert answers(maker, "get_active_count", "clock_steps_back 60", schedule="B2 A4") == [True, None]


def test_a_clock_may_step_between_two_readings(explore: Explorer) -> None:
    """A clock that is set back may step between two readings without a point."""
    compares = toy(get_active_count=lambda self: self._runtime.now() == self._runtime.now())
    endings = explore(["get_active_count", "clock_steps_back 60"], compares).outcomes
    assert {str(ending.answers[0]) for ending in endings} == {repr(("ok", canonical(one))) for one in (True, False)}


def test_a_clock_may_step_between_a_release_and_a_reading(explore: Explorer) -> None:
    """A task may see an old value under a lock and then the new time."""

    def reads(self: Manager) -> int:
        with self._state.store.read() as sessions:
            before = sessions["s1"].data.access_count == 0
        return int(before and self._runtime.now() < MIDNIGHT)

    endings = explore(
        ["get_active_count", "increment_access s1; clock_steps_back 60"], toy(get_active_count=reads)
    ).outcomes
    assert {ending.answers[0] for ending in endings} == {("ok", 0), ("ok", 1)}


def test_what_an_operation_has_touched_can_be_told_from_what_it_has_not() -> None:
    """The clock of the operations is later than that of set-up."""
    with Execution(scenario_of(INCREMENTS[:1], sessions=("s1", "s2")), subject_of("buggy")) as run:
        while ready := run.ready():
            run.step(ready[0])
        sessions = run.world.manager.census().sessions
    assert {name: one.last_activity > one.login_time for name, one in sessions.items()} == {"s1": True, "s2": False}


class LiveCensus(fixed.SessionManager):
    """Its census hands out the sessions themselves, and no copies."""

    def census(self) -> Census:
        tables = self._tables.peek()
        sessions = {name: held.peek().data for name, held in list(tables.sessions.items())}
        return replace(super().census(), sessions=sessions)


def test_the_beginning_is_what_was_stored_then(explore: Explorer) -> None:
    """A census that hands out live sessions does not change what the beginning was."""
    for scenario in ("lost-increment", "update-and-increment"):
        explore.must_survive(scenario, LiveCensus)


ANSWER = type("TimeoutError", (SessionError,), {"definite": False})
"""An answer that a caller expects. Its name is that of an error which no caller expects."""


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
    """A crash and an expected error of one name are judged apart."""
    maker, program = toy(get_active_count=meets, get_cleanup_queue_size=meets), scenario_of(TWO)
    found = explore(TWO, maker)
    assert found.losing == sum(bool(ran.ending.names) for ran in every_schedule(program, maker)) > 0


def test_a_step_is_taken_as_often_as_the_schedule_says() -> None:
    """After each step all other tasks stand where they stood."""
    with Execution(scenario_of(INCREMENTS), subject_of("buggy")) as run:
        for name in parse("A1 B2 A2 B1"):
            others = [(task.name, task.pending) for task in run.tasks if task.name != name]
            run.step(run.tasks["AB".index(name)])
            assert [(task.name, task.pending) for task in run.tasks if task.name != name] == others
        assert run.finished()


def test_an_execution_that_is_over_is_freed_at_once() -> None:
    """No cycle of references keeps an ended execution for the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        before = locks()
        with Execution(scenario_of(INCREMENTS), subject_of("buggy")) as run:
            while ready := run.ready():
                run.step(ready[0])
            assert locks() > before
        del run, ready
        assert locks() == before
    finally:
        gc.enable()


def locks() -> int:
    """How many modelled locks there are in this process."""
    return sum(type(thing) is ModelledLock for thing in gc.get_objects())
