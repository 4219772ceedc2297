"""The search that recognises states loses nothing: compared with every single schedule, for all that the lab shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from racelab.catalogue.variants import VARIANTS
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer, scenario_of
from racelab.explorer.search.policies import DepthFirst
from session_manager.fixes import CATALOGUE
from tests.explorer.brute import Tally
from tests.explorer.toys import TWO, Manager, made_by, toy

LONG = {"stale-clock", "stale-then-saved", "calls-after-delete", "cleanup-and-delete"}
"""Hundreds of schedules each. A fix for another bug is compared on those with at most one preemption."""


def cells() -> Iterator[object]:
    """Every variant and scenario, and how many preemptions there may be."""
    for variant in VARIANTS:
        for scenario in SCENARIOS.values():
            elsewhere = variant in CATALOGUE and CATALOGUE[variant].bug != scenario.bug
            bound = 1 if elsewhere and scenario.name in LONG else None
            named = f"{variant}-{scenario.name}" + ("-at-most-one-preemption" if bound else "")
            yield pytest.param(variant, scenario.name, bound, id=named)


@pytest.mark.parametrize(("variant", "scenario", "bound"), cells())
def test_as_many_schedules_end_in_each_way_as_if_all_had_been_run(
    explore: Explorer, variant: str, scenario: str, bound: int | None
) -> None:
    """And each anomaly is shown with the fewest preemptions, and then the fewest steps, of all."""
    found, every = explore(scenario, variant, bound=bound), Tally.of(SCENARIOS[scenario], variant, bound)
    assert found.exhausted
    assert not found.unsure
    assert found.outcomes == every.outcomes
    assert {name: (told.preemptions, told.steps) for name, told in found.witnesses.items()} == every.smallest


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_the_full_search_runs_as_many_schedules_as_the_other_counts(
    explore: Explorer, variant: str, scenario: str
) -> None:
    """With and without recognising states, the same endings, and as many of each."""
    reduced = explore(scenario, variant)
    full = explore(scenario, variant, policy=DepthFirst(reduce=False))
    assert full.exhausted
    assert full.executions == full.schedules == reduced.schedules >= reduced.executions
    assert full.outcomes == reduced.outcomes


def reads_the_clock_late(self: Manager) -> float:
    """Twice, and not in its first step."""
    self._runtime.nap(1)
    first = self._runtime.now()
    self._runtime.nap(1)
    second = self._runtime.now()
    self._runtime.nap(1)
    return (second - first).total_seconds()


def looks_and_looks_again(self: Manager) -> int:
    """At a session that it found without a lock, and has kept."""
    cached = self._state.store.peek()["s1"]
    self._runtime.nap(1)
    count = cached.data.access_count
    self._runtime.nap(1)
    return cached.data.access_count - count


class KeepsTheStore(Manager):
    """Keeps the store when it is made, to look at it at any time."""

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
    "a kept look": (toy(get_active_count=looks_and_looks_again), ["get_active_count", "increment_access s1"], {}),
    "a kept store": (made_by(KeepsTheStore), ["get_active_count", "delete_session s1"], {}),
    "a broken watch": (
        toy(create_session=creates_all_but_one_row, get_active_count=one_more, get_cleanup_queue_size=one_less),
        list(TWO),
        {"sessions": ("s1", "s2"), "watch": ("three-counts",)},
    ),
}


@pytest.mark.parametrize("what", SEEN)
def test_what_a_task_may_have_seen_is_part_of_the_state(explore: Explorer, what: str) -> None:
    """Whatever differs between two ways to the same contents, and may make a difference later."""
    maker, program, more = SEEN[what]
    every = Tally.of(scenario_of(program, **more), maker)
    assert len(every.outcomes) > 1
    assert explore(program, maker, reduce=True, **more).outcomes == every.outcomes
