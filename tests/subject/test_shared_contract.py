"""The methods over engines that processes share: alone, the buggy manager and the fixed ones cannot be told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from session_manager.model import (
    MOST_KEYS,
    CleanupFailed,
    SessionNotFound,
    SessionStats,
    TooManyKeys,
    TooManySessions,
)
from session_manager.shared.redis_keys import Keys
from tests.subject.shared import Bench, bench, on_each_variant, opened, place_at

SECOND = timedelta(seconds=1)


@on_each_variant
def test_a_new_session_holds_what_the_seed_says(one: Bench) -> None:
    """No accesses yet, authenticated, no metadata, both times now."""
    before = datetime.now(UTC)
    data = one.manager.get_session(session_id := one.create())
    assert (data.session_id, data.user_id, data.username) == (session_id, "user_ann", "ann")
    assert (data.access_count, data.is_authenticated, data.metadata) == (0, True, {})
    assert before - SECOND <= data.login_time == data.last_activity <= datetime.now(UTC) + SECOND
    assert one.manager.get_stats() == SessionStats(1, 1, cache_hits=1)
    assert (one.manager.get_active_count(), one.records.ids(), one.records.count()) == (1, {session_id}, 1)


@on_each_variant
def test_updates_and_accesses_add_up(one: Bench) -> None:
    """Each key keeps its last value, each change counts one access, and reading counts none."""
    session_id = one.create()
    began = one.manager.get_session(session_id).last_activity
    one.manager.increment_access(session_id)
    assert one.manager.get_session(session_id).last_activity > began
    for key, value in (("a", "1"), ("b", "2"), ("a", "3"), ("user_id", "mine"), ("version", "x"), ("", "empty")):
        one.manager.update_session(session_id, key, value)
    assert [one.manager.increment_access(session_id) for _ in range(3)] == [8, 9, 10]
    data = one.manager.get_session(session_id)
    assert data.metadata == {"a": "3", "b": "2", "user_id": "mine", "version": "x", "": "empty"}
    assert (data.access_count, data.user_id) == (10, "user_ann")
    assert one.manager.peek(session_id) == data


@on_each_variant
def test_any_text_survives(one: Bench) -> None:
    """Values and keys come back letter by letter."""
    session_id = one.create()
    texts = [
        "",
        " ",
        "'; DROP TABLE sessions;--",
        "日本語",
        "\U0001f40d",
        "a:b{c}",
        '{"json": [1]}',
        "\\n\n\t",
        "x" * 1024,
    ]
    for text in texts:
        one.manager.update_session(session_id, f"k{text[:64]}", text)
    assert one.manager.get_session(session_id).metadata == {f"k{text[:64]}": text for text in texts}


@on_each_variant
def test_a_revoked_session_stays_open_and_is_not_trusted(one: Bench) -> None:
    """All else stays as it was."""
    session_id = one.create()
    one.manager.update_session(session_id, "a", "1")
    one.manager.revoke_session(session_id)
    data = one.manager.get_session(session_id)
    assert (data.is_authenticated, data.metadata, data.access_count) == (False, {"a": "1"}, 1)


@on_each_variant
def test_a_deleted_session_is_gone_for_every_method(one: Bench) -> None:
    """It is refused, changes nothing, and its record waits for cleanup."""
    gone, kept = one.create(), one.create()
    one.manager.delete_session(gone)
    for call in (
        lambda: one.manager.get_session(gone),
        lambda: one.manager.update_session(gone, "a", "1"),
        lambda: one.manager.increment_access(gone),
        lambda: one.manager.revoke_session(gone),
        lambda: one.manager.refresh_from_database(gone),
        lambda: one.manager.delete_session(gone),
        lambda: one.manager.get_session("never-there"),
    ):
        with pytest.raises(SessionNotFound) as refused:
            call()
        assert refused.value.definite
    assert one.manager.peek(gone) is None
    assert (one.manager.get_active_count(), one.manager.get_cleanup_queue_size()) == (1, 1)
    assert one.manager.queued() == [gone]
    assert one.records.ids() == {gone, kept}
    census = one.manager.census()
    assert (set(census.sessions), census.queue, census.dead_letters) == ({kept}, [gone], [])
    counts = one.manager.counts()
    assert (counts.store, counts.statistics, counts.queue, counts.oldest_queued) == (1, 1, 1, gone)


@on_each_variant
def test_cleanup_removes_what_can_be_removed(one: Bench) -> None:
    """Records of ids of even length go; the others fail, and stay."""
    even, odd = one.create(odd=False), one.create(odd=True)
    one.manager.run_cleanup()  # of those that `create` has not wanted
    before = one.manager.get_stats().failed_cleanups
    one.manager.delete_session(even)
    one.manager.delete_session(odd)
    assert one.manager.run_cleanup() == 1
    assert even not in one.records.ids()
    assert odd in one.records.ids()
    assert even not in one.manager.queued()
    assert odd in one.manager.queued()
    assert one.manager.get_stats().failed_cleanups > before
    with pytest.raises(CleanupFailed):
        one.records.remove(odd)


@on_each_variant
def test_a_session_past_its_ttl_is_renewed_and_keeps_its_data(one: Bench) -> None:
    """It is a miss, then a hit again; a TTL of 0 makes each read a miss."""
    session_id = one.create()
    one.manager.update_session(session_id, "a", "1")
    one.manager.cache_ttl = -1.0
    assert one.manager.get_session(session_id).metadata == {"a": "1"}
    one.manager.cache_ttl = 60.0
    data = one.manager.get_session(session_id)
    assert (data.metadata, data.access_count) == ({"a": "1"}, 1)
    stats = one.manager.get_stats()
    assert (stats.cache_hits, stats.cache_misses) == (1, 1)
    one.manager.refresh_from_database(session_id)
    assert one.manager.get_session(session_id) == data


@on_each_variant
def test_the_limit_on_keys_refuses_a_new_key_only(one: Bench) -> None:
    """A key that is there can still be changed, and the refused one has left nothing."""
    session_id = one.create()
    for number in range(MOST_KEYS):
        one.manager.update_session(session_id, f"k{number}", "1")
    with pytest.raises(TooManyKeys):
        one.manager.update_session(session_id, "one-more", "1")
    one.manager.update_session(session_id, "k7", "2")
    data = one.manager.get_session(session_id)
    assert (len(data.metadata), data.metadata["k7"], data.access_count) == (MOST_KEYS, "2", MOST_KEYS + 1)


@on_each_variant
def test_the_limit_on_sessions_counts_those_that_wait_for_cleanup(one: Bench) -> None:
    """Open and waiting together; beyond it a login is refused and changes nothing."""
    one.manager._max_sessions = 3  # type: ignore[attr-defined]
    gone = one.create()
    one.create()
    one.create()
    one.manager.delete_session(gone)
    with pytest.raises(TooManySessions):
        one.create()
    assert (one.manager.get_active_count(), one.records.count()) == (2, 3)


@on_each_variant
def test_clear_leaves_nothing(one: Bench) -> None:
    """No session, no record, no statistics; and it works on."""
    for _ in range(5):
        one.manager.delete_session(one.create())
        one.create()
    one.manager.run_cleanup()
    one.manager.clear()
    assert one.manager.get_stats() == SessionStats()
    assert one.records.ids() == set()
    census = one.manager.census()
    assert (census.sessions, census.queue, census.dead_letters) == ({}, [], [])
    one.create()
    assert one.manager.get_active_count() == 1


@on_each_variant
def test_the_dial_of_the_database_delays_a_refresh(one: Bench) -> None:
    """The row is read first and arrives late; nothing else waits."""
    session_id = one.create()
    naps: list[float] = []
    one.records._runtime = type("Naps", (), {"nap": staticmethod(naps.append)})()  # type: ignore[attr-defined]
    one.dials.latency = 0.25
    one.manager.update_session(session_id, "a", "1")
    one.manager.get_session(session_id)
    assert naps == []
    one.manager.refresh_from_database(session_id)
    assert naps == [0.25]


@pytest.mark.parametrize("variant", ["redis-buggy", "redis-fixed"])
def test_two_processes_see_the_same_sessions(variant: str, request: pytest.FixtureRequest) -> None:
    """What one has acknowledged the other has; another prefix shares nothing."""
    url = request.getfixturevalue("redis_server").url
    place = place_at("redis", url)
    with opened(variant, place) as here, opened(variant, place) as there, bench(variant, request) as elsewhere:
        session_id = here.create()
        there.manager.update_session(session_id, "a", "1")
        assert here.manager.get_session(session_id).metadata == {"a": "1"}
        assert there.manager.recover() == 1
        assert elsewhere.manager.counts().store == 0
        elsewhere.manager.clear()
        there.manager.delete_session(session_id)
        with pytest.raises(SessionNotFound):
            here.manager.get_session(session_id)
        here.manager.clear()


@pytest.mark.parametrize("variant", ["redis-fixed", "postgres-fixed"])
def test_a_list_has_the_sessions_of_one_user_alone(variant: str, request: pytest.FixtureRequest) -> None:
    """Also where two users share a part of the index of Redis."""
    part = Keys("any", 1).shards[0].part
    other = next(name for name in map(str, count()) if part(name) == part("ann"))
    with bench(variant, request) as one:
        manager: Any = one.manager
        of_ann, of_other = ({manager.create_session(user, user) for _ in range(8)} for user in ("ann", other))
        assert (set(manager.sessions_of("ann")), set(manager.sessions_of(other))) == (of_ann, of_other)
