"""When the expiry of a web session is renewed, read and set behind the store's back: no test waits for a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import pytest

from session_manager.sessions import postgres, redis
from session_manager.sessions.contract import Changes, WebSessions
from session_manager.sessions.stores import Store
from tests.engines import PostgresServer, RedisServer
from tests.sessions.places import login, opened, refusal, without_expiry

LIFE, LEFT = 1000, 500
CHANGES: dict[str, Callable[[WebSessions, str], object]] = {
    "change": lambda sessions, one: sessions.change_session(one, Changes({"k": "v"})),
    "change of nothing": lambda sessions, one: sessions.change_session(one, Changes()),
    "removal": lambda sessions, one: sessions.change_session(one, Changes({}, ["k"])),
    "add": lambda sessions, one: sessions.add(one, "n", 1),
    "take": lambda sessions, one: sessions.take(one, "k"),
}
NONE: dict[str, Callable[[WebSessions, str], object]] = {
    "conflict": lambda sessions, one: refusal(
        lambda: sessions.change_session(one, Changes({"k": "v"}, read={"k": None}))
    ),
    "crowd": lambda sessions, one: refusal(
        lambda: sessions.change_session(one, Changes({str(number): "" for number in range(101)}))
    ),
    "no number": lambda sessions, one: refusal(lambda: sessions.add(one, "k", 1)),
    "take of nothing": lambda sessions, one: sessions.take(one, "none"),
}
"""Calls that change nothing, and so not the expiry."""


class Behind(Protocol):
    """The place itself."""

    def left(self, session_id: str) -> float:
        """Seconds until the session expires."""

    def has_left(self, session_id: str, seconds: int) -> None:
        """Let it be so many."""

    def was_read(self, session_id: str, seconds: int) -> None:
        """Let it be so many seconds since its expiry was renewed by a read."""


class BehindRedis:
    """See `Behind`."""

    def __init__(self, server: RedisServer, store: Store) -> None:
        assert isinstance(store.sessions, redis.WebSessions)
        self._client: Any = server.client()
        self._named = store.sessions._named

    def left(self, session_id: str) -> float:
        """See `Behind`."""
        return float(self._client.ttl(self._named(session_id)))

    def has_left(self, session_id: str, seconds: int) -> None:
        """See `Behind`."""
        self._client.expire(self._named(session_id), seconds)

    def was_read(self, session_id: str, seconds: int) -> None:
        """See `Behind`."""
        now, _ = self._client.time()
        self._client.hset(self._named(session_id), "r", (now - seconds) * 1_000_000)


class BehindPostgres:
    """See `Behind`."""

    def __init__(self, server: PostgresServer, store: Store) -> None:
        assert isinstance(store.sessions, postgres.WebSessions)
        self._client: Any = server.client()
        self._table = store.sessions._engine.tables.sessions.name

    def left(self, session_id: str) -> float:
        """See `Behind`."""
        asked = f"SELECT extract(epoch FROM expires - now()) FROM {self._table} WHERE session_id = %s"
        return float(self._client.execute(asked, [session_id]).fetchone()[0])

    def has_left(self, session_id: str, seconds: int) -> None:
        """See `Behind`."""
        self._set("expires = now() + make_interval(secs => %s)", session_id, seconds)

    def was_read(self, session_id: str, seconds: int) -> None:
        """See `Behind`."""
        self._set("refreshed = now() - make_interval(secs => %s)", session_id, seconds)

    def _set(self, what: str, session_id: str, seconds: int) -> None:
        self._client.execute(f"UPDATE {self._table} SET {what} WHERE session_id = %s", [seconds, session_id])


@pytest.fixture(params=["redis_server", "postgres_server"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[WebSessions, Behind]]:
    """A store, and what is behind it."""
    server = request.getfixturevalue(request.param)
    with opened(server.url, lifetime=LIFE) as store:
        yield store.sessions, (BehindRedis if request.param == "redis_server" else BehindPostgres)(server, store)


@pytest.mark.parametrize("call", CHANGES)
def test_a_change_renews_the_expiry(call: str, place: tuple[WebSessions, Behind]) -> None:
    """After each of them the session has its whole lifetime again."""
    sessions, behind = place
    session_id = login(sessions, k="1")
    behind.has_left(session_id, LEFT)
    CHANGES[call](sessions, session_id)
    assert LIFE - 5 < behind.left(session_id) <= LIFE


@pytest.mark.parametrize("call", NONE)
def test_what_changes_nothing_renews_nothing(call: str, place: tuple[WebSessions, Behind]) -> None:
    """A refused change leaves the expiry as it was."""
    sessions, behind = place
    session_id = login(sessions, k="x")
    behind.has_left(session_id, LEFT)
    NONE[call](sessions, session_id)
    assert LEFT - 5 < behind.left(session_id) <= LEFT


def test_a_read_renews_the_expiry_once_in_a_while(place: tuple[WebSessions, Behind]) -> None:
    """Within the TTL a read writes nothing; after it, it renews the expiry."""
    sessions, behind = place
    session_id = login(sessions, k="1")
    for ago, renewed in ((0, False), (55, False), (65, True), (0, False)):
        behind.was_read(session_id, ago)
        behind.has_left(session_id, LEFT)
        sessions.get_session(session_id)
        most = LIFE if renewed else LEFT
        assert most - 5 < behind.left(session_id) <= most


def test_a_read_renews_the_expiry_although_the_clocks_differ(redis_server: RedisServer) -> None:
    """An app whose clock is far behind that of Redis does not let a session expire that is read."""
    with opened(redis_server.url, lifetime=LIFE) as store:
        behind, session_id = BehindRedis(redis_server, store), login(store.sessions)
        behind.was_read(session_id, -LIFE)
        behind.has_left(session_id, LEFT)
        store.sessions.get_session(session_id)
        assert LIFE - 5 < behind.left(session_id) <= LIFE


def test_every_session_on_redis_has_an_expiry(redis_server: RedisServer) -> None:
    """Whatever was done to it, and also after a close that came first."""
    with opened(redis_server.url, lifetime=LIFE) as store:
        for close_first in (False, True):
            for call in CHANGES.values():
                session_id = login(store.sessions, k="x")
                if close_first:
                    store.sessions.close_session(session_id)
                    refusal(partial(call, store.sessions, session_id))
                else:
                    call(store.sessions, session_id)
        assert without_expiry(redis_server.client()) == []
        assert store.sessions.counts().store == len(CHANGES) == len(store.sessions.sessions_of("user_ann"))
