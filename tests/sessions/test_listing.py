"""The sessions of a user, listed while one gets a new id: a logout everywhere must find it under one of the two."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from session_manager.sessions.contract import WebSessions
from session_manager.sessions.memory import WebSessions as InMemory
from session_manager.sessions.redis import WebSessions as OnRedis
from session_manager.sessions.stores import SHARDS
from tests.sessions.places import SERVERS, login

ROUNDS = 40


class Moving:
    """A session that gets a new id, as `session.regenerate()` does it: the new one first.

    Args:
        sessions: which have it.
    """

    def __init__(self, sessions: WebSessions) -> None:
        self._sessions = sessions
        self.session_id = login(sessions)

    def move(self) -> None:
        """Give it the next id."""
        old, self.session_id = self.session_id, login(self._sessions)
        self._sessions.close_session(old)


@pytest.mark.parametrize("url", [kind for kind in SERVERS if kind != "nodes"], indirect=True)
def test_a_session_that_gets_a_new_id_is_always_listed(sessions: WebSessions) -> None:
    """A listing while a session moves from id to id is never empty."""
    moving, over = Moving(sessions), threading.Event()

    def move() -> None:
        while not over.is_set():
            moving.move()

    thread = threading.Thread(target=move)
    thread.start()
    try:
        for _ in range(ROUNDS):
            assert sessions.sessions_of("user_ann")
    finally:
        over.set()
        thread.join()
    assert sessions.sessions_of("user_ann") == [moving.session_id]


@pytest.mark.parametrize("url", ["redis", "nodes"], indirect=True)
def test_a_move_between_two_commands_of_a_listing_is_noticed(
    sessions: WebSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that moves while the shards of Redis are read is listed."""
    assert isinstance(sessions, OnRedis)
    moving, real, left = Moving(sessions), sessions._engine.reading_all, 0

    def reading_all(commands: Any) -> list[Any]:
        nonlocal left
        answers = []
        for command in commands:
            left -= 1
            if left == 0:
                moving.move()
            answers += real([command])
        return answers

    monkeypatch.setattr(sessions._engine, "reading_all", reading_all)
    for before in range(1, 2 * SHARDS + 1):
        left, old = before, moving.session_id
        found = sessions.sessions_of("user_ann")
        assert found in ([old], [moving.session_id]), before


def test_a_move_in_memory_after_the_index_was_read_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that moves after the index of the store in memory was read is found."""
    sessions = InMemory()
    moving = Moving(sessions)
    before = moving.session_id

    class Index:
        """The lock over the index, and a move after the first use of it."""

        def __enter__(self) -> dict[str, set[str]]:
            return real.__enter__()

        def __exit__(self, *error: Any) -> None:
            real.__exit__(*error)
            monkeypatch.undo()
            moving.move()

    real = sessions._users
    monkeypatch.setattr(sessions, "_users", Index())
    assert sessions.sessions_of("user_ann") == [before]
    assert sessions.sessions_of("user_ann") == [moving.session_id]
