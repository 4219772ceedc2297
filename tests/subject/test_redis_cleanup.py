"""Cleanup on Redis: attempts, pauses and dead letters, as `test_postgres_cleanup.py` has them for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from session_manager.model import CleanupFailed, SessionNotFound
from tests.subject.faulty_redis import Bench, bench

if TYPE_CHECKING:
    from tests.engines import RedisServer


@pytest.fixture
def one(redis_server: RedisServer) -> Iterator[Bench]:
    """A manager whose failed attempts are due again at once."""
    with bench(redis_server) as made:
        made.records._backoff = 0.0
        yield made


def closed(one: Bench, number: int = 24) -> list[str]:
    """Sessions that wait for cleanup; about half of them cannot be removed."""
    ids = [one.manager.create_session("ann", "ann") for _ in range(number)]
    for session_id in ids:
        one.manager.delete_session(session_id)
    return ids


def odd(ids: list[str]) -> set[str]:
    """Those that cannot be removed."""
    return {session_id for session_id in ids if len(session_id) % 2}


def test_a_record_goes_or_becomes_a_dead_letter(one: Bench) -> None:
    """Even ids are removed at once, odd ones are tried three times and then kept."""
    ids = closed(one)
    assert one.manager.run_cleanup() == 24 - len(odd(ids))
    for attempt in (1, 2):
        assert set(one.manager.queued()) == one.records.ids() == odd(ids)
        assert one.manager.get_stats().failed_cleanups == attempt * len(odd(ids))
        assert one.manager.run_cleanup() == 0
    assert one.manager.queued() == []
    letters = one.manager.dead_letters()
    assert {letter.session_id for letter in letters} == one.records.ids() == odd(ids)
    assert {letter.attempts for letter in letters} == {3}


def test_an_attempt_that_failed_waits_twice_as_long_as_the_last(one: Bench) -> None:
    """The second attempt is due after the pause, the third after twice the pause."""
    one.records._backoff = 100.0
    session_id = min(odd(closed(one)))
    for pause in (100, 200):
        with pytest.raises(CleanupFailed):
            one.records.remove(session_id)
        due = one.server.client().zscore(one.keys.of(session_id).due, session_id)
        now = one.server.client().time()[0]
        assert pause - 10 < float(str(due)) - now <= pause + 1


def test_a_late_attempt_leaves_a_dead_letter_as_it_is(one: Bench) -> None:
    """A worker whose lease ran out may fail after another one has given the record up."""
    ids = closed(one)
    for _ in range(3):
        one.manager.run_cleanup()
    before = one.everything()
    with pytest.raises(CleanupFailed):
        one.records.remove(min(odd(ids)))
    assert one.everything() == before


def test_a_dead_letter_is_retried_or_discarded(one: Bench) -> None:
    """A retried one has all attempts left, and of a discarded one nothing is left."""
    ids = odd(closed(one))
    for _ in range(3):
        one.manager.run_cleanup()
    retried, discarded = sorted(ids)[:2]
    one.manager.retry_dead_letter(retried)
    one.manager.discard_dead_letter(discarded)
    assert one.manager.queued() == [retried]
    assert one.records.ids() == ids - {discarded}
    assert not one.server.client().hexists(one.keys.of(discarded).attempts, discarded)
    for _ in range(2):
        one.manager.run_cleanup()
        assert one.manager.queued() == [retried]
    one.manager.run_cleanup()
    assert {letter.session_id for letter in one.manager.dead_letters()} == ids - {discarded}
    for call in (one.manager.retry_dead_letter, one.manager.discard_dead_letter):
        with pytest.raises(SessionNotFound):
            call(discarded)


def test_only_a_dead_letter_is_discarded(one: Bench) -> None:
    """A record that was queued again meanwhile stays."""
    session_id = closed(one, 1)[0]
    assert not one.records.purge(session_id)
    assert one.manager.queued() == [session_id]
