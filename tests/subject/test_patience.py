"""A server that falls silent: its callers get an error, and a server that is merely slow gets its time."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from session_manager.databases import DatabaseUnavailable
from session_manager.databases.engines import engine_for
from session_manager.databases.patience import Patience
from session_manager.databases.sql import SqlDatabase
from session_manager.sync import ThreadRuntime
from tests.subject.rows import EVEN, row
from tests.subject.wires import Wire


def test_a_silent_server_is_an_error_and_a_slow_one_is_not(wire: Wire) -> None:
    """A statement that is answered in time keeps its connection; without an answer the socket is closed."""
    engine = engine_for(wire.url)
    patience = Patience(engine, ThreadRuntime(), seconds=3.0)
    patience.start()
    try:
        with engine.connect() as connection:
            for _ in range(2):  # more than a look at each
                assert connection.execute(sa.text("select 1 from pg_sleep(1.2)")).scalar_one() == 1
            wire.cut()
            with pytest.raises(sa.exc.OperationalError):
                connection.execute(sa.text("select 1"))
    finally:
        patience.stop()
        engine.dispose()


def test_a_database_is_unavailable_and_not_for_ever(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller of a database whose server is silent hears that the outcome is unknown."""
    monkeypatch.setattr("session_manager.databases.sql.Patience", partial(Patience, seconds=1.2))
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
