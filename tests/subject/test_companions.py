"""Labs that serve the same sessions see each other, and forget one that has ended."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from session_manager.databases.patience import Patience
from session_manager.model import SessionError
from session_manager.shared import companions
from session_manager.shared.companions import Companions
from session_manager.shared.stores import SHARED, companions_at
from session_manager.sync import ThreadRuntime
from tests.fault_proxy import FaultProxy
from tests.faults import Forget
from tests.subject.apps import Maker
from tests.subject.shared import SERVERS, VARIANTS, place_at
from tests.workers import until

if TYPE_CHECKING:
    from tests.engines import PostgresServer, RedisServer


@pytest.mark.parametrize("variant", VARIANTS)
def test_labs_on_one_place_count_each_other(variant: str, request: pytest.FixtureRequest) -> None:
    """Two on one prefix see each other; one on another prefix sees nobody."""
    engine = SHARED[variant]
    url = request.getfixturevalue(SERVERS[engine]).url
    place, elsewhere = place_at(engine, url), place_at(engine, url)
    one, other = (companions_at(variant, place, ThreadRuntime(), me) for me in ("one", "other"))
    alone = companions_at(variant, elsewhere, ThreadRuntime(), "alone")
    try:
        assert (one.others(), one.others(), alone.others()) == (0, 0, 0)
        assert (other.others(), one.others(), alone.others()) == (1, 1, 0)
        other.leave()
        until(lambda: one.others() == 0)  # PostgreSQL forgets a lock when it has noticed that its client is gone
    finally:
        for each in (one, other, alone):
            each.leave()


def test_a_lab_that_was_killed_is_forgotten(redis_server: RedisServer) -> None:
    """It has not left, and its time is up while another one still shows itself."""
    place = place_at("redis", redis_server.url)
    one, killed = (companions_at("redis-fixed", place, ThreadRuntime(), me) for me in ("one", "killed"))
    try:
        assert (killed.others(), one.others()) == (0, 1)
        redis_server.client().zadd(f"labs:{place.prefix}:redis-fixed", {"killed": 1})
        assert one.others() == 0
    finally:
        for each in (one, killed):
            each.leave()


def test_a_lab_never_counts_a_connection_of_its_own_that_the_network_lost(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server learns nothing of that; it ends the connection when nobody asks there any more."""
    monkeypatch.setattr(companions, "Patience", partial(Patience, seconds=0.1, look=0.1))
    monkeypatch.setattr(companions, "SECONDS", 1)
    with FaultProxy("127.0.0.1", postgres_server.port) as proxy:
        url = postgres_server.url.replace(f":{postgres_server.port}", f":{proxy.port}")
        lab = companions_at("postgres-fixed", place_at("postgres", url), ThreadRuntime(), "one")
        try:
            assert lab.others() == 0
            proxy.switch(Forget())
            with pytest.raises(SessionError):
                lab.others()
            until(lambda: _others(lab) == 0, 10)
        finally:
            lab.leave()


def _others(lab: Companions) -> int | None:
    """None where nobody answers: on a slow machine the next connection was also idle for too long."""
    with suppress(SessionError):
        return lab.others()
    return None


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_engine_that_is_away_does_not_tell(variant: str) -> None:
    """It is an error, and not the answer that there is nobody."""
    with pytest.raises(SessionError):
        companions_at(variant, place_at("none", ""), ThreadRuntime(), "one").others()


def test_two_apps_of_one_process_are_two_labs(make: Maker, redis_server: RedisServer) -> None:
    """On one prefix they see each other, as two processes do."""
    settings = {"VARIANTS": ["redis-fixed"], "DEFAULT": "redis-fixed", "REDIS": redis_server.url}
    one, other = (make(None, PREFIX=f"apps{os.getpid()}", **settings).companions["redis-fixed"] for _ in range(2))
    try:
        assert (one.others(), other.others(), one.others()) == (0, 1, 1)
    finally:
        one.leave()
        other.leave()
