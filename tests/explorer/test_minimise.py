"""A finding is shown with as few operations as still show it."""

from __future__ import annotations

from racelab.explorer import minimise
from racelab.explorer.fixture import Explorer, scenario_of

PROGRAMS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "both are needed": (["increment_access s1", "increment_access s1"], ()),
    "of two alike the last goes": (["increment_access s1; increment_access s1", "increment_access s1"], ("A2",)),
    "what only reads goes": (
        ["get_session s1; increment_access s1", "increment_access s1; get_session s1"],
        ("A1", "B2"),
    ),
}
"""Programs that lose an increment, and which of their operations that does not need."""


def test_what_is_not_needed_is_left_out(explore: Explorer) -> None:
    """What is left shows the anomaly with no more preemptions than before."""
    offenders = []
    for why, (program, dropped) in PROGRAMS.items():
        found = explore.must_find(program, "buggy", "lost-update")
        left_out, smallest = minimise(scenario_of(program), "buggy", "lost-update", found)
        if (left_out, smallest.schedule) != (dropped, "A1 B3 A2") or smallest.preemptions > found.preemptions:
            offenders.append(why)
    assert not offenders
