"""Measures a row: serves its app anew for each run, and lets `check` drive it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from redis import Redis

from racelab import private_redis

from ..check import COLUMNS, Column, Report, Settings, check
from ..check.run import NOT_TESTED
from . import environments, results
from .json_types import ConditionsJson, EnvironmentJson, RowJson
from .rows import Row
from .serving import served

LIFETIME = 4
"""Seconds after which a session expires on the server that is asked for its rows: a slow computer needs some."""
ROWS: Final = "rows"
LOADS = tuple(key for key in COLUMNS if key != ROWS)
NO_REDIS = "Neither redis-server nor valkey-server is installed. `apt install redis-server` or `brew install redis`."


class Measuring:
    """Measures rows, with one Redis for all of them that is emptied before each server starts.

    Args:
        settings: how `check` drives each server.
        runs: of each row.
        tell: hears what is being done.
        redis: the URL of that Redis; None where no row needs one.
    """

    def __init__(self, settings: Settings, runs: int, tell: Callable[[str], None], redis: str | None) -> None:
        self._settings = settings
        self._runs = runs
        self._tell = tell
        self._redis = redis

    def row(self, row: Row) -> RowJson:
        """Make a row's environment if need be, and measure it.

        Raises:
            NotInstalled: its packages cannot be had.
            NotServed: its app does not answer.
        """
        environments.make(row.environment, lambda what: self._tell(f"{row.name}: {what} ..."))
        versions = environments.versions(row.environment, row.packages)
        runs = [self._run(row, f"{row.name}, run {number} of {self._runs}") for number in range(1, self._runs + 1)]
        return results.row_of(row, runs, versions, self._environment(row), self._conditions())

    def _run(self, row: Row, name: str) -> dict[str, Column]:
        """One run: every column on a server as it is shipped, but the rows on one whose sessions expire soon."""
        found = self._checked(row, name, replace(self._settings, columns=LOADS), None)
        if ROWS not in row.untested:
            found |= self._checked(row, name, replace(self._settings, columns=(ROWS,)), LIFETIME)
        return found

    def _checked(self, row: Row, name: str, settings: Settings, lifetime: int | None) -> dict[str, Column]:
        redis = self._redis if row.needs == "redis" else None
        if redis is not None:
            with Redis.from_url(redis) as client:
                client.flushall()
        self._tell(f"{name}: starting")
        with served(row, redis, lifetime) as address:
            report = check(address, settings, lambda what: self._tell(f"{name}: {what}"))
        return {column.key: _with_reason(column, report) for column in report.columns}

    def _environment(self, row: Row) -> EnvironmentJson:
        return {
            "python": "" if row.server == "node" else platform.python_version(),
            "system": platform.system(),
            "cores": os.cpu_count() or 0,
            "redis": _redis_version(self._redis) if row.needs == "redis" and self._redis else "",
            "node": _node_version() if row.server == "node" else "",
        }

    def _conditions(self) -> ConditionsJson:
        return {
            "clients": self._settings.clients,
            "seconds": self._settings.seconds,
            "hold": self._settings.hold,
            "runs": self._runs,
            "rows_lifetime": LIFETIME,
        }


def _with_reason(column: Column, report: Report) -> Column:
    """A column that was not tested says why: the server has failed a control, for instance."""
    return replace(column, sentence=report.sentence) if column.sentence == NOT_TESTED else column


def why_not(row: Row) -> str:
    """Why a row cannot be measured on this computer, or nothing."""
    if row.needs == "redis" and not any(map(shutil.which, private_redis.PROGRAMS)):
        return NO_REDIS
    if row.server == "node" and not (shutil.which("node") and shutil.which("npm")):
        return environments.NO_NODE
    return ""


@contextmanager
def redis_for(wanted: Iterable[Row]) -> Iterator[str | None]:
    """A Redis for those of the rows that need one, until this process ends; None if none does.

    Raises:
        private_redis.NoRedis: it does not start.
    """
    if not any(row.needs == "redis" for row in wanted):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="racelab-", ignore_cleanup_errors=True) as folder:
        yield private_redis.start(Path(folder))


def _redis_version(url: str) -> str:
    with Redis.from_url(url) as client:
        return str(client.info("server")["redis_version"])


def _node_version() -> str:
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip().removeprefix("v")
