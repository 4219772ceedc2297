"""The search that merges states loses nothing: it is compared with searches that run every single schedule."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from racelab.catalogue.variants import SUBJECTS, VARIANTS
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.subject import Maker, Subject
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.policies import DepthFirst
from tests.explorer.brute import Tally
from tests.explorer.cells import CELLS, OF_THE_PAIR, every_schedule_run, explored, smallest
from tests.explorer.toys import TWO, Manager, made_by, toy

WALKED = sorted({*zip(cycle(VARIANTS), SCENARIOS, strict=False), *OF_THE_PAIR})
"""Cells that the odometer confirms: every variant, every scenario, and both managers on all scenarios."""


@pytest.mark.exhaustive
def test_merging_states_loses_no_schedule_and_no_outcome() -> None:
    """Every cell has the outcomes and counts of the search that merges nothing."""
    offenders = []
    for variant, scenario in CELLS:
        merged, full = explored(variant, scenario), every_schedule_run(variant, scenario)
        complete = merged.exhausted and full.exhausted and not merged.unsure
        alike = merged.outcomes == full.outcomes and merged.schedules == full.schedules == full.executions
        if not complete or not alike or merged.executions > full.executions:
            offenders.append((variant, scenario))
    assert not offenders


@pytest.mark.exhaustive
def test_merging_states_keeps_the_smallest_witness() -> None:
    """Each witness has the fewest preemptions, then the fewest steps, of all."""
    offenders = [cell for cell in CELLS if smallest(explored(*cell)) != smallest(every_schedule_run(*cell))]
    assert not offenders


@pytest.mark.exhaustive
def test_the_full_search_runs_what_an_odometer_runs() -> None:
    """The full search agrees with the plainest enumeration of all schedules."""
    offenders = []
    for variant, scenario in WALKED:
        full, every = every_schedule_run(variant, scenario), Tally.of(SCENARIOS[scenario], variant)
        if full.outcomes != every.outcomes or smallest(full) != every.smallest:
            offenders.append((variant, scenario))
    assert not offenders
    assert {variant for variant, _ in WALKED} == VARIANTS.keys()
    assert {scenario for _, scenario in WALKED} == SCENARIOS.keys()


def test_merging_states_within_a_bound_loses_nothing(explore: Explorer) -> None:
    """With at most one preemption, merged and full search have the same outcomes."""
    offenders = []
    for variant, scenario in WALKED:
        merged = explore(scenario, variant, bound=1)
        full = explore(scenario, variant, policy=DepthFirst(1, reduce=False))
        if merged.outcomes != full.outcomes or smallest(merged) != smallest(full) or not merged.exhausted:
            offenders.append((variant, scenario))
    assert not offenders


def reads_the_clock_late(self: Manager) -> float:
    """Twice, and not in its first step."""
    self._runtime.nap(1)
    first = self._runtime.now()
    self._runtime.nap(1)
    second = self._runtime.now()
    self._runtime.nap(1)
    return (second - first).total_seconds()


def reads_twice_without_a_lock(self: Manager) -> int:
    """A session that it found without a lock, and has kept."""
    cached = self._state.store.peek()["s1"]
    self._runtime.nap(1)
    count = cached.data.access_count
    self._runtime.nap(1)
    return cached.data.access_count - count


class KeepsTheStore(Manager):
    """Keeps the store when it is made, to read it at any time."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._sessions = self._state.store.peek()

    def get_active_count(self) -> int:
        self._runtime.nap(1)
        first = len(self._sessions)
        self._runtime.nap(1)
        second = len(self._sessions)
        self._runtime.nap(1)
        return second - first


def one_more(self: Manager) -> int:
    """In the store."""
    with self._state.queue.read():
        pass
    with self._state.store.write() as sessions:
        sessions["s3"] = sessions["s1"]
    return 1


def one_less(self: Manager) -> int:
    """In the statistics."""
    with self._state.queue.read():
        pass
    with self._state.stats.write() as stats:
        stats.active_sessions -= 1
    return 1


def creates_all_but_one_row(self: Manager, user_id: str, username: str) -> str:
    """The second session has no row, so that the database counts one less."""
    session_id = Manager.create_session(self, user_id, username)
    if username == "s2":
        self._database.purge(session_id)
    return session_id


SEEN: dict[str, tuple[Maker, list[str], dict[str, Any]]] = {
    "the clock": (toy(get_active_count=reads_the_clock_late), ["get_active_count", "clock_steps_back 60"], {}),
    "an unsynchronized read": (
        toy(get_active_count=reads_twice_without_a_lock),
        ["get_active_count", "increment_access s1"],
        {},
    ),
    "a kept store": (made_by(KeepsTheStore), ["get_active_count", "delete_session s1"], {}),
    "a broken step invariant": (
        toy(create_session=creates_all_but_one_row, get_active_count=one_more, get_cleanup_queue_size=one_less),
        list(TWO),
        {"sessions": ("s1", "s2"), "watch": ("three-counts",)},
    ),
}


def test_what_a_task_may_have_seen_is_part_of_the_state(explore: Explorer) -> None:
    """Two prefixes with equal contents differ if what was seen in them differs."""
    offenders = []
    for what, (maker, program, more) in SEEN.items():
        every = Tally.of(scenario_of(program, **more), maker)
        if len(every.outcomes) < 2 or explore(program, maker, reduce=True, **more).outcomes != every.outcomes:
            offenders.append(what)
    assert not offenders


@pytest.mark.exhaustive
def test_a_point_at_each_beginning_shows_no_outcome_that_the_labs_managers_hide(explore: Explorer) -> None:
    """What the lab's managers do before their first lock cannot be noticed."""
    names = ("lost-increment", "stale-increment", "create-and-delete", "double-delete", "failed-step")
    differ = []
    for variant, subject in SUBJECTS.items():
        for name in names:
            without = {(one.kind, one.answers, one.rest) for one in explore(name, subject).outcomes}
            begins = explore(name, Subject(variant, subject.make))
            if {(one.kind, one.answers, one.rest) for one in begins.outcomes} != without or begins.unsure:
                differ.append((variant, name, begins.unsure))
    assert not differ
