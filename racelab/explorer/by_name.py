"""The same functions for managers that are called by their names: `explore(scenario, "buggy")`."""

from __future__ import annotations

from collections.abc import Sequence

from racelab.catalogue.variants import VARIANTS, Variant, subject_of

from .kernel.schedule import BadSchedule
from .programs.given import BadProgram, a, flag, in_order, known
from .programs.invariants import STEP_INVARIANTS
from .programs.lazy import WORLDS
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
    """See `search.explore`.

    Raises:
        BadProgram: something was given that cannot be used; the sentence says what there is instead.
    """
    flag("stop_at_first", stop_at_first)
    if progress is not None and not callable(progress):
        raise BadProgram(f"progress={progress!r} is no function. Give one that is called with a number.")
    return search.explore(_runnable(scenario), subject_of(variant), policy, bound, seconds, progress, stop_at_first)


def minimise(scenario: Scenario, variant: Variant, anomaly: str, found: Witness) -> tuple[tuple[str, ...], Witness]:
    """See `search.minimise`.

    Raises:
        BadProgram: as for `explore`; or the witness does not end in that anomaly.
    """
    names = a(Witness, "witness", found).ending.names
    known(a(str, "anomaly", anomaly), "anomaly of this witness", names)
    return smaller.minimise(_runnable(scenario), subject_of(variant), anomaly, found)


def replay(scenario: Scenario, variant: Variant, turns: Sequence[str], to_the_end: bool = True) -> Trace:
    """See `traces.recording`. A step that is impossible ends the trace, and `Trace.diverged` says which and why.

    Raises:
        BadProgram: as for `explore`.
        BadSchedule: the turns are no list of letters.
    """
    flag("to_the_end", to_the_end)
    if not in_order(turns) or not all(isinstance(turn, str) for turn in turns):
        raise BadSchedule(f"{turns!r} is no list of turns. Give one letter for each step: parse('A1 B3 A2').")
    return recording.replay(_runnable(scenario), subject_of(variant), turns, to_the_end)


def _runnable(scenario: Scenario) -> Scenario:
    """A scenario that does something, in a world and under step invariants that there are."""
    a(Scenario, "scenario", scenario)
    known(scenario.world, "world", WORLDS)
    for watch in scenario.watch:
        known(watch, "step invariant", STEP_INVARIANTS)
    if not scenario.operations():
        raise BadProgram(f"{scenario.name!r} does nothing: without an operation there is no schedule. Give it one.")
    return scenario
