"""Fixes for the stale overwrite: which rows each takes, and which changes that takes back."""

from __future__ import annotations

import itertools

from session_manager.model import Row
from tests.subject.cases import Cases
from tests.subject.fix_worlds import (
    CHANGES,
    SECOND_GAP,
    SESSION,
    after_both,
    play,
    race,
    refresh,
    row_of,
    seen,
    world_of,
)
from tests.subject.scripted import NAP, everywhere
from tests.subject.visitors import Call, increment, revoke, set_a


def test_a_refresh_takes_no_change_back_wherever_the_two_meet() -> None:
    """No change is lost while the clock goes forward and no other process writes."""
    with Cases() as cases:
        for fix, change in itertools.product(("newer-row", "timestamps", "seed-less-than"), CHANGES):
            with cases.case(fix, change, "change first"):
                no_change_is_taken_back(fix, CHANGES[change], refresh)
            with cases.case(fix, change, "refresh first"):
                no_change_is_taken_back(fix, refresh, CHANGES[change])


def no_change_is_taken_back(fix: str, first: Call, second: Call) -> None:
    """One of the two is a refresh; the second comes at each point of the first."""
    expected = after_both(first, second)
    for world, outcome in everywhere(lambda: race(fix, first, second)):
        assert seen(world) == expected, outcome
        assert row_of(world, SESSION).data == world.data(SESSION), outcome


def test_seed_less_than_never_takes_a_row() -> None:
    """A refresh never takes a row, however new, and the copy stays past its TTL."""
    world = world_of("seed-less-than", SESSION)
    theirs = Row(world.data(SESSION).with_key("theirs", "3"), version=9)
    theirs.data.last_activity = world.script.now()
    world.database.save(theirs)
    for _ in range(3):
        assert world.manager.get_session(SESSION).metadata == {}
    assert world.manager.get_stats().cache_misses == 3
    for _, outcome in everywhere(lambda: race("seed-less-than", refresh, set_a)):
        assert outcome.first is None


def test_version_seen_keeps_an_update_that_comes_during_the_fetch() -> None:
    """The timeline of the seed's README."""
    world, _ = play("version-seen", refresh, set_a, NAP)
    assert seen(world) == (1, {"a": "1"}, True)


def test_version_seen_takes_back_an_increment_that_comes_during_the_fetch() -> None:
    """It was acknowledged, and the version did not move."""
    world, outcome = play("version-seen", refresh, increment, NAP)
    assert (outcome.second, world.data(SESSION).access_count) == (1, 0)


def test_version_seen_takes_back_a_change_that_is_not_saved_yet() -> None:
    """It reads the new version, which memory has first, and then the old row."""
    worlds = [play("version-seen", change, refresh, SECOND_GAP)[0] for change in (set_a, revoke)]
    assert [seen(world) for world in worlds] == [(0, {}, True)] * 2
    assert [row_of(world, SESSION).version for world in worlds] == [2, 2]


def test_timestamps_takes_a_later_row() -> None:
    """One that another process touched."""
    world = world_of("timestamps", SESSION)
    theirs = Row(world.data(SESSION).with_key("theirs", "3"))
    theirs.data.last_activity = world.script.now()
    world.database.save(theirs)
    assert world.manager.get_session(SESSION).metadata == {"theirs": "3"}


def test_timestamps_believes_a_clock_that_steps_back() -> None:
    """After the clock steps back, an older row has the later time and wins."""
    world, script, fetch, _ = race("timestamps", refresh, refresh)
    increment(world.manager, SESSION)

    def set_the_clock_right_and_the_key() -> None:
        script.clock -= 30
        set_a(world.manager, SESSION)

    script.interleave(fetch, set_the_clock_right_and_the_key, NAP)
    assert seen(world) == (1, {}, True)


def test_newer_row_takes_back_an_increment_only_with_a_row_from_elsewhere() -> None:
    """Only another process's row overwrites an increment, which raises no version."""
    world, script, fetch, _ = race("newer-row", refresh, refresh)
    world.database.save(Row(world.data(SESSION).with_key("theirs", "3"), version=2))
    script.interleave(fetch, lambda: increment(world.manager, SESSION), NAP)
    assert seen(world) == (0, {"theirs": "3"}, True)
