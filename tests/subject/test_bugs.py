"""Lost updates and stale overwrites, both directions: a schedule that shows the bug, and every schedule of the fix.

Each test on `buggy` says what is lost. Each test on `fixed` runs the same two operations and lets the second come in
at every point that the first has; where a lock stops it, it goes on as soon as the first is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from session_manager.model import Row
from tests.subject.scripted import GAP, NAP, Outcome, Point, Script, everywhere
from tests.subject.visitors import Call, increment, revoke, set_a, set_b
from tests.subject.worlds import Manager, World

Operation = Callable[[], object]
Race = tuple[tuple[World, str], Script, Operation, Operation]


def refresh(manager: Manager, session_id: str) -> object:
    """Somebody reads a session that is older than its time to live."""
    return manager.get_session(session_id)


def race(variant: str, first: Call, second: Call, age: float = 0.0) -> Race:
    """Two operations on one session that is `age` seconds old."""
    world = World(variant)
    session_id = world.create()
    world.script.clock += age

    def run(operation: Call) -> Operation:
        return lambda: operation(world.manager, session_id)

    return (world, session_id), world.script, run(first), run(second)


def play(
    variant: str,
    first: Call,
    second: Call,
    at: Point,
    age: float = 0.0,
) -> tuple[World, str, Outcome]:
    """The second operation at one point of the first."""
    (world, session_id), script, one, other = race(variant, first, second, age)
    outcome = script.interleave(one, other, at)
    assert outcome.where == at
    return world, session_id, outcome


def row_of(world: World, session_id: str) -> Row:
    """The session's row, which must be there."""
    row = world.database.row(session_id)
    assert row is not None
    return row


def assert_memory_is_the_row(world: World, session_id: str) -> None:
    """What the manager holds is what a restart would find."""
    assert world.data(session_id) == row_of(world, session_id).data


def test_buggy_overwrites_an_update_that_comes_in_its_gap() -> None:
    """Both updates are acknowledged; the second's key and one access are lost."""
    world, session_id, outcome = play("buggy", set_a, set_b, GAP)
    assert (outcome.first, outcome.second) == (None, None)
    data = world.data(session_id)
    assert (data.metadata, data.access_count) == ({"a": "1"}, 1)
    assert row_of(world, session_id).data.metadata == {"a": "1"}
    assert row_of(world, session_id).version == 3


def test_buggy_loses_nothing_outside_its_gap() -> None:
    """Only an update between the read and the write loses a key in memory."""
    lost = [
        (outcome.where, world.data(session_id).metadata)
        for (world, session_id), outcome in everywhere(lambda: race("buggy", set_a, set_b))
        if world.data(session_id).metadata != {"a": "1", "b": "2"}
    ]
    assert lost == [(GAP, {"a": "1"}), (Point("before", "store"), {"a": "1"})]


def test_fixed_keeps_both_updates_wherever_the_second_comes_in() -> None:
    """Memory and row hold both keys, both accesses and a version for each update."""
    for first, second in ((set_a, set_b), (set_b, set_a)):
        played = 0
        for (world, session_id), outcome in everywhere(partial(race, "fixed", first, second)):
            assert (outcome.first, outcome.second) == (None, None), (first, outcome)
            data = world.data(session_id)
            assert (data.metadata, data.access_count) == ({"a": "1", "b": "2"}, 2), (first, outcome)
            assert row_of(world, session_id) == Row(data, version=3), (first, outcome)
            played += 1
        assert played >= 4


def test_buggy_hands_one_number_to_two_callers() -> None:
    """Two accesses, and the session counts one."""
    world, session_id, outcome = play("buggy", increment, increment, GAP)
    assert (outcome.first, outcome.second) == (1, 1)
    assert world.data(session_id).access_count == 1
    assert row_of(world, session_id).data.access_count == 1


def test_buggy_does_not_touch_the_version_when_it_counts() -> None:
    """As seeded: nothing could notice the increment afterwards."""
    world = World("buggy")
    session_id = world.create()
    world.manager.increment_access(session_id)
    assert row_of(world, session_id).version == 1


def test_fixed_hands_out_each_number_once_wherever_the_second_comes_in() -> None:
    """And memory and row count both."""
    played = 0
    for (world, session_id), outcome in everywhere(lambda: race("fixed", increment, increment)):
        assert {outcome.first, outcome.second} == {1, 2}, outcome
        assert world.data(session_id).access_count == 2, outcome
        assert_memory_is_the_row(world, session_id)
        played += 1
    assert played >= 4


def test_fixed_loses_neither_of_an_update_and_an_increment() -> None:
    """The two lose one access in the gap of buggy, and none at any point of fixed."""
    pairs: list[tuple[Call, Call]] = [(increment, set_a), (set_a, increment)]
    for first, second in pairs:
        world, session_id, _ = play("buggy", first, second, GAP)
        assert world.data(session_id).access_count == 1, first
        for (world, session_id), outcome in everywhere(partial(race, "fixed", first, second)):
            data = world.data(session_id)
            assert (data.metadata, data.access_count) == ({"a": "1"}, 2), (first, outcome)
            assert_memory_is_the_row(world, session_id)


def test_buggy_lets_an_update_put_back_what_was_revoked() -> None:
    """An update restores a revoked authentication, in memory and in the row."""
    world, session_id, outcome = play("buggy", set_a, revoke, GAP)
    assert (outcome.first, outcome.second) == (None, None)
    assert world.data(session_id).is_authenticated
    assert row_of(world, session_id).data.is_authenticated


def test_buggy_lets_a_revocation_overwrite_an_update() -> None:
    """The other way round it is the visitor's key that is gone."""
    world, session_id, _ = play("buggy", revoke, set_a, GAP)
    data = world.data(session_id)
    assert (data.metadata, data.access_count, data.is_authenticated) == ({}, 0, False)


def test_fixed_keeps_a_revocation_and_the_change_that_it_meets() -> None:
    """Memory and row hold both, wherever the second comes in."""
    pairs: list[tuple[Call, Call]] = [(revoke, set_a), (revoke, increment), (set_a, revoke), (increment, revoke)]
    for first, second in pairs:
        for (world, session_id), outcome in everywhere(partial(race, "fixed", first, second)):
            data = world.data(session_id)
            assert (data.access_count, data.is_authenticated) == (1, False), (first, second, outcome)
            assert row_of(world, session_id) == Row(data, version=3), (first, second, outcome)


def test_buggy_puts_old_data_back_when_a_change_comes_during_the_fetch() -> None:
    """An acknowledged change is in the row, and memory holds the data before it."""
    changes: list[Call] = [set_a, increment]
    for change in changes:
        world, session_id, outcome = play("buggy", refresh, change, NAP, age=61)
        assert outcome.second in (None, 1), change
        data = world.data(session_id)
        assert (data.metadata, data.access_count) == ({}, 0), change
        assert row_of(world, session_id).data.access_count == 1, change


def test_buggy_then_makes_the_stale_data_permanent() -> None:
    """The next update saves the stale copy, and the acknowledged key is lost."""
    world, session_id, _ = play("buggy", refresh, set_a, NAP, age=61)
    world.manager.update_session(session_id, "c", "3")
    assert world.data(session_id).metadata == {"c": "3"}
    assert row_of(world, session_id).data.metadata == {"c": "3"}


def test_fixed_keeps_a_change_wherever_it_meets_a_refresh() -> None:
    """Memory holds the change and is the row, before, during and after the fetch."""
    pairs: list[tuple[Call, Call]] = [(refresh, set_a), (refresh, increment), (set_a, refresh), (increment, refresh)]
    for first, second in pairs:
        points = []
        for (world, session_id), outcome in everywhere(partial(race, "fixed", first, second, age=61)):
            assert world.data(session_id).access_count == 1, (first, second, outcome)
            assert_memory_is_the_row(world, session_id)
            points.append(outcome.where)
        assert (NAP in points) == (first is refresh), (first, second)


def test_fixed_refresh_takes_a_newer_row_even_if_it_has_to_wait_for_it() -> None:
    """A fixed refresh takes a newer row of another process, after a wait too."""

    def build() -> Race:
        (world, session_id), script, first, _ = race("fixed", refresh, refresh, age=61)
        return (world, session_id), script, first, lambda: world.database.save(theirs(world, session_id))

    def theirs(world: World, session_id: str) -> Row:
        row = row_of(world, session_id)
        row.version += 1
        row.data.metadata["theirs"] = "1"
        return row

    taken = [
        (outcome.where, world.data(session_id).metadata == {"theirs": "1"})
        for (world, session_id), outcome in everywhere(build)
    ]
    assert taken[0] == (Point("before", "database"), True)
    assert (NAP, False) in taken  # too late for this fetch; the next one brings it


def test_buggy_reader_can_find_its_session_gone_between_two_looks() -> None:
    """A session may disappear between a read's check and its copy."""
    _, _, outcome = play("buggy", refresh, lambda manager, session_id: manager.delete_session(session_id), GAP)
    assert "No session" in str(outcome.first)
    assert outcome.second is None
