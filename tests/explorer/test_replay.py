"""Replay: the same schedule has the same outcome each time; and a trace shows what is stored."""

from __future__ import annotations

import inspect
import sys
import sysconfig
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.world import World
from racelab.explorer.search.execution import Execution
from racelab.explorer.traces.places import ROOT, Place
from racelab.explorer.traces.shared import Held, Shared
from racelab.explorer.traces.trace import Trace
from session_manager import buggy, fixed
from tests.explorer.cells import OF_THE_PAIR, explored
from tests.explorer.toys import INCREMENTS, TWO, Manager, made_by, toy

LOSING = "A1 B3 A2"
FOUND = ["lost-increment", "stale-then-saved", "three-counts", "failed-step", "cleanup-leak"]


@pytest.mark.exhaustive
def test_a_witness_replays_a_hundred_times_out_of_a_hundred(explore: Explorer) -> None:
    """Each witness replays with the same steps and the outcome that was found."""
    offenders = []
    for scenario in FOUND:
        for anomaly, found in explored("buggy", scenario).witnesses.items():
            traces = [explore.replay(scenario, "buggy", found.schedule) for _ in range(100 if found.steps < 7 else 10)]
            told = {(trace.schedule, trace.ending, trace.diverged) for trace in traces}
            if told != {(found.schedule, found.ending, "")}:
                offenders.append((scenario, anomaly))
    assert not offenders


def test_on_the_fixed_manager_the_same_schedule_cannot_be_followed(explore: Explorer) -> None:
    """On `fixed` a losing schedule stops where B has to wait for the session's lock."""
    trace = explore.replay("lost-increment", "fixed", "A2 B3 A1")
    assert "Step 4: B waits for A's lock of the session" in trace.diverged
    assert trace.schedule == "A2 B1"
    assert len(trace.steps) == 3


def test_where_a_schedule_cannot_be_followed_is_said_with_the_step(explore: Explorer) -> None:
    """A trace ends before the first step that cannot be taken, and says why."""
    barred = {
        "C1": (1, "there is no task C"),
        "A1 Z1": (2, "there is no task Z"),
        "A4": (4, "A has ended"),
        "A3 B4": (7, "B"),
    }
    offenders = []
    for schedule, (step, why) in barred.items():
        trace = explore.replay("lost-increment", "buggy", schedule)
        if f"Step {step}: " not in trace.diverged or why not in trace.diverged or len(trace.steps) != step - 1:
            offenders.append((schedule, trace.diverged))
    assert not offenders


def test_a_prefix_stops_where_it_ends(explore: Explorer) -> None:
    """After a prefix, the tasks that can go on are ready and nothing is decided."""
    offenders = []
    for schedule, ready in {"": "AB", "A1": "AB", "A1 B3": "A", "A3 B3": ""}.items():
        trace = explore.replay("lost-increment", "buggy", schedule, to_the_end=False)
        as_given = trace.schedule == schedule and len(trace.steps) == len(parse(schedule))
        standing = "".join(each.task for each in trace.standing if each.ready)
        if not as_given or standing != ready or (trace.ending is None) is not bool(ready):
            offenders.append(schedule)
    assert not offenders


def test_after_a_prefix_each_task_goes_on_as_long_as_it_can(explore: Explorer) -> None:
    """A prefix is completed by letting each task go on as long as it can."""
    completed = {"": "A3 B3", "B1": "B3 A3", "A1 B1": "A1 B3 A2", LOSING: LOSING}
    traces = {prefix: explore.replay("lost-increment", "buggy", prefix) for prefix in completed}
    assert {prefix: trace.schedule for prefix, trace in traces.items()} == completed
    assert not [prefix for prefix, trace in traces.items() if trace.ending is None]


def source_at(place: Place) -> str:
    """The line that a trace points at."""
    return (ROOT / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]


def places(trace: Trace) -> list[Place]:
    """Every place of a trace."""
    return [place for step in trace.steps for place in (step.place, step.now) if place is not None]


def is_a_line_of_its_function(place: Place, manager: type) -> bool:
    """Whether `inspect` finds the line in the function that the place names, of that manager."""
    if place.file != f"{manager.__module__.replace('.', '/')}.py":
        return False
    lines, first = inspect.getsourcelines(getattr(manager, place.function))
    return lines[place.line - first].strip() == source_at(place).strip()


def test_every_place_is_a_line_of_the_function_it_names(explore: Explorer) -> None:
    """Each place is a line of its function, and one that takes, asks or reads."""
    managers = {"buggy": buggy.SessionManager, "fixed": fixed.SessionManager}
    offenders = []
    for variant, scenario in OF_THE_PAIR:
        for place in places(explore.replay(scenario, variant, "")):
            own = Path(place.file).stem not in managers or is_a_line_of_its_function(place, managers[variant])
            if not own or not any(word in source_at(place) for word in ("with ", "_database.", "peek()", "self.")):
                offenders.append((variant, scenario, place))
    assert not offenders


def test_the_lines_of_a_lost_increment_are_its_read_write_and_save(explore: Explorer) -> None:
    """A lost increment's steps are its reads, writes and saves, in their order."""
    trace = explore.replay("lost-increment", "buggy", LOSING)
    lines = [source_at(step.place).strip() for step in trace.steps if step.place is not None]
    read = "with self._state.store.read() as sessions:"
    write = "with self._state.store.write() as sessions:"
    save = "self._database.save_access(session_id, count, now)"
    assert lines == [read, read, write, save, write, save]
    assert [step.kind for step in trace.steps] == ["read", "read", "write", "database", "write", "database"]


def test_inside_a_helper_the_operation_that_called_it_is_named(explore: Explorer) -> None:
    """A place in a helper names the operation's line that called it."""
    trace = explore.replay("phantom-create", "buggy", "A9")
    places = [step.place for step in trace.steps if step.place is not None and step.task == "A"]
    inside, own = (next(p for p in places if p.function == name) for name in ("counts", "create_session"))
    (caller,) = inside.callers
    source, first = inspect.getsourcelines(buggy.SessionManager.create_session)
    assert (caller.file, caller.function) == ("session_manager/buggy.py", "create_session")
    assert source[caller.line - first].strip() == "held = self.counts()"
    assert own.callers == ()


def test_a_manager_that_lies_in_pythons_folder_has_its_lines(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager that pip put into Python itself is shown, line by line."""
    file = Path(sysconfig.get_path("stdlib"), "site-packages", "installed.py")
    module = ModuleType("installed")
    module.__dict__.update(__file__=str(file), __package__="session_manager")
    monkeypatch.setitem(sys.modules, "installed", module)
    exec(compile(inspect.getsource(buggy), str(file), "exec"), vars(module))
    trace = explore.replay(INCREMENTS, made_by(module.SessionManager), LOSING)
    assert {(place.file, place.function) for place in places(trace)} == {(str(file), "increment_access")}


class Stacked(buggy.SessionManager):
    """Takes its lock by way of Python's own library."""

    def increment_access(self, session_id: str) -> int:
        """Only reads."""
        with ExitStack() as stack:
            sessions = stack.enter_context(self._state.store.read())
            return sessions[session_id].data.access_count


def test_the_code_of_pythons_library_is_not_shown(explore: Explorer) -> None:
    """Where a manager calls Python's library, its own line is shown."""
    trace = explore.replay(INCREMENTS, made_by(Stacked), "A1")
    assert {place.function for place in places(trace)} == {"increment_access"}


def test_local_values_are_those_of_the_task(explore: Explorer) -> None:
    """After both tasks have read, both hold a count of 1."""
    trace = explore.replay("lost-increment", "buggy", "A1 B1", to_the_end=False)
    held = [dict(each.place.values)["count"] for each in trace.standing if each.place is not None]
    assert held == ["1", "1"]


def shown(shared: Shared) -> tuple[object, ...]:
    """What a trace says that the tasks share."""
    store = [(session.session_id, session.count, dict(session.keys)) for session in shared.store]
    rows = [(session.session_id, session.count, session.deleted) for session in shared.database]
    return store, rows, shared.active, [*shared.queue], [*shared.dead_letters]


def held(world: World) -> tuple[object, ...]:
    """The same as the manager and its database say it."""
    census, rows = world.manager.census(), list(world.database.rows())
    store = [(name, data.access_count, data.metadata) for name, data in census.sessions.items()]
    told = [(row.data.session_id, row.data.access_count, row.deleted or row.dead) for row in rows]
    return store, told, census.stats.active_sessions, census.queue, census.dead_letters


def test_what_is_shared_after_a_step_is_what_the_manager_and_the_database_hold(explore: Explorer) -> None:
    """After each step a trace shows what the manager and its database hold."""
    offenders = []
    for variant, scenario in OF_THE_PAIR:
        trace = explore.replay(scenario, variant, "")
        with Execution(scenario_of(scenario), subject_of(variant)) as run:
            for number, step in enumerate(trace.steps, 1):
                run.step(next(task for task in run.tasks if task.name == step.task))
                if shown(step.shared) != held(run.world):
                    offenders.append((variant, scenario, number))
    assert not offenders


def test_the_holder_of_a_lock_is_shown_while_it_is_held(explore: Explorer) -> None:
    """A trace shows that `fixed` holds the session's lock while it asks the database."""
    trace = explore.replay("lost-increment", "fixed", "A2 B1", to_the_end=False)
    assert trace.steps[1].shared.held == (Held("session", trace.steps[1].access.lock, "A", "lock"),)
    standing = {each.task: each for each in trace.standing}
    assert not standing["B"].ready
    assert "A's lock of the session" in standing["B"].waits
    assert explore.replay("lost-increment", "fixed", "").steps[-1].shared.held == ()


def store_then_stats(self: Manager) -> int:
    """One order."""
    with self._state.store.write() as sessions, self._state.stats.write():
        return len(sessions)


def stats_then_store(self: Manager) -> int:
    """The other."""
    with self._state.stats.write(), self._state.store.write():
        return 0


def test_locks_in_two_orders_are_a_deadlock_that_has_a_name_and_replays(explore: Explorer) -> None:
    """Locks in two orders are a deadlock that replays, and in one order none."""
    crossed = toy(get_active_count=store_then_stats, get_cleanup_queue_size=stats_then_store)
    found = explore.must_find(TWO, crossed, "deadlock")
    assert found.schedule in {"A2 B2", "B2 A2"}
    trace = explore.replay(TWO, crossed, found.schedule)
    assert trace.ending == found.ending
    assert trace.ending is not None
    assert trace.ending.kind == "deadlock"
    told = trace.ending.anomalies[0].sentence
    assert "A waits for B's lock of the stats" in told
    assert "B waits for A's lock of the store" in told
    assert [each.waits for each in trace.standing] == [
        "A waits for B's lock of the stats",
        "B waits for A's lock of the store",
    ]
    in_order = toy(get_active_count=store_then_stats, get_cleanup_queue_size=lambda self: store_then_stats(self) * 0)
    explore.must_survive(TWO, in_order)


class OfMyOwn(Manager):
    """Counts as the buggy one does; its source is in a file of the reader's own."""

    def increment_access(self, session_id: str) -> int:
        with self._state.store.read() as sessions:
            count = sessions[session_id].data.access_count + 1
        with self._state.store.write() as sessions:
            sessions[session_id].data.access_count = count
        return count


def test_a_readers_own_source_is_shown_too(explore: Explorer) -> None:
    """A trace shows the lines of a reader's manager, wherever its file is."""
    trace = explore.replay(INCREMENTS, made_by(OfMyOwn), "A2 B3 A1")
    lines, first = inspect.getsourcelines(OfMyOwn.increment_access)
    shown = [step.place for step in trace.steps]
    assert [step.did for step in trace.steps if step.place is None] == ["begin increment_access"] * 2
    assert [place and lines[place.line - first].split(" as ")[0].strip() for place in shown] == [
        None,
        "with self._state.store.read()",
        None,
        "with self._state.store.read()",
        "with self._state.store.write()",
        "with self._state.store.write()",
    ]
    assert {(ROOT / place.file).name for place in shown if place} == {Path(sys.modules[__name__].__file__ or "").name}
