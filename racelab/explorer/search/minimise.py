"""Makes a finding easier to read: the fewest operations that still show it, then the smallest schedule of those.

The searches give the fewest preemptions and then the fewest steps for the operations there are. Here operations are
left out one by one, the last first, as long as the same anomaly can still be found with no more preemptions.
"""

from __future__ import annotations

from ..kernel.subject import Maker, Subject
from ..programs.scenario import Scenario
from .explore import explore
from .findings import Witness
from .policies import DepthFirst

MOST = 5_000
"""Executions for each attempt."""


def minimise(
    scenario: Scenario, subject: Subject | Maker, anomaly: str, found: Witness
) -> tuple[tuple[str, ...], Witness]:
    """The operations that can be left out, and the smallest schedule of the others.

    Args:
        scenario, subject: what ran on what.
        anomaly: the name of what was found.
        found: with which schedule.
    """
    dropped: tuple[str, ...] = ()
    smallest = _smallest(scenario, subject, anomaly, found) or found
    operations = scenario.operations()
    for operation in reversed(operations):
        fewer = (operation, *dropped)
        if len(fewer) == len(operations):
            break  # one has to be left: without any there is no schedule to read
        witness = _smallest(scenario.without(fewer), subject, anomaly, smallest)
        if witness is not None:
            dropped, smallest = fewer, witness
    return dropped, smallest


def _smallest(scenario: Scenario, subject: Subject | Maker, anomaly: str, than: Witness) -> Witness | None:
    findings = explore(scenario, subject, DepthFirst(than.preemptions, most=MOST))
    return findings.witnesses.get(anomaly)
