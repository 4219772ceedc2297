"""Depth-first search: every schedule once, fewest preemptions first, and what it says when it cannot finish."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import comb, factorial, prod
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.schedule import write
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.programs.given import BadProgram
from racelab.explorer.search import explore as search
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


def test_independent_steps_have_as_many_interleavings_as_mathematics_says(explore: Explorer) -> None:
    """m and n independent steps have (m + n choose n) schedules in both searches."""
    # The beginning of an operation is a step too.
    offenders = []
    for first, second in [(0, 3), (1, 1), (1, 5), (2, 2), (3, 4), (5, 5)]:
        for locked in (True, False):
            maker, m, n = steps(first, second, locked), first + 1, second + 1
            full, merged = explore(TWO, maker, policy=DepthFirst(reduce=False)), explore(TWO, maker, reduce=True)
            counted = full.executions == full.schedules == merged.schedules == comb(m + n, n)
            if not counted or merged.executions > min(full.executions, 1 + (m + 1) * (n + 1) * 2):
                offenders.append((first, second, locked))
    assert not offenders


def test_three_tasks_have_as_many_interleavings_as_mathematics_says(explore: Explorer) -> None:
    """Independent steps of three tasks have the multinomial number of schedules."""
    offenders = []
    for lengths in [(1, 1, 1), (2, 1, 1)]:  # in operations of two steps each, their beginning and a sleep
        tasks = ["; ".join(["get_active_count"] * length) for length in lengths]
        expected = factorial(2 * sum(lengths)) // prod(factorial(2 * length) for length in lengths)
        if explore(tasks, steps(1, 1, locked=False), reduce=True).schedules != expected:
            offenders.append(lengths)
    assert not offenders


def test_the_preemptions_spent_are_part_of_the_state_where_there_is_a_bound(explore: Explorer) -> None:
    """With each bound, the merged search counts all schedules within it."""
    maker = steps(3, 4, locked=True)
    counted = {bound: explore(TWO, maker, bound=bound, reduce=True).schedules for bound in range(4)}
    assert counted == {bound: len(list(every_schedule(scenario_of(TWO), maker, bound))) for bound in range(4)}


class Watching(DepthFirst):
    """Notes every schedule that is run to its end, in the order of running."""

    def __init__(self, bound: int | None = None, reduce: bool = False) -> None:
        super().__init__(bound, reduce)
        self.ran: list[tuple[int, str]] = []

    def end(self, run: object, outcome: object) -> None:
        self.ran.append((run.preemptions, write(run.turns)))  # type: ignore[attr-defined]
        super().end(run, outcome)  # type: ignore[arg-type]


def test_each_schedule_within_a_bound_is_run_once_and_the_fewest_preemptions_first(explore: Explorer) -> None:
    """The full search runs all schedules once, ordered by their preemptions."""
    offenders = []
    for variant in ("buggy", "fixed"):
        every = [(ran.preemptions, write(ran.turns)) for ran in every_schedule(scenario_of(LONG), variant)]
        for bound in (None, 0, 1, 2):
            within = [ran for ran in every if bound is None or ran[0] <= bound]
            policy = Watching(bound)
            counted = [explore(LONG, variant, policy=policy).schedules, explore(LONG, variant, bound=bound).schedules]
            in_order = [preemptions for preemptions, _ in policy.ran] == sorted(ran[0] for ran in within)
            if sorted(policy.ran) != sorted(within) or not in_order or counted != [len(within)] * 2:
                offenders.append((variant, bound))
    assert not offenders


def test_the_first_anomaly_is_found_with_the_fewest_preemptions(explore: Explorer) -> None:
    """The search runs schedules without a preemption before all others."""
    findings = explore(LONG, "buggy", policy=(policy := Watching(reduce=True)))
    assert findings.witness is not None
    fewest = findings.witness.preemptions
    assert fewest == 1
    assert [preemptions for preemptions, _ in policy.ran][:2] == [0, 0]


def test_a_bound_covers_what_it_permits_and_says_so(explore: Explorer) -> None:
    """A search with a bound is exhausted within it, and names the bound."""
    for variant in ("buggy", "fixed"):
        bounded, every = explore(INCREMENTS, variant, bound=0), explore(INCREMENTS, variant)
        assert bounded.exhausted, variant
        assert (bounded.bound, every.bound) == (0, None), variant
        assert bounded.schedules == 2 < every.schedules, variant
        assert bounded.verdict == "none", variant


def test_a_bound_that_is_large_enough_changes_nothing(explore: Explorer) -> None:
    """A search with a sufficient bound has the outcomes of one without."""
    assert explore(LONG, "buggy", bound=20).outcomes == explore(LONG, "buggy").outcomes


def test_a_bound_belongs_to_the_policy_or_stands_alone(explore: Explorer) -> None:
    """A bound is reported wherever it was given, and refused beside a policy."""
    assert explore(INCREMENTS, "buggy", policy=DepthFirst(0)).bound == 0
    assert explore(INCREMENTS, "buggy", bound=0, reduce=False).bound == 0
    for more in ({"bound": 1}, {"reduce": True}):
        with pytest.raises(ValueError, match="to the policy, or no policy"):
            explore(INCREMENTS, "buggy", policy=DepthFirst(), **more)


def test_time_that_runs_out_after_the_last_schedule_changes_nothing(explore: Explorer) -> None:
    """A search whose time runs out after its last schedule is complete."""
    assert explore(["get_stats"], "fixed", seconds=0).verdict == "none"


def test_a_search_that_was_cut_short_cannot_tell(explore: Explorer) -> None:
    """A search that found nothing before it was cut short cannot tell."""
    short = explore(LONG, "fixed", policy=DepthFirst(most=2)), explore(LONG, "fixed", seconds=0)
    assert [findings.verdict for findings in short] == ["cannot tell"] * 2
    assert [findings.exhausted for findings in short] == [False, False]
    assert ["stopped" in findings.unsure for findings in short] == [False, True]


def test_what_was_found_before_the_end_stays_found(explore: Explorer) -> None:
    """An anomaly that was found stays found when the search is cut short."""
    findings = explore(LONG, "buggy", policy=DepthFirst(most=30))
    assert not findings.exhausted
    assert findings.verdict == "found"


def test_a_search_that_ends_just_at_its_limit_is_complete(explore: Explorer) -> None:
    """A search of two schedules is complete after two executions."""
    for limit in (2, 3):
        findings = explore(["get_active_count", "get_stats"], "buggy", policy=DepthFirst(most=limit, reduce=False))
        assert findings.executions == 2, limit
        assert findings.exhausted, limit
        assert findings.verdict == "none", limit


def spins(self: Manager) -> int:
    """For ever."""
    while True:
        self._runtime.nap(1)


def test_an_operation_that_never_ends_is_neither_wrong_nor_correct(explore: Explorer) -> None:
    """An operation that does not end cannot be decided, and its replay says so."""
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


def test_a_loop_that_others_can_end_is_left_when_they_do(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that another task can end has outcomes of both kinds."""
    monkeypatch.setattr(search, "MOST_STEPS", 40)

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
    """A manager that takes another lock in each execution cannot be decided."""
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
    """A step that a task cannot take the second time is not forced."""
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


def test_a_manager_whose_lock_is_taken_the_second_time_cannot_be_told(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that waits for another lock of the same name is noticed."""
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


def test_a_bound_below_zero_is_no_pass(explore: Explorer) -> None:
    """A negative bound is refused; zero leaves the schedules without a preemption."""
    with pytest.raises(BadProgram, match="bound=-1 is no whole number of 0 or more"):
        explore("lost-increment", "buggy", bound=-1)
    assert explore("lost-increment", "buggy", bound=0).schedules == 2
