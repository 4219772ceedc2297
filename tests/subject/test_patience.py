"""A server that falls silent: its callers get an error, and a server that is merely slow gets its time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from session_manager.databases import DatabaseUnavailable, engines
from session_manager.databases.engines import engine_for
from session_manager.databases.patience import Patience
from session_manager.databases.sql import SqlDatabase
from session_manager.sync import ThreadRuntime
from tests.subject.rows import EVEN, row
from tests.subject.wires import Wire

if TYPE_CHECKING:
    from tests.engines import PostgresServer


def test_a_silent_server_is_an_error_and_a_slow_one_is_not(wire: Wire) -> None:
    """A statement that is answered in time keeps its connection; without an answer the socket is closed."""
    engine = engine_for(wire.url)
    patience = Patience(engine, ThreadRuntime(), seconds=1.2, look=0.2)
    patience.start()
    try:
        with engine.connect() as connection:
            for _ in range(2):  # more than a look at each
                assert connection.execute(sa.text("select 1 from pg_sleep(0.5)")).scalar_one() == 1
            wire.cut()
            with pytest.raises(sa.exc.OperationalError):
                connection.execute(sa.text("select 1"))
    finally:
        patience.stop()
        engine.dispose()


def cut_at_the_first_question(wire: Wire, engine: sa.Engine) -> None:
    """After the connection was made, and before it is given out."""
    sa.event.listen(engine, "connect", lambda *_: wire.cut(), insert=True)
    engine.connect()


def cut_at_the_commit(wire: Wire, engine: sa.Engine) -> None:
    """After the last statement."""
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
        connection.execute(sa.text("select 1"))
        wire.cut()
        connection.commit()


@pytest.mark.parametrize("cut", [cut_at_the_first_question, cut_at_the_commit])
def test_silence_is_noticed_outside_of_statements(cut: Callable[[Wire, sa.Engine], None], wire: Wire) -> None:
    """A new connection, and the end of a transaction, wait for the server too."""
    engine = engine_for(wire.url)
    patience = Patience(engine, ThreadRuntime(), seconds=0.2, look=0.1)
    patience.start()
    try:
        with pytest.raises(sa.exc.OperationalError):
            cut(wire, engine)
    finally:
        patience.stop()
        engine.dispose()


def test_what_a_silent_client_has_locked_is_free_again(
    wire: Wire, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server hears of no end, and ends a transaction in which nothing happens."""
    monkeypatch.setattr(engines, "SECONDS", 1)
    lock = "SELECT pg_advisory_xact_lock(77)"
    with engine_for(wire.url).connect().execution_options(isolation_level="READ COMMITTED") as client:
        client.execute(sa.text(lock))
        wire.cut()
        other = postgres_server.client()
        other.execute("SET lock_timeout TO '10s'")
        try:
            other.execute(lock)
        finally:
            other.execute("RESET lock_timeout")
            client.invalidate()


def test_a_database_is_unavailable_and_not_for_ever(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller of a database whose server is silent hears that the outcome is unknown."""
    monkeypatch.setattr("session_manager.databases.sql.Patience", partial(Patience, seconds=0.5, look=0.2))
    database = SqlDatabase(wire.url.render_as_string(hide_password=False), "patience", ThreadRuntime())
    database.open()
    try:
        database.clear()
        database.insert(row())
        assert database.save_access(EVEN, 1, row().data.last_activity)
        wire.cut()
        with pytest.raises(DatabaseUnavailable):
            database.save_access(EVEN, 2, row().data.last_activity)
    finally:
        wire.close()
        database.close()
