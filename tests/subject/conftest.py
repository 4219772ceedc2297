"""The databases that the contract runs over."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from session_manager.databases import Database, DatabaseDials, MemoryDatabase, SqlDatabase
from session_manager.sync import RUNTIME, ThreadRuntime
from session_manager.web.extension import Observer, Registered
from tests.subject.apps import Maker, make_app
from tests.subject.rows import POSTGRES, Opener

pytest.register_assert_rewrite(*[f"tests.subject.{name}" for name in ("benches", "scripted", "threads", "worlds")])

_numbers = itertools.count(1)
KINDS = ["memory", "sqlite"]
ON_POSTGRES = [pytest.param("postgres", marks=pytest.mark.postgres)] if os.environ.get(POSTGRES) else []


@pytest.fixture(params=[*KINDS, *ON_POSTGRES])
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same empty database, as often as the test likes."""
    opened: list[Database] = []
    if request.param == "memory":
        url = "memory"
    elif request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/sessions.sqlite"
    else:
        url = os.environ[POSTGRES]
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
