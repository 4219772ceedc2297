"""The same functions for managers that are called by their names: `explore(scenario, "buggy")`."""

from __future__ import annotations

from collections.abc import Sequence

from racelab.catalogue.variants import VARIANTS, Variant, subject_of

from .programs.scenario import Scenario
from .search import explore as search
from .search import minimise as smaller
from .search.explore import Progress
from .search.findings import Findings, Witness
from .search.policies import Policy
from .traces import recording
from .traces.trace import Trace

__all__ = ["VARIANTS", "explore", "minimise", "replay"]


def explore(
    scenario: Scenario,
    variant: Variant,
    policy: Policy | None = None,
    bound: int | None = None,
    seconds: float = float("inf"),
    progress: Progress | None = None,
    stop_at_first: bool = False,
) -> Findings:
    """See `search.explore`."""
    return search.explore(scenario, subject_of(variant), policy, bound, seconds, progress, stop_at_first)


def minimise(scenario: Scenario, variant: Variant, anomaly: str, found: Witness) -> tuple[tuple[str, ...], Witness]:
    """See `search.minimise`."""
    return smaller.minimise(scenario, subject_of(variant), anomaly, found)


def replay(scenario: Scenario, variant: Variant, turns: Sequence[str], to_the_end: bool = True) -> Trace:
    """See `traces.recording`."""
    return recording.replay(scenario, subject_of(variant), turns, to_the_end)
