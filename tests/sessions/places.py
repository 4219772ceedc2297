"""Where web sessions are tested: one line for each kind of store, and a look at Redis behind the store's back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from session_manager.model import SessionError
from session_manager.sessions.contract import WebSessions
from session_manager.sessions.stores import Store, sessions_at

SERVERS = {
    "memory": "memory:",
    "sqlite": "sqlite:///{folder}/sessions.sqlite",
    "redis": "redis_server",
    "nodes": "redis_nodes",
    "postgres": "postgres_server",
}
"""The fixture that starts the server of each kind of store; of one without a server, its URL."""
THREADS = 8
PREFIX = f"t{os.getpid()}:"


def url_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Where a store of that kind is."""
    where = SERVERS[kind]
    return where.format(folder=folder) if ":" in where else str(request.getfixturevalue(where).url)


@contextmanager
def opened(url: str, **options: Any) -> Iterator[Store]:
    """An empty store there, which is empty again at the end."""
    with joined(url, **options) as store:
        try:
            yield store
        finally:
            store.sessions.clear()


@contextmanager
def joined(url: str, **options: Any) -> Iterator[Store]:
    """A store there as another process has it, or as it is after a restart."""
    store = sessions_at(url, **{"prefix": PREFIX, **options})
    store.open()
    try:
        yield store
    finally:
        store.close()


def login(sessions: WebSessions, **values: str) -> str:
    """A session of Ann's with these keys."""
    session_id = sessions.create_session("user_ann", "ann")
    for key, value in values.items():
        sessions.update_session(session_id, key, value)
    return session_id


def data(sessions: WebSessions, session_id: str) -> dict[str, str]:
    """What a session holds."""
    return sessions.get_session(session_id).metadata


def refusal(call: Callable[[], object]) -> SessionError:
    """The definite error of a call."""
    with pytest.raises(SessionError) as failed:
        call()
    assert failed.value.definite
    return failed.value


def until(asked: Callable[[], object], seconds: float = 20.0) -> None:
    """Ask again until it is so."""
    deadline = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < deadline


def without_expiry(client: Any) -> list[str]:
    """The sessions on Redis that would never go away."""
    return [name for name in client.scan_iter(f"{PREFIX}*/*") if client.ttl(name) < 0]
