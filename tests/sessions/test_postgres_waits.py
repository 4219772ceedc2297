"""A change on PostgreSQL that waits for another one is judged by what that one has left, and not by what it saw."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from session_manager.model import SessionError, SessionNotFound
from session_manager.sessions import postgres
from session_manager.sessions.contract import Changes, NotANumber, SessionConflict
from tests.engines import PostgresServer
from tests.sessions.places import login, opened, until

CALLS: dict[str, Callable[[postgres.WebSessions, str], object]] = {
    "change": lambda sessions, one: sessions.change_session(one, Changes({"new": "1"})),
    "read and change": lambda sessions, one: sessions.change_session(one, Changes({"k": "3"}, read={"k": "1"})),
    "add": lambda sessions, one: sessions.add(one, "n", 1),
    "take": lambda sessions, one: sessions.take(one, "once"),
    "close": lambda sessions, one: sessions.close_session(one).metadata,
}
STORED = {"k": "1", "n": "1", "once": "x"}
OTHER = 'metadata = metadata || \'{"k": "2", "n": "41", "once": "y"}\''
CLOSED = "deleted = true, waiting_since = now(), due = now()"
CASES: list[tuple[str, str, object]] = [
    ("change", OTHER, None),
    ("read and change", OTHER, SessionConflict),
    ("read and change", "metadata = metadata - 'k'", SessionConflict),
    ("add", OTHER, 42),
    ("add", "metadata = metadata - 'n'", 1),
    ("add", 'metadata = metadata || \'{"n": "x"}\'', NotANumber),
    ("take", OTHER, "y"),
    ("take", "metadata = metadata - 'once'", None),
    ("close", OTHER, {"k": "2", "n": "41", "once": "y"}),
    *((call, CLOSED, SessionNotFound) for call in CALLS),
    *((call, "expires = now()", SessionNotFound) for call in CALLS),
]


@pytest.mark.parametrize(("call", "other", "expected"), CASES)
def test_what_a_change_has_waited_for_counts(
    call: str, other: str, expected: object, postgres_server: PostgresServer
) -> None:
    """The answer is about the row as the other change has left it."""
    with opened(postgres_server.url) as store:
        sessions = store.sessions
        assert isinstance(sessions, postgres.WebSessions)
        session_id = login(sessions, **STORED)
        table = sessions._engine.tables.sessions.name

        def answer() -> object:
            try:
                return CALLS[call](sessions, session_id)
            except SessionError as error:
                return type(error)

        with (
            psycopg.connect(host="127.0.0.1", port=postgres_server.port, user="postgres") as holder,
            ThreadPoolExecutor(1) as pool,
        ):
            holder.execute(f"UPDATE {table} SET {other} WHERE session_id = %s", [session_id])
            asked = pool.submit(answer)
            until(lambda: waits(postgres_server, table))
            holder.commit()
            assert asked.result(20) == expected


def waits(server: PostgresServer, table: str) -> Any:
    """Whether a statement about the table waits for a lock."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    return server.client().execute(asked, [f"%{table}%"]).fetchone()
