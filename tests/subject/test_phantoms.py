"""Phantom sessions, both directions: an operation that dies between its steps, and one that is looked at there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from session_manager.model import SessionNotFound
from tests.subject.cases import Cases
from tests.subject.scripted import GAP, Outcome, Script, everywhere
from tests.subject.visitors import IN_FLIGHT, Call
from tests.subject.worlds import World

Build = Callable[[], tuple[World, Callable[[], object]]]
GONE, THERE = (0, 0, 0), (1, 1, 1)


def creating(variant: str) -> tuple[World, Callable[[], object]]:
    """A login in an empty world."""
    world = World(variant, database_has_points=False)
    return world, lambda: world.manager.create_session("user_ann", "ann")


def deleting(variant: str) -> tuple[World, Callable[[], object]]:
    """A logout of the only session."""
    world = World(variant, database_has_points=False)
    session_id = world.create()
    return world, lambda: world.manager.delete_session(session_id)


def after_each_fault(build: Build) -> Iterator[World]:
    """One world for each release that the operation has, in which it died there."""
    for release in itertools.count(1):
        world, operation = build()
        if not world.script.fail(operation, release):
            assert release > 1, "the operation releases nothing at all"
            return
        yield world


def test_buggy_login_that_dies_half_way_is_a_phantom_for_ever() -> None:
    """Store and database have the session, and the statistics never hear of it."""
    worlds = list(after_each_fault(lambda: creating("buggy")))
    assert [world.three_counts() for world in worlds] == [(1, 0, 1), THERE]
    assert [world.manager.get_stats().total_sessions for world in worlds] == [0, 1]


def test_buggy_logout_that_dies_half_way_is_a_phantom_for_ever() -> None:
    """A logout that dies half-way leaves wrong counts, or a row for ever."""
    worlds = list(after_each_fault(lambda: deleting("buggy")))
    assert [world.three_counts() for world in worlds] == [(0, 1, 1), (0, 0, 1), GONE]
    assert [world.manager.run_cleanup() for world in worlds] == [0, 0, 1]
    assert [world.database.count() for world in worlds] == [1, 1, 0]


def test_buggy_counts_can_go_no_lower_than_zero() -> None:
    """A logout after an uncounted login does not make the count negative."""
    world, login = creating("buggy")
    assert world.script.fail(login, 1)
    (session_id,) = world.manager.census().sessions
    world.manager.delete_session(session_id)
    assert world.manager.get_stats().active_sessions == 0


def test_fixed_agrees_with_itself_wherever_an_operation_dies() -> None:
    """The three counts agree, and the operation either happened or it did not."""
    for build in (creating, deleting):
        for world in after_each_fault(partial(build, "fixed")):
            assert world.three_counts() in (GONE, THERE), build
            census = world.manager.census()
            assert len(census.sessions) + len(census.queue) == world.database.count(), build
            rows = list(world.database.rows())
            assert sorted(row.data.session_id for row in rows if row.deleted) == census.queue, build
            assert census.stats.total_sessions == len(rows) == 1, build


def test_fixed_logout_that_died_has_closed_the_session() -> None:
    """A logout that died has closed the session, and cleanup finds its row."""
    for world in after_each_fault(lambda: deleting("fixed")):
        (session_id,) = world.manager.census().queue
        with pytest.raises(SessionNotFound):
            world.manager.delete_session(session_id)
        assert world.manager.run_cleanup() == 1
        assert world.database.count() == 0


def test_fixed_memory_is_the_row_wherever_an_operation_dies() -> None:
    """The operation took effect or did not, and the session can be used afterwards."""
    with Cases() as cases:
        for name, operation in IN_FLIGHT.items():
            with cases.case(name):
                memory_is_the_row(operation)


def memory_is_the_row(operation: Call) -> None:
    """An operation on an old session that dies at each of its releases."""

    def build() -> tuple[World, Callable[[], object]]:
        world = World("fixed", database_has_points=False)
        session_id = world.create()
        world.script.clock += 61
        return world, lambda: operation(world.manager, session_id)

    for world in after_each_fault(build):
        ((session_id, data),) = world.manager.census().sessions.items()
        row = world.database.row(session_id)
        assert row is not None
        assert row.data == data
        assert world.manager.increment_access(session_id) == data.access_count + 1
        assert world.three_counts() == THERE


def test_buggy_shows_different_counts_to_whoever_looks_into_a_gap() -> None:
    """Counts read in a gap of `buggy` differ, and at rest they agree."""
    world = World("buggy")
    doomed, *_ = [world.create() for _ in range(10)]
    seen: list[tuple[int, int, int]] = []

    def look() -> None:
        seen.append(world.three_counts())

    world.script.interleave(lambda: world.manager.delete_session(doomed), look, GAP)
    world.script.interleave(lambda: world.manager.create_session("user_bob", "bob"), look, GAP)
    assert seen == [(9, 10, 10), (10, 9, 10)]
    assert world.three_counts() == (10, 10, 10)


def look_at_counts(world: World) -> tuple[int, int]:
    """The two counts, with the manager's locks."""
    return world.manager.get_active_count(), world.manager.get_stats().active_sessions


def test_no_reader_sees_fixed_between_its_steps() -> None:
    """Store and statistics agree at every point; on buggy they do not."""

    def seen(build: Callable[[str], tuple[World, Callable[[], object]]], variant: str) -> list[tuple[int, int]]:
        def race() -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
            world, operation = build(variant)
            return world, world.script, operation, lambda: look_at_counts(world)

        return [outcome.second for _, outcome in everywhere(race)]

    for build in (creating, deleting):
        assert set(seen(build, "fixed")) <= {(0, 0), (1, 1)}, build
        assert any(store != statistics for store, statistics in seen(build, "buggy")), build


def test_fixed_counts_one_of_two_logouts() -> None:
    """Of two logouts of one session one succeeds, wherever the second comes in."""

    def race() -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
        world = World("fixed")
        world.create()
        session_id = world.create()
        return (
            world,
            world.script,
            lambda: world.manager.delete_session(session_id),
            lambda: world.manager.delete_session(session_id),
        )

    outcomes: list[Outcome] = []
    for world, outcome in everywhere(race):
        ended = [outcome.first, outcome.second]
        assert ended.count(None) == 1, outcome
        assert sum(isinstance(end, SessionNotFound) for end in ended) == 1, outcome
        assert world.three_counts() == THERE, outcome
        assert world.manager.get_cleanup_queue_size() == 1, outcome
        outcomes.append(outcome)
    assert any(outcome.waited for outcome in outcomes)
