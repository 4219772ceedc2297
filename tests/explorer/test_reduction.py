"""The search that recognises states loses nothing: compared with every single schedule, for all that the lab shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from racelab.explorer.policies import DepthFirst
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.scenarios import SCENARIOS
from racelab.explorer.variants import VARIANTS
from session_manager.fixes import CATALOGUE
from tests.explorer.brute import Tally

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
    assert found.endings == every.endings
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
    assert full.endings == reduced.endings
