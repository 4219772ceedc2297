"""Which witness is kept, and which is the smallest of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.findings import Findings
from racelab.explorer.search.outcomes import FINISHED, Outcome


@dataclass
class Run:
    """An execution as far as findings look at it."""

    text: str
    preemptions: int
    turns: range

    def schedule(self) -> str:
        return self.text


def found(*witnesses: tuple[str, str, int, int]) -> Findings:
    """The findings after these: the anomaly, the schedule, its preemptions and its steps."""
    findings = Findings(SCENARIOS["lost-increment"], "toy")
    for name, schedule, preemptions, steps in witnesses:
        run: Any = Run(schedule, preemptions, range(steps))
        findings.add(Outcome(FINISHED, (), None, (), (name,)), run)
    return findings


def test_the_witness_that_is_easiest_to_read_is_kept() -> None:
    """Of equally small witnesses the one with the shortest text is kept."""
    short, long, less, more = ("a", "A3 B3", 1, 6), ("a", "A1 B3 A2", 1, 6), ("a", "B9", 0, 9), ("a", "A1 B1", 2, 2)
    for given in ([short, long, more], [long, short, more], [more, long, short]):
        assert found(*given).witnesses["a"].schedule == "A3 B3", given
    assert found(short, less, long).witnesses["a"].schedule == "B9"


def test_the_smallest_of_all_has_the_fewest_preemptions() -> None:
    """Steps count only among witnesses with equally many preemptions."""
    found_both = found(("a", "A1 B1 A1", 1, 3), ("b", "A5 B5", 0, 10))
    assert found_both.witness == found_both.witnesses["b"]
    assert found().witness is None


def test_the_fingerprint_changes_with_every_schedule() -> None:
    """Equal outcomes in another number of schedules have another fingerprint."""
    once, twice = found(("a", "A1 B1", 1, 2)), found(("a", "A1 B1", 1, 2), ("a", "B1 A1", 1, 2))
    assert once.fingerprint() != twice.fingerprint()
    assert once.fingerprint() == found(("a", "B1 A1", 0, 2)).fingerprint()
