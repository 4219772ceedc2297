"""The policies that draw schedules: repeatable by seed, never complete, as likely to find a bug as promised."""

from __future__ import annotations

from typing import Any

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.schedule import write
from racelab.explorer.search.policies import PCT, RandomWalk
from tests.explorer.toys import INCREMENTS

LONG = ["increment_access s1; increment_access s1"] * 2
POLICIES: list[type[RandomWalk] | type[PCT]] = [RandomWalk, PCT]
SEVEN_AND_EIGHT = ["B1 A1 B1 A2 B1", "A1 B2 A2 B1"]
"""What a random walk draws for two increments with the seeds 7 and 8."""


def noting(kind: type[RandomWalk] | type[PCT]) -> Any:
    """The same policy, which keeps the schedules that it drew."""

    def end(self: object, run: object, outcome: object) -> None:
        kind.end(self, run, outcome)  # type: ignore[arg-type]
        self.__dict__.setdefault("drawn", []).append(write(run.turns))  # type: ignore[attr-defined]

    return type("Noting", (kind,), {"end": end})


def test_the_same_seed_draws_the_same_schedules(explore: Explorer) -> None:
    """A seed draws the same schedules each time, and another seed draws others."""
    offenders = []
    for kind in POLICIES:
        first, again, other = (noting(kind)(seed, 20) for seed in (7, 7, 8000))
        ran = [explore(LONG, "buggy", policy=policy).executions for policy in (first, again, other)]
        repeats = first.drawn == again.drawn != other.drawn
        if ran != [20] * 3 or not repeats or len(set(first.drawn)) <= 5:
            offenders.append(kind)
    assert not offenders


def test_a_random_schedule_can_be_drawn_again_by_its_own_seed(explore: Explorer) -> None:
    """Each execution takes the next seed, and every Python draws the same for it."""
    together, first, second = noting(RandomWalk)(7, 2), noting(RandomWalk)(7, 1), noting(RandomWalk)(8, 1)
    for policy in (together, first, second):
        explore(INCREMENTS, "buggy", policy=policy)
    assert together.drawn == first.drawn + second.drawn == SEVEN_AND_EIGHT


def test_drawn_schedules_find_a_lost_increment(explore: Explorer) -> None:
    """A hundred drawn schedules find a bug that most schedules show."""
    found = {kind: explore("lost-increment", "buggy", policy=kind(1, 100)).witnesses for kind in POLICIES}
    assert not [kind for kind, witnesses in found.items() if "lost-update" not in witnesses]


def test_a_policy_that_draws_is_never_complete(explore: Explorer) -> None:
    """A thousand draws of a program with eight schedules cannot tell."""
    offenders = []
    for kind in POLICIES:
        findings = explore("lost-increment", "fixed", policy=kind(1, 1_000))
        counted = findings.executions == findings.schedules == 1_000
        if findings.verdict != "cannot tell" or findings.exhausted or not counted:
            offenders.append(kind)
    assert not offenders


def test_a_random_walk_chooses_every_task_equally_often(explore: Explorer) -> None:
    """Of 500 first turns of two tasks about half are A's."""
    # A fair coin is this far from 250 once in 3,000 times; the seed stays the same.
    policy = noting(RandomWalk)(1, 500)
    explore(INCREMENTS, "buggy", policy=policy)
    assert 210 < sum(schedule.startswith("A") for schedule in policy.drawn) < 290


def test_pct_finds_a_bug_of_depth_two_as_often_as_its_authors_promise(explore: Explorer) -> None:
    """At least 1 / (2 * 6) of PCT's runs find the bug: two tasks, six steps."""
    # What is to be found: the second write comes after the first, and its read before it. The true odds are those of
    # one fall among six places right after a read, 1/6 of them, or 67 of 400 with a standard deviation of 7.5: fewer
    # than 34 would be an accident of one in 200,000, and these seeds are always the same.
    lost = {}
    for seed in (0, 10_000):
        outcomes = explore(INCREMENTS, "buggy", policy=PCT(seed, 400, depth=2)).outcomes
        lost[seed] = sum(many for outcome, many in outcomes.items() if "lost-update" in outcome.names)
    assert not {seed: many for seed, many in lost.items() if many < 400 / (2 * 6)}


def test_pct_preempts_once_less_than_its_depth(explore: Explorer) -> None:
    """PCT of depth d makes d + 1 turns at most, and depth 1 loses no update."""
    told = {}
    for depth in (1, 2, 3):
        policy = noting(PCT)(1, 300, depth)
        findings = explore(LONG, "buggy", policy=policy)
        told[depth] = max(len(schedule.split()) for schedule in policy.drawn), "lost-update" in findings.witnesses
    assert told == {1: (2, False), 2: (3, True), 3: (4, True)}
