"""Fixes for the lost update: those that hold, wherever a second change comes in; and the others, where they fail."""

from __future__ import annotations

import pytest

from session_manager.model import Row, SessionNotFound
from tests.subject.fix_worlds import (
    CHANGES,
    OTHER,
    SECOND_GAP,
    SESSION,
    Call,
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
from tests.subject.visitors import increment, revoke, set_a, set_b

ONE_AT_A_TIME = ["one-write-lock", "mutex-per-session", "compare-and-set"]


@pytest.mark.parametrize("second", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("first", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("fix", ONE_AT_A_TIME)
def test_neither_of_two_changes_is_lost_wherever_the_second_comes_in(fix: str, first: Call, second: Call) -> None:
    """In memory nor in the row; and no number is handed out twice."""
    expected = after_both(first, second)
    for world, outcome in everywhere(lambda: race(fix, first, second)):
        assert seen(world) == expected, outcome
        assert row_of(world, SESSION).data == world.data(SESSION), outcome
        assert outcome.first is None or outcome.first != outcome.second, outcome


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("order", ["change first", "logout first"])
@pytest.mark.parametrize("fix", ONE_AT_A_TIME)
def test_a_change_that_meets_a_logout_ends_with_the_session_gone(fix: str, order: str, change: Call) -> None:
    """Whoever holds or waits for a lock of a session that is deleted: nothing of it comes back or stays behind."""
    first, second = (change, logout) if order == "change first" else (logout, change)
    for world, outcome in everywhere(lambda: race(fix, first, second)):
        assert all(end is None or isinstance(end, (int, SessionNotFound)) for end in (outcome.first, outcome.second))
        assert list(world.manager.census().sessions) == [OTHER], outcome
        assert (world.manager.queued(), world.manager.run_cleanup()) == ([SESSION], 1), outcome


@pytest.mark.parametrize("fix", ["mutex-per-session", "compare-and-set"])
def test_a_change_of_one_session_does_not_hold_up_another(fix: str) -> None:
    """At no point; with one write lock for all it does."""

    def build_race(fix: str) -> Race:
        world, script, first, _ = race(fix, set_a, set_a)
        return world, script, first, lambda: set_b(world.manager, OTHER)

    assert not any(outcome.waited for _, outcome in everywhere(lambda: build_race(fix)))
    assert any(outcome.waited for _, outcome in everywhere(lambda: build_race("one-write-lock")))


@pytest.mark.parametrize("fix", ONE_AT_A_TIME)
def test_a_quiet_refresh_afterwards_brings_a_change_that_met_a_refresh(fix: str) -> None:
    """These are no fixes for a stale overwrite, but what a later refresh brings is what was acknowledged."""
    for world, outcome in everywhere(lambda: race(fix, set_a, refresh)):
        refresh(world.manager, SESSION)
        assert seen(world) == (1, {"a": "1"}, True), outcome


def test_compare_and_set_notices_news_that_a_refresh_brings() -> None:
    """A refresh is a writer too: the change is made anew on the row of another process, and overwrites nothing."""
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


@pytest.mark.parametrize(("first", "second"), [(increment, increment), (increment, set_a), (set_a, increment)])
def test_atomic_counter_counts_every_access(first: Call, second: Call) -> None:
    """Wherever the second comes in."""
    for world, outcome in everywhere(lambda: race("atomic-counter", first, second)):
        assert world.data(SESSION).access_count == row_of(world, SESSION).data.access_count == 2, outcome


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [(set_a, set_b, (2, {"a": "1"}, True)), (set_a, revoke, (1, {"a": "1"}, True)), (revoke, set_b, (1, {}, False))],
)
def test_atomic_counter_loses_everything_but_the_count(
    first: Call, second: Call, left: tuple[int, dict[str, str], bool]
) -> None:
    """A key, or a revocation, goes the way that it goes in the module."""
    world, _ = play("atomic-counter", first, second, GAP)
    assert seen(world) == left


@pytest.mark.parametrize(("first", "second"), [(set_a, set_b), (increment, increment), (set_a, increment)])
def test_check_twice_notices_whoever_comes_before_its_second_look(first: Call, second: Call) -> None:
    """The gap of the module is closed."""
    world, _ = play("check-twice", first, second, GAP)
    assert seen(world) == after_both(first, second)


@pytest.mark.parametrize(("first", "second"), [(set_a, set_b), (increment, increment), (set_a, increment)])
def test_check_twice_overwrites_whoever_comes_after_its_second_look(first: Call, second: Call) -> None:
    """And another one, as wide, stands behind it."""
    world, _ = play("check-twice", first, second, SECOND_GAP)
    count, metadata, _ = seen(world)
    assert (count, metadata) == (1, {"a": "1"} if first is set_a else {})
