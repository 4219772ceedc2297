"""The matrix of variants and scenarios, each cell explored once in a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from racelab.explorer import SCENARIOS, VARIANTS, Findings, explore
from racelab.explorer.search.policies import DepthFirst

CELLS = [(variant, scenario) for variant in VARIANTS for scenario in SCENARIOS]
OF_THE_PAIR = [(variant, scenario) for variant in ("buggy", "fixed") for scenario in SCENARIOS]


@cache
def explored(variant: str, scenario: str) -> Findings:
    """What the search that merges states finds."""
    return explore(SCENARIOS[scenario], variant)


@cache
def every_schedule_run(variant: str, scenario: str) -> Findings:
    """What the search finds that runs every schedule and recognises no state."""
    return explore(SCENARIOS[scenario], variant, DepthFirst(reduce=False))


def smallest(findings: Findings) -> dict[str, tuple[int, int]]:
    """The preemptions and the steps of the witness of each anomaly."""
    return {name: (witness.preemptions, witness.steps) for name, witness in findings.witnesses.items()}


def refusal(does: Callable[[], object], kind: type[Exception] = ValueError) -> str:
    """What an error of that kind says; empty if there is none."""
    try:
        does()
    except kind as error:
        return str(error)
    return ""
