"""Stored sessions are found again: nobody opens them with another number of shards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from session_manager.shared.errors import OtherShards
from tests.engines import RedisServer
from tests.subject.faulty_redis import configured
from tests.subject.shared import opened, place_at


def test_sessions_are_not_opened_with_another_number_of_shards(redis_server: RedisServer) -> None:
    """It is refused by name, and nothing is changed: the right number finds them."""
    place = place_at("redis", redis_server.url, shards=4)
    with opened("redis-fixed", place) as one:
        ids = [one.manager.create_session("ann", "ann") for _ in range(20)]
        with (
            pytest.raises(OtherShards, match=r"spread over 4 shards.*SHARDS is 5.*Set it to 4"),
            opened("redis-fixed", replace(place, shards=5)),
        ):
            pass
        with opened("redis-fixed", place) as again:
            assert all(again.manager.get_session(session_id) for session_id in ids)
        one.manager.clear()


def test_another_number_may_be_set_where_no_session_is(redis_server: RedisServer) -> None:
    """After a clear, and before the first login, the next one to open decides."""
    place = place_at("redis", redis_server.url, shards=4)
    for shards, refused in ((4, 5), (5, 4)):
        with opened("redis-fixed", replace(place, shards=shards)) as one:
            one.manager.clear()
            one.manager.create_session("ann", "ann")
            with pytest.raises(OtherShards), opened("redis-fixed", replace(place, shards=refused)):
                pass
            one.manager.clear()


def test_a_full_server_is_opened_all_the_same(redis_server: RedisServer) -> None:
    """It refuses to keep the number, and its sessions are served."""
    place = place_at("redis", redis_server.url)
    with configured(redis_server, maxmemory="1"), opened("redis-fixed", place) as one:
        assert one.manager.counts().store == 0
