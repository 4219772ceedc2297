"""Dead letters: given up once, tried again or discarded once, and in the row what is in the list, whatever meets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from session_manager import fixed
from session_manager.cleanup import CleanupQueue
from session_manager.databases import DatabaseUnavailable
from session_manager.dead_letters import DeadLetters
from session_manager.model import DeadLetter, SessionNotFound
from tests.subject.closed import close, even, fixed_world, give_up_on, odd
from tests.subject.scripted import Outcome, Script, everywhere
from tests.subject.worlds import Failing, World

Call = Callable[[fixed.SessionManager, str], object]
Race = tuple[World, Script, Callable[[], object], Callable[[], object]]


def retry(manager: fixed.SessionManager, session_id: str) -> None:
    """An administrator has a row tried again."""
    manager.retry_dead_letter(session_id)


def discard(manager: fixed.SessionManager, session_id: str) -> None:
    """An administrator has a row removed."""
    manager.discard_dead_letter(session_id)


def clean_up(manager: fixed.SessionManager, _: str) -> None:
    """A cleanup cycle."""
    manager.run_cleanup()


def assert_rows_and_lists_agree(world: World, context: object = None) -> None:
    """Each row is in exactly one list, and its `dead` mark says whether that is the list of dead letters."""
    held = world.manager.census()
    assert sorted([*held.sessions, *held.queue, *held.dead_letters]) == sorted(world.database.ids()), context
    assert {row.data.session_id for row in world.database.rows() if row.dead} == set(held.dead_letters), context


class WithoutTheLock(DeadLetters):
    """Wrong on purpose: no lock spans the two steps."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._marks = nullcontext()  # type: ignore[assignment]


def letters_world(kind: type[DeadLetters] = DeadLetters, most: int = 10) -> tuple[World, fixed.SessionManager]:
    """The first odd row is a dead letter, the second has one attempt left, and an even one is due."""
    world, manager = fixed_world(odd(1), database_has_points=True)
    give_up_on(world)
    close(world, odd(2))
    for _ in range(2):
        manager.run_cleanup()
        world.script.clock += 10
    close(world, even(1))
    manager._dead_letters = kind(world.database, world.script, manager._tables, most)
    return world, manager


def races(first: Call, second: Call, kind: type[DeadLetters], most: int = 10) -> Iterator[tuple[World, Outcome]]:
    """The second call at each point of the first, both about the dead letter; rows and lists agree afterwards."""

    def build() -> Race:
        world, manager = letters_world(kind, most)
        return world, world.script, lambda: first(manager, odd(1)), lambda: second(manager, odd(1))

    for world, outcome in everywhere(build):
        assert_rows_and_lists_agree(world, (first, second, outcome))
        yield world, outcome


def one_of_two_succeeds(kind: type[DeadLetters]) -> None:
    """Retries and discards of one dead letter meet in every way: one of the two succeeds, the other finds none."""
    for first, second in itertools.product((retry, discard), repeat=2):
        for world, outcome in races(first, second, kind):
            ends = [outcome.first, outcome.second]
            assert ends.count(None) == 1, (first, second, outcome)
            assert sum(isinstance(end, SessionNotFound) for end in ends) == 1, (first, second, outcome)
            winner = (first, second)[ends.index(None)]
            assert (odd(1) in world.manager.queued()) == (winner is retry), (first, second, outcome)


def test_one_of_two_decisions_about_a_dead_letter_counts() -> None:
    """A retry and a discard that meet cannot both succeed; without the lock they do."""
    one_of_two_succeeds(DeadLetters)
    with pytest.raises((AssertionError, KeyError)):
        one_of_two_succeeds(WithoutTheLock)


def oldest_is_retried_or_discarded(kind: type[DeadLetters]) -> set[bool]:
    """A cycle discards the oldest letter to make room while that letter is retried. Returns whether it was, by race."""
    retried = set()
    for first, second in ((clean_up, retry), (retry, clean_up)):
        for world, outcome in races(first, second, kind, most=1):
            ended = outcome.second if second is retry else outcome.first
            assert ended is None or isinstance(ended, SessionNotFound), outcome
            assert (odd(1) in world.database.ids()) == (ended is None), outcome
            assert world.manager.census().dead_letters == [odd(2)], outcome
            retried.add(ended is None)
    return retried


def test_a_letter_is_retried_or_discarded_to_make_room() -> None:
    """The oldest letter is retried before its discard, or not at all; both happen."""
    assert oldest_is_retried_or_discarded(DeadLetters) == {True, False}
    with pytest.raises((AssertionError, KeyError)):
        oldest_is_retried_or_discarded(WithoutTheLock)


def a_late_cycle_meets_a_retry() -> None:
    """One cycle stands still during the last attempt; another gives the row up, and an administrator retries it."""

    def build() -> Race:
        world, manager = letters_world()

        def others() -> None:
            world.script.clock += 10
            manager.run_cleanup()
            manager.retry_dead_letter(odd(2))

        return world, world.script, manager.run_cleanup, others

    for world, outcome in everywhere(build):
        assert outcome.second is None, outcome
        assert odd(2) in world.manager.queued(), outcome
        assert_rows_and_lists_agree(world, outcome)


def test_a_late_cycle_does_not_take_back_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cycle that comes too late to give a row up leaves it queued if it was retried."""
    a_late_cycle_meets_a_retry()
    monkeypatch.setattr(CleanupQueue, "is_exhausted", lambda *_: True)
    with pytest.raises(AssertionError):
        a_late_cycle_meets_a_retry()


AFTER_A_RESTART = {
    # The call, the statement in which it ends, and the list in which the row is found: before it took effect, after.
    "retry": (retry, "set_aside", odd(1), "dead letters", "queue"),
    "discard": (discard, "purge", odd(1), "dead letters", "nowhere"),
    "give up": (clean_up, "set_aside", odd(2), "queue", "dead letters"),
}


def where(manager: fixed.SessionManager, session_id: str) -> str:
    """The list that an id is in."""
    held = manager.census()
    lists = {"queue": held.queue, "dead letters": held.dead_letters}
    return next((name for name, ids in lists.items() if session_id in ids), "nowhere")


def refused(kind: type[DeadLetters]) -> None:
    """The database refuses, before or after it took effect: memory is as it was, and the next process loses no row."""
    for (name, (call, statement, session_id, *found)), after in itertools.product(
        AFTER_A_RESTART.items(), (False, True)
    ):
        world, manager = letters_world(kind)
        before = where(manager, session_id)
        with Failing(world, statement, after), suppress(DatabaseUnavailable):
            call(manager, session_id)
        assert where(manager, session_id) == before, (name, after)
        successor = fixed.SessionManager(world.database, world.script)
        successor.recover()
        assert where(successor, session_id) == found[after], (name, after)
        world.script.clock += 10
        call(manager, session_id)
        assert where(manager, session_id) == found[True], (name, after)
        assert_rows_and_lists_agree(world, (name, after))


class MemoryFirst(DeadLetters):
    """Wrong on purpose: forgets the letter before its row is gone."""

    def _remove(self, session_id: str) -> None:
        with self._tables as tables:
            del tables.dead_letters[session_id]
        self._database.purge(session_id)


def test_no_row_is_forgotten_when_the_database_refuses() -> None:
    """A refusal, or a crash between the two steps, leaves each row in a list."""
    refused(DeadLetters)
    with pytest.raises(AssertionError, match="discard"):
        refused(MemoryFirst)


def test_fixed_lists_dead_letters_oldest_first() -> None:
    """Each letter has its attempts and the time at which it was given up."""
    world, manager = fixed_world(odd(2))
    give_up_on(world)
    first = manager.dead_letters()[0].since
    close(world, odd(1))
    give_up_on(world)
    second = manager.dead_letters()[1].since
    assert manager.dead_letters() == [DeadLetter(odd(2), 3, first), DeadLetter(odd(1), 3, second)]
    assert first < second < world.script.now()
    manager.dead_letters().clear()
    assert world.manager.census().dead_letters == [odd(2), odd(1)]


def test_fixed_dead_letter_can_be_tried_again() -> None:
    """It has all its attempts again, its row says so, and other letters stay."""
    world, manager = fixed_world(odd(1), odd(2))
    give_up_on(world)
    manager.retry_dead_letter(odd(1))
    assert (manager.census().queue, manager.census().dead_letters) == ([odd(1)], [odd(2)])
    row = world.database.row(odd(1))
    assert row is not None
    assert (row.deleted, row.dead) == (True, False)
    world.database.attempts.clear()
    for expected in (1, 2, 3, 3):
        manager.run_cleanup()
        assert world.database.attempts == [odd(1)] * expected
        world.script.clock += 10
    assert (manager.census().queue, manager.census().dead_letters) == ([], [odd(2), odd(1)])


def test_fixed_dead_letter_can_be_discarded() -> None:
    """Row and letter are removed, others stay, and the counts agree."""
    world, manager = fixed_world(odd(1), odd(2))
    world.create()
    give_up_on(world)
    manager.discard_dead_letter(odd(1))
    assert manager.census().dead_letters == [odd(2)]
    assert world.database.row(odd(1)) is None
    assert world.database.row(odd(2)) is not None
    assert world.three_counts() == (1, 1, 1)


def test_fixed_touches_no_dead_letter_that_is_none() -> None:
    """Retry and discard refuse an id that is no dead letter, and change nothing."""
    world, manager = fixed_world(odd(9), odd(8))
    give_up_on(world)
    manager.discard_dead_letter(odd(9))
    close(world, odd(1))
    world.create(even(1))
    before = manager.census(), list(world.database.rows())
    ids = {"unknown": "nobody", "queued": odd(1), "open": even(1), "discarded": odd(9)}
    for (kind, session_id), call in itertools.product(ids.items(), (retry, discard)):
        with pytest.raises(SessionNotFound):
            call(manager, session_id)
        assert (manager.census(), list(world.database.rows())) == before, (kind, call)


def test_fixed_keeps_no_more_dead_letters_than_it_may() -> None:
    """The oldest are discarded with their rows, so that the list is bounded."""
    world, manager = fixed_world(*(odd(number) for number in range(7)), max_dead_letters=3)
    give_up_on(world)
    kept = [odd(4), odd(5), odd(6)]
    assert manager.census().dead_letters == kept
    assert world.database.ids() == set(kept)
    assert world.three_counts() == (0, 0, 0)


def test_fixed_dead_lettering_that_dies_is_done() -> None:
    """A fault at any release of the cycle leaves each row in exactly one list."""
    for release in itertools.count(1):
        world, manager = fixed_world(odd(1), odd(2))
        for _ in range(2):
            manager.run_cleanup()
            world.script.clock += 10
        if not world.script.fail(manager.run_cleanup, release):
            break
        held = manager.census()
        assert sorted(held.queue + held.dead_letters) == [odd(1), odd(2)]
        assert {row.data.session_id for row in world.database.rows() if row.dead} == set(held.dead_letters)
    assert release == 10


def test_a_dead_letter_whose_row_cannot_be_purged_is_kept() -> None:
    """A refused purge leaves one letter too many, until the next row is given up."""
    world, manager = fixed_world(odd(1), odd(2), max_dead_letters=1)
    with Failing(world, "purge", after=False):
        give_up_on(world)
    assert manager.census().dead_letters == [odd(1), odd(2)]
    assert_rows_and_lists_agree(world)
    close(world, odd(3))
    give_up_on(world)
    assert manager.census().dead_letters == [odd(3)]
    assert_rows_and_lists_agree(world)
