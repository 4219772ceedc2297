"""The databases that the contract runs over."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from session_manager.databases import Database, DatabaseDials, MemoryDatabase, SqlDatabase
from session_manager.sync import RUNTIME, ThreadRuntime
from session_manager.web.extension import Observer, Registered
from tests.subject.apps import Maker, make_app
from tests.subject.rows import Opener
from tests.subject.sites import Site, a_site
from tests.subject.wires import Wire

if TYPE_CHECKING:
    from tests.engines import PostgresServer

pytest.register_assert_rewrite(*[f"tests.subject.{name}" for name in ("benches", "scripted", "threads", "worlds")])

_numbers = itertools.count(1)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same empty database, as often as the test likes."""
    opened: list[Database] = []
    if request.param == "memory":
        url = "memory"
    elif request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/sessions.sqlite"
    else:
        url = request.getfixturevalue("postgres_server").url
    table = f"test_{os.getpid()}_{next(_numbers)}"

    def open_it(runtime: ThreadRuntime | None = None, latency: float = 0.0) -> Database:
        runtime, dials = runtime or ThreadRuntime(), DatabaseDials(latency)
        if url == "memory":
            opened.append(MemoryDatabase(runtime, dials))
        else:
            opened.append(SqlDatabase(url, table, runtime, dials))
        opened[-1].open()
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()
    if request.param == "postgres":
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
        engine.dispose()


@pytest.fixture
def database(open_database: Opener) -> Database:
    """An empty one that answers at once."""
    return open_database()


@pytest.fixture
def site(postgres_server: PostgresServer) -> Iterator[Site]:
    """A site of its own."""
    with a_site(postgres_server.url) as made:
        yield made


@pytest.fixture
def wire(postgres_server: PostgresServer) -> Iterator[Wire]:
    """A wire to the server."""
    made = Wire(postgres_server.url)
    yield made
    made.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    """Makes apps, and stops what they started."""
    made: list[Registered] = []

    def make_it(observer: Observer | None = None, **settings: Any) -> Registered:
        made.append(make_app(tmp_path, observer, **settings).extensions["session_manager"])
        return made[-1]

    yield make_it
    for registered in made:
        registered.stop()
    RUNTIME.dials.turn(0, 0)
