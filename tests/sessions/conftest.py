"""The stores that the contract of web sessions runs over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from session_manager.sessions.contract import WebSessions
from session_manager.sessions.stores import Store
from session_manager.shared.redis_engine import RedisEngine
from tests.sessions.places import SERVERS, THREADS, joined, opened, url_of

pytest.register_assert_rewrite("tests.sessions.places")


SILENCE = ("test_lost_answers", "test_expiry")
"""They are about engines that do not answer in time."""


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a Redis take its time: these tests run beside others, which may keep all processors busy for a while."""
    if not request.path.stem.startswith(SILENCE):
        monkeypatch.setattr(RedisEngine.__init__, "__defaults__", (20.0,))


@pytest.fixture(params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a store, once for each kind."""
    return url_of(request.param, request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store, of each kind."""
    with opened(url) as made:
        yield made


@pytest.fixture
def sessions(store: Store) -> WebSessions:
    """Its sessions."""
    return store.sessions


@pytest.fixture
def workers(store: Store, url: str) -> Iterator[list[WebSessions]]:
    """For each thread the sessions of its worker: two processes serve a store that can be shared."""
    if url.startswith(("memory:", "sqlite:")):  # of one process
        yield [store.sessions] * THREADS
        return
    with joined(url) as other:
        yield [store.sessions, other.sessions] * (THREADS // 2)
