"""The policies that draw: repeatable by their seed, never done, and as likely to find a bug as they promise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from racelab.explorer.kernel.schedule import write
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.search.policies import PCT, Policy, RandomWalk
from tests.explorer.toys import INCREMENTS

Draws = Callable[[int, int], Policy]
LONG = ["increment_access s1; increment_access s1"] * 2


def noting(kind: type[RandomWalk] | type[PCT]) -> type:
    """The same policy, which keeps the schedules that it drew."""

    def end(self: object, run: object, outcome: object) -> None:
        kind.end(self, run, outcome)  # type: ignore[arg-type]
        self.__dict__.setdefault("drawn", []).append(write(run.turns))  # type: ignore[attr-defined]

    return type("Noting", (kind,), {"end": end})


POLICIES = pytest.mark.parametrize("draws", [RandomWalk, PCT])


@POLICIES
def test_the_same_seed_draws_the_same_schedules(explore: Explorer, draws: type[RandomWalk] | type[PCT]) -> None:
    """On every machine and every Python; another seed draws others."""
    first, again, other = (noting(draws)(seed, 20) for seed in (7, 7, 8000))
    for policy in (first, again, other):
        assert explore(LONG, "buggy", policy=policy).executions == 20
    assert first.drawn == again.drawn != other.drawn
    assert len(set(first.drawn)) > 5


def test_a_random_schedule_can_be_drawn_again_by_its_own_seed(explore: Explorer) -> None:
    """Each execution takes the next seed, and nothing else: on every Python these are the schedules of 7 and of 8."""
    together, first, second = noting(RandomWalk)(7, 2), noting(RandomWalk)(7, 1), noting(RandomWalk)(8, 1)
    for policy in (together, first, second):
        explore(INCREMENTS, "buggy", policy=policy)
    assert together.drawn == first.drawn + second.drawn == SEVEN_AND_EIGHT


SEVEN_AND_EIGHT = ["B1 A1 B1 A2 B1", "A1 B2 A2 B1"]


@POLICIES
def test_chance_finds_a_lost_increment(explore: Explorer, draws: Draws) -> None:
    """A hundred executions are plenty for a bug that most schedules show."""
    explore.must_find("lost-increment", "buggy", "lost-update", policy=draws(1, 100))


@POLICIES
def test_chance_is_never_done(explore: Explorer, draws: Draws) -> None:
    """A thousand executions of a program that has eight schedules, and still it cannot tell."""
    findings = explore("lost-increment", "fixed", policy=draws(1, 1_000))
    assert findings.verdict == "cannot tell"
    assert not findings.exhausted
    assert findings.executions == findings.schedules == 1_000


def test_every_task_is_chosen_as_often_at_random(explore: Explorer) -> None:
    """500 first turns of two tasks. A fair coin is this far from 250 once in 3,000 times; the seed stays the same."""
    policy = noting(RandomWalk)(1, 500)
    explore(INCREMENTS, "buggy", policy=policy)
    assert 210 < sum(schedule.startswith("A") for schedule in policy.drawn) < 290


@pytest.mark.parametrize("seed", [0, 10_000])
def test_pct_finds_a_bug_of_depth_two_as_often_as_its_authors_promise(explore: Explorer, seed: int) -> None:
    """Two tasks, six steps: at least 1 / (2 * 6) of all executions, that is 34 of 400.

    What is to be found: the second write comes after the first, and its read before it. The true chance is that of one
    fall among six places right after a read, 1/6 of them, or 67 of 400 with a standard deviation of 7.5: fewer than 34
    would be an accident of one in 200,000, and these seeds are always the same.
    """
    findings = explore(INCREMENTS, "buggy", policy=PCT(seed, 400, depth=2))
    lost = sum(many for ending, many in findings.outcomes.items() if "lost-update" in ending.names)
    assert lost >= 400 / (2 * 6)


@pytest.mark.parametrize(("depth", "turns"), [(1, 2), (2, 3), (3, 4)])
def test_pct_preempts_once_less_than_the_depth(explore: Explorer, depth: int, turns: int) -> None:
    """Depth 1 runs one task after the other, and a lost update is deeper; each fall makes one turn more."""
    policy = noting(PCT)(1, 300, depth)
    findings = explore(LONG, "buggy", policy=policy)
    assert max(len(schedule.split()) for schedule in policy.drawn) == turns
    assert ("lost-update" in findings.witnesses) is (depth > 1)
