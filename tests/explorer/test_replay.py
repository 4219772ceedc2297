"""Replay: the same schedule, the same ending, however often; and what a trace says is what is there."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from racelab.catalogue.variants import subject_of
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer, scenario_of
from racelab.explorer.search.execution import Execution
from racelab.explorer.traces.places import ROOT, Place
from racelab.explorer.traces.shared import Held
from racelab.explorer.traces.trace import Trace
from session_manager import buggy, fixed
from tests.explorer.toys import INCREMENTS, TWO, Manager, made_by, toy

LOSING = "A1 B3 A2"
FOUND = ["lost-increment", "stale-then-saved", "three-counts", "failed-step", "cleanup-leak"]


@pytest.mark.parametrize("scenario", FOUND)
def test_a_witness_replays_a_hundred_times_out_of_a_hundred(explore: Explorer, scenario: str) -> None:
    """Each time it ends exactly as it did when it was found, and takes the same steps."""
    for found in explore(scenario, "buggy").witnesses.values():
        traces = [explore.replay(scenario, "buggy", found.schedule) for _ in range(100 if found.steps < 9 else 10)]
        assert all(trace.ending == found.ending for trace in traces)
        assert {trace.schedule for trace in traces} == {found.schedule}
        assert not any(trace.diverged for trace in traces)


def test_on_the_fixed_manager_the_same_schedule_goes_another_way(explore: Explorer) -> None:
    """It says at which step, and why: B has to wait for the session's lock."""
    trace = explore.replay("lost-increment", "fixed", "A2 B3 A1")
    assert "Step 4: B waits for A's lock of the session" in trace.diverged
    assert trace.schedule == "A2 B1"
    assert len(trace.steps) == 3


@pytest.mark.parametrize(
    ("schedule", "step", "why"),
    [("C1", 1, "there is no task C"), ("A1 Z1", 2, "there is no task Z"), ("A4", 4, "A has ended"), ("A3 B4", 7, "B")],
)
def test_where_a_schedule_cannot_be_followed_is_said_with_the_step(
    explore: Explorer, schedule: str, step: int, why: str
) -> None:
    """Nothing is run after that step."""
    trace = explore.replay("lost-increment", "buggy", schedule)
    assert f"Step {step}: " in trace.diverged
    assert why in trace.diverged
    assert len(trace.steps) == step - 1


@pytest.mark.parametrize(("schedule", "standing"), [("", "AB"), ("A1", "AB"), ("A1 B3", "A"), ("A3 B3", "")])
def test_a_partial_schedule_stops_where_it_was_told(explore: Explorer, schedule: str, standing: str) -> None:
    """Who can go on is ready; nothing has ended, and nothing is decided."""
    trace = explore.replay("lost-increment", "buggy", schedule, to_the_end=False)
    assert trace.schedule == schedule
    assert len(trace.steps) == len(parse(schedule))
    assert "".join(each.task for each in trace.standing if each.ready) == standing
    assert (trace.ending is None) is bool(standing)


@pytest.mark.parametrize(
    ("schedule", "whole"), [("", "A3 B3"), ("B1", "B3 A3"), ("A1 B1", "A1 B3 A2"), (LOSING, LOSING)]
)
def test_to_the_end_each_task_goes_on_as_long_as_it_can(explore: Explorer, schedule: str, whole: str) -> None:
    """So that a short schedule says enough."""
    trace = explore.replay("lost-increment", "buggy", schedule)
    assert trace.schedule == whole
    assert trace.ending is not None


def source_at(place: Place) -> str:
    """The line that a trace points at."""
    return (ROOT / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]


def places(trace: Trace) -> list[Place]:
    """Every place of a trace."""
    return [place for step in trace.steps for place in (step.place, step.now) if place is not None]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("variant", "module"), [("buggy", buggy), ("fixed", fixed)])
def test_every_place_is_a_line_of_the_function_it_names(
    explore: Explorer, variant: str, module: object, scenario: str
) -> None:
    """Of the manager's own source, as `inspect` finds it; and the line is one that takes, asks or looks."""
    for place in places(explore.replay(scenario, variant, "")):
        if Path(place.file).stem in {"buggy", "fixed"}:
            assert place.file == f"session_manager/{variant}.py"
            lines, first = inspect.getsourcelines(getattr(module.SessionManager, place.function))  # type: ignore[attr-defined]
            assert lines[place.line - first].strip() == source_at(place).strip()
        assert any(word in source_at(place) for word in ("with ", "_database.", "peek()", "self._", "self.")), place


def test_the_lines_of_a_lost_increment_are_its_read_write_and_save(explore: Explorer) -> None:
    """In the order of the schedule."""
    trace = explore.replay("lost-increment", "buggy", LOSING)
    lines = [source_at(step.place).strip() for step in trace.steps if step.place is not None]
    read = "with self._state.store.read() as sessions:"
    write = "with self._state.store.write() as sessions:"
    save = "self._database.save_access(session_id, count, now)"
    assert lines == [read, read, write, save, write, save]
    assert [step.kind for step in trace.steps] == ["read", "read", "write", "database", "write", "database"]


def test_inside_a_helper_the_operation_that_called_it_is_named(explore: Explorer) -> None:
    """With the line of the call; at the operation's own lines nobody is named."""
    trace = explore.replay("phantom-create", "buggy", "A9")
    places = [step.place for step in trace.steps if step.place is not None and step.task == "A"]
    inside, own = (next(p for p in places if p.function == name) for name in ("counts", "create_session"))
    (caller,) = inside.callers
    source, first = inspect.getsourcelines(buggy.SessionManager.create_session)
    assert (caller.file, caller.function) == ("session_manager/buggy.py", "create_session")
    assert source[caller.line - first].strip() == "held = self.counts()"
    assert own.callers == ()


def test_local_values_are_those_of_the_task(explore: Explorer) -> None:
    """After both have read, both hold a count of 1."""
    trace = explore.replay("lost-increment", "buggy", "A1 B1", to_the_end=False)
    held = [dict(each.place.values)["count"] for each in trace.standing if each.place is not None]
    assert held == ["1", "1"]


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_shared_after_a_step_is_what_the_manager_and_the_database_hold(
    explore: Explorer, variant: str, scenario: str
) -> None:
    """Asked of them directly, after the same steps."""
    trace = explore.replay(scenario, variant, "")
    with Execution(scenario_of(scenario), subject_of(variant)) as run:
        for step in trace.steps:
            run.step(next(task for task in run.tasks if task.name == step.task))
            census, rows = run.world.manager.census(), list(run.world.database.rows())
            shown = step.shared
            assert [(s.session_id, s.count, dict(s.keys)) for s in shown.store] == [
                (name, data.access_count, data.metadata) for name, data in census.sessions.items()
            ]
            assert [(s.session_id, s.count, s.deleted) for s in shown.database] == [
                (row.data.session_id, row.data.access_count, row.deleted or row.dead) for row in rows
            ]
            assert shown.active == census.stats.active_sessions
            assert list(shown.queue) == census.queue
            assert list(shown.dead_letters) == census.dead_letters


def test_who_holds_what_is_shown_while_it_is_held(explore: Explorer) -> None:
    """The fixed manager holds the session's lock while it asks the database."""
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
    """It says who waits for whom; in one order nobody does."""
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
    """The lines of the manager that is explored, wherever its file is."""
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
