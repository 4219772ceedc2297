"""The cleanup leak, both directions: a queue that only grows, and one that comes to an end with every row."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType

from session_manager.cleanup import BATCH, CleanupQueue
from tests.subject.closed import close, even, fixed_world, odd
from tests.subject.scripted import Script, everywhere
from tests.subject.worlds import World

BACKOFF = 0.2


def test_buggy_queue_never_shrinks_and_every_cycle_retries_everything() -> None:
    """Twenty cycles over fifty odd ids fail a thousand times; fifty stay queued."""
    world = World("buggy")
    ids = [odd(number) for number in range(50)]
    close(world, *ids)
    for cycle in range(1, 21):
        world.script.clock += 300
        assert world.manager.run_cleanup() == 0
        assert world.database.attempts == ids * cycle
        assert world.manager.get_stats().failed_cleanups == 50 * cycle
        assert world.manager.get_cleanup_queue_size() == 50


def test_buggy_queue_grows_with_every_odd_session() -> None:
    """Half of all sessions stay in it, and what each cycle tries grows with them."""
    world = World("buggy")
    tried = []
    for cycle in range(10):
        close(world, odd(cycle), even(cycle))
        world.database.attempts.clear()
        world.manager.run_cleanup()
        tried.append(len(world.database.attempts))
        assert world.manager.get_cleanup_queue_size() == cycle + 1
    assert tried == list(range(2, 12))


def test_fixed_gives_up_after_three_attempts() -> None:
    """An odd row costs three attempts and ends as a dead letter."""
    ids = [odd(number) for number in range(50)]
    world, manager = fixed_world(*ids)
    for _ in range(20):
        world.script.clock += 300
        assert manager.run_cleanup() == 0
    assert Counter(world.database.attempts) == dict.fromkeys(ids, 3)
    assert manager.get_stats().failed_cleanups == 150
    assert manager.get_cleanup_queue_size() == 0
    assert [letter.session_id for letter in manager.dead_letters()] == ids
    assert {row.data.session_id for row in world.database.rows() if row.deleted and row.dead} == set(ids)


def test_fixed_waits_longer_before_each_attempt() -> None:
    """Each retry waits twice as long, and a cycle in between does nothing."""
    world, manager = fixed_world(odd(1))
    tried_at = []
    start = world.script.clock
    for step in range(101):
        world.script.clock = start + step * BACKOFF / 20
        before = len(world.database.attempts)
        manager.run_cleanup()
        if len(world.database.attempts) > before:
            tried_at.append(step)
    assert tried_at == [0, 20, 60]


def test_fixed_tries_a_row_in_the_very_moment_it_is_due() -> None:
    """Not before: due at 0.2 s means that a cycle just before it does nothing."""
    world, manager = fixed_world(odd(1))
    manager.run_cleanup()
    due = world.script.clock + BACKOFF
    world.script.clock = due - 0.001
    manager.run_cleanup()
    assert len(world.database.attempts) == 1
    world.script.clock = due
    manager.run_cleanup()
    assert len(world.database.attempts) == 2


def test_fixed_cycle_costs_what_is_due_and_not_what_waits() -> None:
    """A cycle makes as many calls with 2,000 rows that are not due as with 20."""

    def calls(waiting: int, due: int) -> int:
        world, manager = fixed_world(*(odd(number) for number in range(waiting)))
        manager.run_cleanup()
        world.database.attempts.clear()
        close(world, *(even(number) for number in range(due)))
        count = count_calls(manager.run_cleanup)
        assert world.database.attempts == [even(number) for number in range(due)]
        assert manager.get_cleanup_queue_size() == waiting
        return count

    for due in (0, 10):
        assert calls(2000, due) == calls(20, due), due


def count_calls(operation: Callable[[], object]) -> int:
    """How many functions, Python's own included, the operation calls."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        operation()
    finally:
        sys.setprofile(None)
    return count


def test_fixed_loses_nothing_when_a_cycle_dies_anywhere() -> None:
    """After a fault at any release the following cycles finish every row."""
    ids = [odd(1), even(1), odd(2), even(2)]
    for release in itertools.count(1):
        world, manager = fixed_world(*ids)
        if not world.script.fail(manager.run_cleanup, release):
            break
        held = manager.census()
        assert set(held.queue) == world.database.ids()
        assert world.three_counts() == (0, 0, 0)
        for _ in range(4):
            world.script.clock += 10
            manager.run_cleanup()
        assert manager.census().queue == []
        assert set(manager.census().dead_letters) == world.database.ids() == {odd(1), odd(2)}
        assert max(Counter(world.database.attempts).values()) <= 4
    assert release > 5


def two_cycles(count: int) -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
    """Two cleanup cycles over some even and some odd rows."""
    world = World("fixed")
    close(world, *(even(number) for number in range(count)), *(odd(number) for number in range(count)))
    return world, world.script, world.manager.run_cleanup, world.manager.run_cleanup


def test_fixed_cycles_that_run_together_share_the_work() -> None:
    """Each row is tried once, and counted once as removed."""
    for world, outcome in everywhere(lambda: two_cycles(2)):
        assert Counter(world.database.attempts) == {even(0): 1, even(1): 1, odd(0): 1, odd(1): 1}, outcome
        assert outcome.first + outcome.second == 2, outcome
        assert world.manager.get_stats().failed_cleanups == 2, outcome


def test_fixed_cycle_does_not_hold_up_a_logout() -> None:
    """A logout waits for at most one step of a cleanup cycle."""

    def race() -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
        world, script, cycle, _ = two_cycles(3)
        session_id = world.create("f" * 32)
        return world, script, cycle, lambda: world.manager.delete_session(session_id)

    outcomes = [outcome for _, outcome in everywhere(race)]
    free = [outcome for outcome in outcomes if not outcome.waited]
    removing = [outcome for outcome in free if outcome.where is not None and outcome.where.lock == "database"]
    assert len(removing) >= 6
    assert all(outcome.second is None for outcome in outcomes)


def test_fixed_cycle_claims_a_batch_at_a_time() -> None:
    """One cycle removes every row that is due, and holds the tables for a batch of them at most."""
    ids = [even(number) for number in range(2 * BATCH + 7)]
    world, manager = fixed_world(*ids)
    claimed: list[int] = []

    def watch(frame: FrameType, event: str, result: object) -> None:
        if event == "return" and frame.f_code is CleanupQueue.claim_due.__code__:
            assert isinstance(result, list)
            claimed.append(len(result))

    sys.setprofile(watch)
    try:
        assert manager.run_cleanup() == len(ids)
    finally:
        sys.setprofile(None)
    assert claimed == [BATCH, BATCH, 7]
    assert world.database.attempts == ids


def test_fixed_cycle_tries_no_failing_row_twice() -> None:
    """A full batch of failing rows is tried once, and waits for its backoff."""
    ids = [odd(number) for number in range(BATCH)]
    world, manager = fixed_world(*ids)
    assert manager.run_cleanup() == 0
    assert world.database.attempts == ids
