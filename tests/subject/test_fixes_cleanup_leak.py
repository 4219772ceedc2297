"""Fixes for the cleanup leak: where an odd row ends, and what a logout during a cycle meets."""

from __future__ import annotations

from functools import partial

from tests.subject.benches import ODD
from tests.subject.cases import Cases
from tests.subject.fix_worlds import SESSION, Race, world_of
from tests.subject.scripted import Point, everywhere
from tests.subject.worlds import World

EVENS = ["7" * 32, "8" * 32, "9" * 32]
IN_THE_END = {
    "retry-count": ([ODD], []),
    "drop-after-n": ([], []),
    "dead-letter-queue": ([], [ODD]),
    "lock-through-the-cycle": ([], [ODD]),
    "swap-and-lose": ([], [ODD]),
}
"""The queue and the dead letters after many cycles."""


def closed(fix: str, *ids: str) -> World:
    """A world in which sessions of these ids wait for cleanup, and one is open."""
    world = world_of(fix, SESSION, *ids)
    for session_id in ids:
        world.manager.delete_session(session_id)
    return world


def unknown_rows(world: World) -> set[str]:
    """Rows that no session, no queue and no list of dead letters knows."""
    held = world.manager.census()
    return world.database.ids() - {*held.sessions, *held.queue, *held.dead_letters}


def test_an_odd_row_costs_three_attempts_and_ends_where_the_fix_says() -> None:
    """It ends in the queue, nowhere, or as a dead letter."""
    with Cases() as cases:
        for fix, held in IN_THE_END.items():
            with cases.case(fix):
                costs_three_attempts(fix, held)


def costs_three_attempts(fix: str, held: tuple[list[str], list[str]]) -> None:
    """An odd row between two even ones, and six cycles."""
    world = closed(fix, EVENS[0], ODD, EVENS[1])
    assert [world.manager.run_cleanup() for _ in range(6)] == [2, 0, 0, 0, 0, 0]
    assert world.database.attempts.count(ODD) == world.manager.get_stats().failed_cleanups == 3
    census, counts = world.manager.census(), world.manager.counts()
    assert (census.queue, census.dead_letters) == held
    assert (counts.queue, counts.dead_letters) == tuple(map(len, held))
    assert world.database.ids() == {SESSION, ODD}
    assert unknown_rows(world) == ({ODD} if held == ([], []) else set())


def test_a_cleared_manager_counts_attempts_from_the_beginning() -> None:
    """The same id has three attempts again if it comes back after a clear."""
    with Cases() as cases:
        for fix in IN_THE_END:
            with cases.case(fix):
                counts_from_the_beginning(fix)


def counts_from_the_beginning(fix: str) -> None:
    """The same odd id twice, with a clear between."""
    world = closed(fix, ODD)
    for _ in range(2):
        for _ in range(4):
            world.manager.run_cleanup()
        assert world.database.attempts == [ODD] * 3
        world.manager.clear()
        assert (world.manager.counts().dead_letters, world.manager.queued()) == (0, [])
        world.database.attempts.clear()
        world.manager.delete_session(world.create(ODD))


def cycle_and_logout(fix: str) -> Race:
    """A cycle over rows of both kinds, and a logout."""
    world = closed(fix, EVENS[0], ODD)
    return world, world.script, world.manager.run_cleanup, lambda: world.manager.delete_session(SESSION)


def test_a_logout_during_a_cycle_is_not_forgotten() -> None:
    """Its row is removed in the end, and every row that is left is in a list."""
    with Cases() as cases:
        for fix in ("retry-count", "dead-letter-queue", "lock-through-the-cycle"):
            with cases.case(fix):
                for world, outcome in everywhere(partial(cycle_and_logout, fix)):
                    for _ in range(4):
                        world.manager.run_cleanup()
                    assert (world.database.ids(), unknown_rows(world)) == ({ODD}, set()), outcome


def test_swap_and_lose_forgets_a_logout_during_its_cycle() -> None:
    """A logout during the cycle is forgotten, and its row is left over."""
    forgotten = []
    for world, outcome in everywhere(lambda: cycle_and_logout("swap-and-lose")):
        world.manager.run_cleanup()
        forgotten.append((outcome.where, unknown_rows(world) == {SESSION}))
    assert (Point("released", "queue"), True) in forgotten
    assert (forgotten[0], forgotten[-1]) == ((Point("before", "queue"), False), (Point("released", "queue"), False))


def calls_a_logout_waits_for(fix: str) -> int:
    """Database calls that a cycle has made when a logout which comes before the first of them is done."""
    world = closed(fix, *EVENS)

    def leave() -> int:
        world.manager.delete_session(SESSION)
        return len(world.database.attempts)

    return int(world.script.interleave(world.manager.run_cleanup, leave, Point("before", "database")).second)


def test_how_many_calls_to_the_database_a_logout_waits_for() -> None:
    """A logout waits for the one call under way, or for all of the cycle's."""
    waits = {fix: calls_a_logout_waits_for(fix) for fix in ("dead-letter-queue", "lock-through-the-cycle")}
    assert waits == {"dead-letter-queue": 1, "lock-through-the-cycle": 3}


def test_two_cycles_at_a_time_remove_each_row_once() -> None:
    """Two cycles remove a row once and give it up at most once."""
    with Cases() as cases:
        for fix in IN_THE_END:
            with cases.case(fix):
                each_row_is_removed_once(fix)


def each_row_is_removed_once(fix: str) -> None:
    """The second cycle at each point of the first."""

    def two() -> Race:
        world = closed(fix, ODD, EVENS[0])
        for _ in range(2):
            world.manager.run_cleanup()
        world.manager.delete_session(world.create(EVENS[1]))
        return world, world.script, world.manager.run_cleanup, world.manager.run_cleanup

    for world, outcome in everywhere(two):
        assert outcome.first + outcome.second == 1, outcome
        census = world.manager.census()
        assert (census.queue, census.dead_letters) == IN_THE_END[fix], outcome
