"""Sessions that expire in Redis, and sessions that were renewed in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from session_manager.model import SessionNotFound
from session_manager.shared.redis_fixed import ROUND, TOGETHER
from session_manager.shared.redis_keys import PARTS
from tests.subject.faulty_redis import Bench, bench

if TYPE_CHECKING:
    from tests.engines import RedisServer


def first_life_over(one: Bench, session_id: str) -> None:
    """The index says that its time was up long ago: so it is for each session that was renewed since."""
    one.server.client().hset(one.keys.of(session_id).part("ann"), session_id, "1 ann")


def look_through_the_whole_index(one: Bench) -> None:
    """A cleanup cycle after a long pause."""
    one.manager._looked_at = float("-inf")
    one.manager.run_cleanup()


def test_a_session_that_was_renewed_stays_open(redis_server: RedisServer) -> None:
    """Cleanup puts it off until its time may be up again."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        first_life_over(one, session_id)
        look_through_the_whole_index(one)
        assert one.manager.increment_access(session_id) == 1
        assert (one.manager.counts().store, one.manager.queued(), one.manager.sessions_of("ann")) == (
            1,
            [],
            [session_id],
        )
        entry = one.server.client().hget(one.keys.of(session_id).part("ann"), session_id)
        assert int(str(entry).split()[0]) > 1_000_000_000
        one.manager.delete_session(session_id)
        assert (one.manager.counts().store, one.manager.sessions_of("ann")) == (0, [])


def test_a_change_and_a_refresh_renew_the_expiry(redis_server: RedisServer) -> None:
    """A session expires only if it was neither changed nor refreshed for its lifetime."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        name = one.keys.of(session_id).sessions + session_id
        renewing: list[Callable[[], None]] = [
            lambda: one.manager.update_session(session_id, "theme", "dark"),
            lambda: one.manager.refresh_from_database(session_id),
        ]
        for renew in renewing:
            one.server.client().expire(name, 100)
            renew()
            assert 3500 < int(str(one.server.client().ttl(name))) <= 3600


def test_a_session_that_redis_has_dropped_is_closed(redis_server: RedisServer) -> None:
    """It is gone for readers at once; its place and its count go with cleanup, and only once."""
    with bench(redis_server) as one:
        session_id, kept = (one.manager.create_session("ann", "ann") for _ in range(2))
        one.server.client().delete(one.keys.of(session_id).sessions + session_id)
        with pytest.raises(SessionNotFound):
            one.manager.get_session(session_id)
        first_life_over(one, session_id)
        for _ in range(2):
            look_through_the_whole_index(one)
        assert (one.manager.counts().store, one.manager.sessions_of("ann")) == (1, [kept])
        assert session_id not in one.manager.census().sessions
        assert len(one.records.ids() - {kept}) == len(session_id) % 2  # an odd id is tried again


def test_cleanup_looks_at_a_share_of_the_index_at_a_time(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as the time since the last cycle asks for, and one step at least, in turn."""
    with bench(redis_server, shards=1) as one:
        looked: list[str] = []
        asked, clock = one.manager._engine.script_of_each, one.manager._runtime.monotonic

        def look(name: str, keys: Sequence[Sequence[str]]) -> list[Any]:
            looked.extend(keys[0])
            return asked(name, keys)

        monkeypatch.setattr(one.manager._engine, "script_of_each", look)
        for share, parts in ((0.0, TOGETHER), (0.25, PARTS // 4), (9.0, PARTS)):
            looked.clear()
            one.manager._looked_at = clock() - share * ROUND
            one.manager._close_expired()
            assert abs(len(looked) - parts) <= TOGETHER  # the clock goes on meanwhile
            assert len(set(looked)) == len(looked)
