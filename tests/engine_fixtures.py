"""Servers that all tests of a process share. `tests/conftest.py` offers them to every test.

A test that stops, kills or fills its server starts its own, or leaves the shared one running and clean.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cluster import Cluster
    from tests.engines import PostgresServer, RedisServer


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the user postgres can reach, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="racelab-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis in memory."""
    from tests.engines import RedisServer, started

    with tempfile.TemporaryDirectory(prefix="racelab-") as folder, started(RedisServer, Path(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisServer]:
    """A Redis cluster of one node."""
    from tests.engines import RedisServer, started

    with (
        tempfile.TemporaryDirectory(prefix="racelab-") as folder,
        started(RedisServer, Path(folder), cluster=True) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def redis_nodes() -> Iterator[Cluster]:
    """A Redis cluster of three nodes. Each change is on disk before it is acknowledged."""
    from tests.cluster import Cluster

    with tempfile.TemporaryDirectory(prefix="racelab-") as folder, Cluster(Path(folder)) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL."""
    from tests.engines import PostgresServer, started

    with tempfile.TemporaryDirectory(prefix="racelab-") as folder, started(PostgresServer, Path(folder)) as server:
        yield server
