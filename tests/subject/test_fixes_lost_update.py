"""Fixes for the lost update: those that hold, wherever a second change comes in; and the others, where they fail."""

from __future__ import annotations

import itertools
from functools import partial

from session_manager.model import Row, SessionNotFound
from tests.subject.cases import Cases
from tests.subject.fix_worlds import (
    CHANGES,
    OTHER,
    SECOND_GAP,
    SESSION,
    Race,
    after_both,
    logout,
    play,
    race,
    refresh,
    row_of,
    seen,
)
from tests.subject.scripted import GAP, everywhere
from tests.subject.visitors import Call, increment, revoke, set_a, set_b

ONE_AT_A_TIME = ["one-write-lock", "mutex-per-session", "compare-and-set"]


def test_neither_of_two_changes_is_lost_wherever_the_second_comes_in() -> None:
    """Memory and row hold both changes, and no number is handed out twice."""
    with Cases() as cases:
        for fix, first, second in itertools.product(ONE_AT_A_TIME, CHANGES, CHANGES):
            with cases.case(fix, first, second):
                neither_is_lost(fix, CHANGES[first], CHANGES[second])


def neither_is_lost(fix: str, first: Call, second: Call) -> None:
    """The second change at each point of the first."""
    expected = after_both(first, second)
    for world, outcome in everywhere(lambda: race(fix, first, second)):
        assert seen(world) == expected, outcome
        assert row_of(world, SESSION).data == world.data(SESSION), outcome
        assert outcome.first is None or outcome.first != outcome.second, outcome


def test_a_change_that_meets_a_logout_ends_with_the_session_gone() -> None:
    """Nothing of a closed session comes back or stays behind, whatever met the logout."""
    with Cases() as cases:
        for fix, change in itertools.product(ONE_AT_A_TIME, CHANGES):
            with cases.case(fix, change, "change first"):
                the_session_is_gone(fix, CHANGES[change], logout)
            with cases.case(fix, change, "logout first"):
                the_session_is_gone(fix, logout, CHANGES[change])


def the_session_is_gone(fix: str, first: Call, second: Call) -> None:
    """One of the two is a logout; the second comes at each point of the first."""
    for world, outcome in everywhere(lambda: race(fix, first, second)):
        assert all(end is None or isinstance(end, (int, SessionNotFound)) for end in (outcome.first, outcome.second))
        assert list(world.manager.census().sessions) == [OTHER], outcome
        assert (world.manager.queued(), world.manager.run_cleanup()) == ([SESSION], 1), outcome


def test_a_change_of_one_session_does_not_hold_up_another() -> None:
    """It waits at no point, except with one write lock for all sessions."""

    def build_race(fix: str) -> Race:
        world, script, first, _ = race(fix, set_a, set_a)
        return world, script, first, lambda: set_b(world.manager, OTHER)

    waits = {fix: any(outcome.waited for _, outcome in everywhere(partial(build_race, fix))) for fix in ONE_AT_A_TIME}
    assert waits == {"one-write-lock": True, "mutex-per-session": False, "compare-and-set": False}


def test_a_quiet_refresh_afterwards_brings_a_change_that_met_a_refresh() -> None:
    """A later refresh brings what was acknowledged."""
    with Cases() as cases:
        for fix in ONE_AT_A_TIME:
            with cases.case(fix):
                for world, outcome in everywhere(partial(race, fix, set_a, refresh)):
                    refresh(world.manager, SESSION)
                    assert seen(world) == (1, {"a": "1"}, True), outcome


def test_compare_and_set_notices_news_that_a_refresh_brings() -> None:
    """After a refresh in its gap, a change is made anew and overwrites nothing."""
    world, script, first, _ = race("compare-and-set", set_a, set_a)

    def news() -> None:
        world.database.save(Row(world.data(SESSION).with_key("theirs", "3"), version=2))
        refresh(world.manager, SESSION)

    script.interleave(first, news, GAP)
    assert seen(world) == (1, {"theirs": "3", "a": "1"}, True)
    assert row_of(world, SESSION) == Row(world.data(SESSION), version=3)


def test_compare_and_set_saves_in_the_order_of_versions() -> None:
    """One that was overtaken between memory and database leaves the newer row alone."""
    world, _ = play("compare-and-set", set_a, set_b, SECOND_GAP)
    assert row_of(world, SESSION) == Row(world.data(SESSION), version=3)
    assert seen(world) == (2, {"a": "1", "b": "2"}, True)


def test_atomic_counter_counts_every_access() -> None:
    """No access is lost at any point, in memory or in the row."""
    with Cases() as cases:
        for first, second in ((increment, increment), (increment, set_a), (set_a, increment)):
            with cases.case(first.__name__, second.__name__):
                for world, outcome in everywhere(partial(race, "atomic-counter", first, second)):
                    assert world.data(SESSION).access_count == row_of(world, SESSION).data.access_count == 2, outcome


def test_atomic_counter_loses_everything_but_the_count() -> None:
    """A key or a revocation is lost as in the module."""
    left = [play("atomic-counter", *two, GAP)[0] for two in ((set_a, set_b), (set_a, revoke), (revoke, set_b))]
    assert [seen(world) for world in left] == [(2, {"a": "1"}, True), (1, {"a": "1"}, True), (1, {}, False)]


PAIRS: list[tuple[Call, Call]] = [(set_a, set_b), (increment, increment), (set_a, increment)]


def test_check_twice_notices_a_change_before_its_second_read() -> None:
    """The gap of the module is closed."""
    found = [seen(play("check-twice", first, second, GAP)[0]) for first, second in PAIRS]
    assert found == [after_both(first, second) for first, second in PAIRS]


def test_check_twice_overwrites_a_change_after_its_second_read() -> None:
    """Another gap, as wide as the first, stands behind the second read."""
    found = [seen(play("check-twice", first, second, SECOND_GAP)[0])[:2] for first, second in PAIRS]
    assert found == [(1, {"a": "1"}), (1, {}), (1, {"a": "1"})]
