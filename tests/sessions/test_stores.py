"""Which store a URL gives, and what stores at the same place have to do with each other."""

from __future__ import annotations

from typing import Any

import pytest

from session_manager.databases import CannotOpen
from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes
from session_manager.sessions.stores import LONGEST_LIFE, is_store_url, sessions_at
from tests.engines import RedisServer
from tests.sessions.places import data, joined, login, opened, refusal

KNOWN = [
    *("memory:", "memory://", "sqlite:///a.sqlite", "sqlite:////a/b.sqlite", "redis://127.0.0.1:1/0"),
    *("rediss://u:p@a.b/2", "unix:///tmp/redis.sock", "postgresql+psycopg://u:p@127.0.0.1:1/x"),
]
UNKNOWN: list[object] = [
    *("", "memory", "redis:", "redis://", "http://127.0.0.1", "postgresql://127.0.0.1/x", "postgresql+psycopg://"),
    *("redis://127.0.0.1:x/0", "redis://127.0.0.1/zero", "sqlite:", "mysql://a/b", None, 7, "memory:x", " memory:"),
]


@pytest.mark.parametrize("url", KNOWN)
def test_the_urls_of_stores_are_known(url: str) -> None:
    """Each kind of place is accepted before anything is opened."""
    assert is_store_url(url)


@pytest.mark.parametrize("url", UNKNOWN)
def test_other_urls_are_refused(url: Any) -> None:
    """What is no place for sessions is refused with the names of those that are."""
    assert not is_store_url(url)
    with pytest.raises(ValueError, match="sqlite:///FILE"):
        sessions_at(url)


def test_the_refusal_of_a_url_hides_its_password() -> None:
    """What a log gets of it is its beginning."""
    with pytest.raises(ValueError, match="none of them") as failed:
        sessions_at("postgresql://ann:secret@127.0.0.1/x")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "options",
    [
        *({"prefix": prefix} for prefix in ("", "a b", "a*", "{", "a{}b", "é", "a\n", "x" * 41, "a[b]", "a/b")),
        *({"lifetime": lifetime} for lifetime in (0, -1, LONGEST_LIFE + 1, float("inf"), float("nan"))),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    """A prefix with a meaning of its own is refused, and an endless lifetime."""
    with pytest.raises(ValueError, match=r"prefix|lifetime"):
        sessions_at("redis://127.0.0.1:1/0", **options)


@pytest.mark.parametrize(
    ("lifetime", "whole", "renewed_after"), [(0.2, 1, 0.1), (1, 1, 0.1), (1.5, 2, 0.2), (59, 59, 5.9), (3600, 3600, 60)]
)
def test_a_lifetime_has_whole_seconds(lifetime: float, whole: int, renewed_after: float) -> None:
    """It is rounded up, and a session is renewed long before it ends."""
    sessions: Any = sessions_at("redis://127.0.0.1:1/0", lifetime=lifetime).sessions
    assert sessions.lifetime == whole
    assert sessions.cache_ttl == pytest.approx(renewed_after)


def test_stores_with_other_prefixes_have_other_sessions(url: str) -> None:
    """Neither finds, counts or clears those of the other."""
    with opened(url) as one, joined(url, prefix="other-app") as other:
        session_id, theirs = login(one.sessions, k="1"), login(other.sessions, k="2")
        assert isinstance(refusal(lambda: other.sessions.get_session(session_id)), SessionNotFound)
        assert one.sessions.sessions_of("user_ann") == [session_id]
        assert (one.sessions.counts().store, other.sessions.counts().store) == (1, 1)
        one.sessions.clear()
        assert data(other.sessions, theirs) == {"k": "2"}
        other.sessions.clear()


def test_the_keys_of_another_library_stay(redis_server: RedisServer) -> None:
    """An app that moves here keeps its prefix, and what it had under it."""
    client: Any = redis_server.client()
    theirs = {"session:4f9c": "a blob", "session:a/b": "another"}
    client.mset(theirs)
    with joined(redis_server.url, prefix="session:") as store:
        session_id = login(store.sessions)
        assert set(store.sessions.census().sessions) == {session_id}
        assert store.sessions.run_cleanup() == 0
        store.sessions.clear()
    assert client.mget(theirs) == list(theirs.values())
    client.delete(*theirs)


def test_sessions_outlive_the_process(url: str) -> None:
    """Opened again, a store has what was acknowledged, and one in memory nothing."""
    with joined(url) as one:
        session_id, closed = login(one.sessions, k="1"), login(one.sessions)
        one.sessions.change_session(session_id, Changes({"a": "2"}, read={"k": "1"}))
        one.sessions.add(session_id, "n", 3)
        one.sessions.close_session(closed)
    with opened(url) as again:
        if url.startswith("memory:"):
            assert isinstance(refusal(lambda: again.sessions.get_session(session_id)), SessionNotFound)
            assert again.sessions.sessions_of("user_ann") == []
            return
        assert data(again.sessions, session_id) == {"k": "1", "a": "2", "n": "3"}
        assert isinstance(refusal(lambda: again.sessions.get_session(closed)), SessionNotFound)
        assert again.sessions.sessions_of("user_ann") == [session_id]


def test_cleanup_removes_every_closed_session(url: str) -> None:
    """Cleanup fails on no id, as it does on half of those of the module."""
    with opened(url) as store:
        ids = [login(store.sessions) for _ in range(30)]
        for session_id in ids:
            store.sessions.close_session(session_id)
        assert store.sessions.run_cleanup() == 30
        assert store.records.count() == 0
        assert {len(session_id) for session_id in ids} == {32}


def test_a_place_that_is_away_cannot_be_opened() -> None:
    """The error says what cannot be used, and nothing is left open."""
    for url in ("redis://127.0.0.1:1/0", "postgresql+psycopg://postgres@127.0.0.1:1/x"):
        with pytest.raises(CannotOpen):
            sessions_at(url).open()
