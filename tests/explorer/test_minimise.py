"""A finding is told with as few operations as still show it."""

from __future__ import annotations

import pytest

from racelab.explorer import minimise
from racelab.explorer.pytest_plugin import Explorer, scenario_of


@pytest.mark.parametrize(
    ("program", "dropped", "schedule"),
    [
        (["increment_access s1", "increment_access s1"], (), "A1 B3 A2"),
        (["increment_access s1; increment_access s1", "increment_access s1"], ("A2",), "A1 B3 A2"),
        (["get_session s1; increment_access s1", "increment_access s1; get_session s1"], ("A1", "B2"), "A1 B3 A2"),
    ],
    ids=["both are needed", "of two alike the last goes", "what only looks goes"],
)
def test_what_is_not_needed_is_left_out(
    explore: Explorer, program: list[str], dropped: tuple[str, ...], schedule: str
) -> None:
    """The later of two that would do, so that what is left reads from the beginning."""
    found = explore.must_find(program, "buggy", "lost-update")
    left_out, smallest = minimise(scenario_of(program), "buggy", "lost-update", found)
    assert (left_out, smallest.schedule) == (dropped, schedule)
    assert smallest.preemptions <= found.preemptions
