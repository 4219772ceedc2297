"""Fixes for the phantom session: logins and logouts that meet, that are looked at, and that die half-way."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from session_manager.model import SessionNotFound
from tests.subject.cases import Cases
from tests.subject.fix_worlds import OTHER, SESSION, Race, cleanup, login, logout, play, race, world_of
from tests.subject.scripted import GAP, Point, everywhere
from tests.subject.visitors import Call
from tests.subject.worlds import World

CLOSES_ONCE = ["all-locks-one-order", "locks-in-two-orders", "state-machine"]


def test_one_of_two_logouts_succeeds_wherever_the_second_comes_in() -> None:
    """The session is counted and queued once."""
    with Cases() as cases:
        for fix in CLOSES_ONCE:
            with cases.case(fix):
                for world, outcome in everywhere(partial(race, fix, logout, logout)):
                    ends = [outcome.first, outcome.second]
                    assert ends.count(None) == sum(isinstance(end, SessionNotFound) for end in ends) == 1, outcome
                    assert (world.three_counts(), world.manager.queued()) == ((1, 1, 1), [SESSION]), outcome


def test_check_then_decrement_closes_one_session_twice() -> None:
    """Two logouts of one session both succeed, and its row is queued twice."""
    world, outcome = play("check-then-decrement", logout, logout, GAP)
    assert (outcome.first, outcome.second) == (None, None)
    assert world.three_counts() == (1, 0, 0)
    assert world.manager.queued() == [SESSION, SESSION]


def test_logins_and_logouts_meet_and_the_counts_agree() -> None:
    """The counts agree in the end, wherever the second comes in."""
    pairs: list[tuple[Call, Call]] = [(login, logout), (logout, login), (login, login)]
    with Cases() as cases:
        for fix, two in itertools.product(("check-then-decrement", "all-locks-one-order", "state-machine"), pairs):
            with cases.case(fix, *two):
                for world, outcome in everywhere(partial(race, fix, *two)):
                    assert len(set(world.three_counts())) == 1, outcome
                    assert not isinstance(outcome.first, Exception), outcome
                    assert not isinstance(outcome.second, Exception), outcome


def test_locks_in_two_orders_wait_for_each_other_for_ever() -> None:
    """A login and a logout that lock in opposite orders deadlock."""
    _, script, leave, come = race("locks-in-two-orders", logout, login)
    with pytest.raises(AssertionError, match="deadlock at the lock 'stats'"):
        script.interleave(leave, come, Point("before", "stats"))
    assert script.second is not None
    assert script.second.waited
    script.second.finish()
    for _, outcome in everywhere(lambda: race("all-locks-one-order", logout, login)):
        assert outcome.first is None, outcome


def counts_seen(fix: str, operation: Call) -> set[bool]:
    """Whether store and statistics agree, for whoever looks at any point of an operation."""

    def build_race() -> Race:
        world, script, first, _ = race(fix, operation, operation)
        manager = world.manager
        return world, script, first, lambda: manager.get_active_count() == manager.get_stats().active_sessions

    return {outcome.second for _, outcome in everywhere(build_race)}


def test_no_reader_sees_the_counts_differ_where_all_locks_are_held() -> None:
    """A reader of both counts comes before the operation or after it."""
    operations: list[Call] = [login, logout]
    for fix, operation in itertools.product(("check-then-decrement", "all-locks-one-order"), operations):
        assert counts_seen(fix, operation) == {True}, (fix, operation)


def test_state_machine_lets_the_counts_differ_between_two_steps_of_closing() -> None:
    """It never promised otherwise; opening is one step."""
    assert counts_seen("state-machine", logout) == {True, False}
    assert counts_seen("state-machine", login) == {True}


def after_faults(fix: str) -> list[World]:
    """One world for each release of a logout, in which it died there."""
    worlds = []
    for release in itertools.count(1):
        world = world_of(fix, SESSION, OTHER, points=False)
        if not world.script.fail(partial(logout, world.manager, SESSION), release):
            break
        worlds.append(world)
    return worlds


def test_all_locks_leave_nothing_half_done_when_a_logout_dies() -> None:
    """It has happened, or it has not."""
    worlds = after_faults("all-locks-one-order")
    assert [(world.three_counts(), world.manager.queued()) for world in worlds] == [((1, 1, 1), [SESSION])] * 3


def test_state_machine_takes_a_logout_that_died_to_its_end() -> None:
    """The next cycle does what is left of it, each step once."""
    worlds = after_faults("state-machine")
    assert len({world.three_counts() for world in worlds}) == 3
    for world in worlds:
        assert world.manager.run_cleanup() == 1
        assert (world.three_counts(), world.database.ids()) == ((1, 1, 1), {OTHER})


def test_state_machine_is_taken_to_its_end_once_when_cleanup_meets_a_logout() -> None:
    """Whoever takes a step, nobody takes it again."""
    for world, outcome in everywhere(lambda: race("state-machine", logout, cleanup)):
        world.manager.run_cleanup()
        assert (world.three_counts(), world.database.ids(), world.manager.queued()) == ((1, 1, 1), {OTHER}, []), outcome
