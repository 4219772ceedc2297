"""Depth-first search: every schedule once, fewest preemptions first, and what it says when it could not finish."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import comb, factorial, prod
from typing import Any

import pytest

from racelab.explorer.kernel.schedule import write
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.pytest_plugin import Explorer, scenario_of
from racelab.explorer.search.findings import Findings
from racelab.explorer.search.policies import DepthFirst
from tests.explorer.brute import every_schedule
from tests.explorer.toys import INCREMENTS, TWO, Manager, toy

LONG = ["increment_access s1; increment_access s1"] * 2


def steps(first: int, second: int, locked: bool) -> Maker:
    """Two operations with so many points each after their beginning, which have nothing to do with each other."""

    def operation(many: int, lock: str) -> object:
        def run(self: Manager) -> int:
            for _ in range(many):
                if locked:
                    with getattr(self._state, lock).read():
                        pass
                else:
                    self._runtime.nap(1)
            return many

        return run

    return toy(get_active_count=operation(first, "store"), get_cleanup_queue_size=operation(second, "queue"))


@pytest.mark.parametrize("locked", [True, False], ids=["locks", "naps"])
@pytest.mark.parametrize(("first", "second"), [(0, 3), (1, 1), (1, 5), (2, 2), (3, 4), (5, 5)])
def test_independent_steps_can_be_ordered_in_as_many_ways_as_mathematics_says(
    explore: Explorer, first: int, second: int, locked: bool
) -> None:
    """(m + n choose n), beginnings counted: run one by one, and counted by the search that ran far fewer."""
    maker, ways = steps(first, second, locked), comb(first + 1 + second + 1, second + 1)
    full = explore(TWO, maker, policy=DepthFirst(reduce=False))
    assert full.executions == full.schedules == ways
    reduced = explore(TWO, maker, reduce=True)
    assert reduced.schedules == ways
    assert reduced.executions <= min(ways, 1 + (first + 2) * (second + 2) * 2)


@pytest.mark.parametrize("lengths", [(1, 1, 1), (2, 1, 1)])
def test_three_tasks_are_counted_as_well(explore: Explorer, lengths: tuple[int, ...]) -> None:
    """Any number of tasks: the multinomial coefficient. Each operation is two steps, its beginning and a nap."""
    tasks = ["; ".join(["get_active_count"] * length) for length in lengths]
    ways = factorial(2 * sum(lengths)) // prod(factorial(2 * length) for length in lengths)
    assert explore(tasks, steps(1, 1, locked=False), reduce=True).schedules == ways


@pytest.mark.parametrize("bound", [0, 1, 2, 3])
def test_what_has_been_spent_of_the_bound_is_part_of_the_state(explore: Explorer, bound: int) -> None:
    """Of two ways to one state, the one with fewer preemptions leaves more of them for the rest."""
    maker = steps(3, 4, locked=True)
    every = list(every_schedule(scenario_of(TWO), maker, bound))
    assert explore(TWO, maker, bound=bound, reduce=True).schedules == len(every)


class Watching(DepthFirst):
    """Notes every schedule that is run to its end, in the order of running."""

    def __init__(self, bound: int | None = None, reduce: bool = False) -> None:
        super().__init__(bound, reduce)
        self.ran: list[tuple[int, str]] = []

    def end(self, run: object, outcome: object) -> None:
        self.ran.append((run.preemptions, write(run.turns)))  # type: ignore[attr-defined]
        super().end(run, outcome)  # type: ignore[arg-type]


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
@pytest.mark.parametrize("bound", [None, 0, 1, 2])
def test_each_schedule_within_the_bound_is_run_once_and_the_fewest_preemptions_first(
    explore: Explorer, variant: str, bound: int | None
) -> None:
    """The full search, beside the plainest enumeration there is."""
    policy = Watching(bound)
    findings = explore(LONG, variant, policy=policy)
    within = [
        (ran.preemptions, write(ran.turns))
        for ran in every_schedule(scenario_of(LONG), variant)
        if bound is None or ran.preemptions <= bound
    ]
    assert sorted(policy.ran) == sorted(within)
    assert [preemptions for preemptions, _ in policy.ran] == sorted(preemptions for preemptions, _ in within)
    assert findings.schedules == len(within)
    assert explore(LONG, variant, bound=bound).schedules == len(within)


def test_the_first_anomaly_is_found_with_the_fewest_preemptions(explore: Explorer) -> None:
    """So that whoever stops at the first has one that can be read."""
    findings = explore(LONG, "buggy", policy=(policy := Watching(reduce=True)))
    assert findings.witness is not None
    fewest = findings.witness.preemptions
    assert fewest == 1
    assert [preemptions for preemptions, _ in policy.ran][:2] == [0, 0]


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_a_bound_covers_what_it_permits_and_says_so(explore: Explorer, variant: str) -> None:
    """`exhausted` is about the bound; `bound` stands beside it; fewer schedules are covered than without."""
    bounded, every = explore(INCREMENTS, variant, bound=0), explore(INCREMENTS, variant)
    assert bounded.exhausted
    assert bounded.bound == 0
    assert every.bound is None
    assert bounded.schedules == 2 < every.schedules
    assert bounded.verdict == "none"


def test_a_bound_that_is_large_enough_changes_nothing(explore: Explorer) -> None:
    """Both count the same endings."""
    assert explore(LONG, "buggy", bound=20).outcomes == explore(LONG, "buggy").outcomes


def unfinished(explore: Explorer, variant: str, how: str) -> Findings:
    """A search that is not let finish."""
    if how == "most":
        return explore(LONG, variant, policy=DepthFirst(most=2))
    return explore(LONG, variant, seconds=0)


def test_a_bound_is_told_whoever_was_given_it(explore: Explorer) -> None:
    """And there is one, of the policy or beside none."""
    assert explore(INCREMENTS, "buggy", policy=DepthFirst(0)).bound == 0
    assert explore(INCREMENTS, "buggy", bound=0, reduce=False).bound == 0
    for more in ({"bound": 1}, {"reduce": True}):
        with pytest.raises(ValueError, match="to the policy, or no policy"):
            explore(INCREMENTS, "buggy", policy=DepthFirst(), **more)


def test_time_that_runs_out_after_the_last_schedule_changes_nothing(explore: Explorer) -> None:
    """All were covered."""
    assert explore(["get_stats"], "fixed", seconds=0).verdict == "none"


@pytest.mark.parametrize("how", ["most", "seconds"])
def test_a_search_that_was_cut_short_cannot_tell(explore: Explorer, how: str) -> None:
    """Nothing was found, and not all was looked at: that proves nothing, and it says which it was."""
    findings = unfinished(explore, "fixed", how)
    assert findings.verdict == "cannot tell"
    assert not findings.exhausted
    assert ("stopped" in findings.unsure) is (how == "seconds")


def test_what_was_found_before_the_end_stays_found(explore: Explorer) -> None:
    """One schedule that ends in an anomaly is enough, however many were not run."""
    findings = explore(LONG, "buggy", policy=DepthFirst(most=30))
    assert not findings.exhausted
    assert findings.verdict == "found"


@pytest.mark.parametrize("limit", [2, 3])
def test_a_search_that_ends_just_at_its_limit_is_complete(explore: Explorer, limit: int) -> None:
    """There are two schedules: after two executions nothing is left."""
    findings = explore(["get_active_count", "get_stats"], "buggy", policy=DepthFirst(most=limit, reduce=False))
    assert findings.executions == 2
    assert findings.exhausted
    assert findings.verdict == "none"


def spins(self: Manager) -> int:
    """Until the end of time."""
    while True:
        self._runtime.nap(1)


def test_an_operation_that_never_ends_is_neither_wrong_nor_right(explore: Explorer) -> None:
    """The limit of steps is named, and it replays."""
    findings = explore(["get_active_count"], toy(get_active_count=spins))
    assert findings.verdict == "cannot tell"
    assert not findings.exhausted
    assert "400 steps" in findings.unsure
    (ending,) = findings.outcomes
    assert ending.kind == "too long"
    trace = explore.replay(["get_active_count"], toy(get_active_count=spins), "A10")
    assert trace.ending is not None
    assert trace.ending.kind == "too long"
    assert trace.ending == ending


def test_a_loop_that_others_can_end_is_left_when_they_do(explore: Explorer) -> None:
    """Some schedules end, some do not: what was found in those that end counts."""

    def waits(self: Manager) -> int:
        while self._state.queue.peek():
            self._runtime.nap(1)
        return 1

    more: dict[str, Any] = {"sessions": ("s1", "c2"), "closed": ("c2",)}
    findings = explore(["get_active_count", "run_cleanup"], toy(get_active_count=waits), bound=1, reduce=True, **more)
    assert {ending.kind for ending in findings.outcomes} == {"too long", "finished"}
    assert findings.verdict == "cannot tell"


def unseen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Counts its calls where nothing that is watched between executions can see it: in a module of Python's."""
    monkeypatch.setattr(sys, "_calls_of_this_test", iter(range(10_000)), raising=False)
    return lambda: int(next(vars(sys)["_calls_of_this_test"]))


def test_a_manager_that_does_not_repeat_cannot_be_told(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not condemned for what only the exploration did: each time another lock comes first, or another point."""
    turns = unseen(monkeypatch)

    def one_way_or_the_other(self: Manager) -> int:
        if turns() % 2:
            with self._state.store.read():
                return 1
        with self._state.queue.read():
            return 1

    findings = explore(["get_active_count"] * 3, toy(get_active_count=one_way_or_the_other))
    assert findings.verdict == "cannot tell"
    assert "led elsewhere the second time" in findings.unsure
    assert not findings.witnesses


def test_a_task_is_never_made_to_take_what_it_cannot_have(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether both visitors use one lock differs from one execution to the next: correct, and hard to decide."""
    executions = unseen(monkeypatch)

    class OneOrTwoLocks(Manager):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            one, other = self._runtime.lock("counter", [0]), self._runtime.lock("counter", [0])
            self.locks = one, (one if executions() % 2 else other)

        def _alone(self, number: int) -> int:
            with self.locks[number] as inside:
                assert not inside[0]
                inside[0] = 1
                self._runtime.nap(1)
                inside[0] = 0
            return 1 - number

        def get_active_count(self) -> int:
            return self._alone(0)

        def get_cleanup_queue_size(self) -> int:
            return self._alone(1)

    findings = explore(TWO, toy(OneOrTwoLocks))
    assert findings.verdict == "cannot tell"
    assert "led elsewhere the second time" in findings.unsure


def test_a_manager_whose_way_is_barred_the_second_time_cannot_be_told(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands before a lock of the same name, and somebody has that one."""
    turns = unseen(monkeypatch)

    class TwoParts(Manager):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.parts = [self._runtime.lock("part", [0]) for _ in range(2)]

    def first(self: Any) -> int:
        with self.parts[0]:
            self._runtime.nap(1)
        return 1

    def one_or_the_other(self: Any) -> int:
        with self.parts[turns() < 5]:  # in half of the ten schedules it is the one that no other task wants
            return 0

    findings = explore(TWO, toy(TwoParts, get_active_count=first, get_cleanup_queue_size=one_or_the_other))
    assert findings.verdict == "cannot tell"
    assert "led elsewhere" in findings.unsure
