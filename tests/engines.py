"""Real servers for tests, from the system's packages, each in its own folder on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.engine import LOOPBACK, PATIENCE, Engine, EngineError, EngineMissing, kill_all_in

HIGHEST_CLUSTER_PORT = 65535 - 10000
"""A node of a cluster also listens on its port + 10000."""
ALL_SLOTS = (0, 16383)

POSTGRES_INSTALLATIONS = Path("/usr/lib/postgresql")

E = TypeVar("E", bound=Engine)


def started(kind: type[E], folder: Path, **options: Any) -> E:
    """A server, or a skip that says in the summary what to install and what was not tested."""
    try:
        return kind(folder, **options)
    except EngineMissing as missing:
        pytest.skip(str(missing))


class RedisServer(Engine):
    """Redis, or Valkey.

    Args:
        folder: see `Engine`.
        persistent: each change is on disk before it is acknowledged; otherwise a restart finds nothing.
        cluster: a cluster of one node, which has all slots. Its start takes two seconds more: Redis waits that long.
        slots: those of a node that has fewer, the first and the last. It serves them without the others.
        extra: more arguments of the server's command line.
    """

    gently = signal.SIGTERM
    at_once = signal.SIGKILL

    def __init__(
        self,
        folder: Path,
        persistent: bool = False,
        cluster: bool = False,
        extra: Sequence[str] = (),
        slots: tuple[int, int] = ALL_SLOTS,
    ) -> None:
        self._persistent, self._cluster, self._extra, self._slots = persistent, cluster, extra, slots
        self._client: redis.Redis | None = None
        self.highest_port = HIGHEST_CLUSTER_PORT if cluster else 65535
        super().__init__(folder)

    @property
    def url(self) -> str:
        """Where it answers, as redis-py takes it."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def client(self) -> redis.Redis:
        """A client for assertions, which never retries. Closed by `stop` and `kill`."""
        if self._client is None:
            self._client = self._connect(PATIENCE)
        return self._client

    def _prepare(self) -> None:
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            raise EngineMissing("Install redis-server or valkey-server: NOTHING was tested on Redis.")
        self._binary = found

    def _command(self) -> Sequence[str]:
        each_change = ["--appendonly", "yes", "--appendfsync", "always"] if self._persistent else ["--appendonly", "no"]
        nodes = ["--cluster-enabled", "yes", "--cluster-announce-ip", LOOPBACK] if self._cluster else []
        if self._slots != ALL_SLOTS:
            nodes += ["--cluster-require-full-coverage", "no"]
        own = ["--port", str(self.port), "--bind", LOOPBACK, "--dir", str(self.folder), "--save", ""]
        return [self._binary, *own, *each_change, *nodes, *self._extra]

    def _connect(self, seconds: float) -> redis.Redis:
        never = Retry(NoBackoff(), 0)
        return redis.Redis(LOOPBACK, self.port, retry=never, socket_timeout=seconds, decode_responses=True)

    def _answers(self) -> bool:
        with self._connect(1) as client:  # not for long: on a taken port somebody else may listen and say nothing
            try:
                return client.info("server")["process_id"] == self.pid and (
                    not self._cluster or has_slots(client, *self._slots)
                )
            except redis.RedisError:
                return False

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def has_slots(client: redis.Redis, first: int, last: int) -> bool:
    """Whether a node of a cluster is ready; gives it its slots if it has none."""
    state = client.cluster("INFO")
    if state["cluster_slots_assigned"] == "0":
        client.cluster("ADDSLOTSRANGE", first, last)
    return bool(state["cluster_state"] == "ok")


class PostgresServer(Engine):
    """PostgreSQL, with the user `postgres` and no password. A commit is on disk before it is acknowledged.

    Started by root, it runs as the system's user `postgres`, who then owns the folder and must be able to reach it:
    pytest's `tmp_path` is closed to other users, `tempfile.TemporaryDirectory` in /tmp is not.
    """

    gently = signal.SIGINT  # SIGTERM would wait for all clients to leave
    at_once = signal.SIGQUIT  # the server ends its children, which SIGKILL would not

    def __init__(self, folder: Path) -> None:
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        super().__init__(folder)

    @property
    def url(self) -> str:
        """Where it answers, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@{LOOPBACK}:{self.port}/postgres"

    def client(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection for assertions, where each statement commits. Closed by `stop` and `kill`."""
        if self._connection is None:
            self._connection = psycopg.connect(
                host=LOOPBACK, port=self.port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
            )
        return self._connection

    def kill(self) -> None:
        """End the postmaster and its children with SIGKILL, as a crash, and wait for all of them."""
        super().kill()
        kill_all_in(self._data)

    def _prepare(self) -> None:
        installed = sorted(POSTGRES_INSTALLATIONS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        found = installed[-1] if installed else shutil.which("postgres")
        if found is None:
            raise EngineMissing("Install postgresql: NOTHING was tested on PostgreSQL.")
        self._binaries = Path(found).parent
        self._data = self.folder / "data"
        self.user = "postgres" if os.geteuid() == 0 else ""  # it refuses to run as root
        if self.user:
            self._hand_over()
        if not self._data.exists():
            options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            made = subprocess.run(
                [*self._as_user(), self._binaries / "initdb", "-D", self._data, *options],
                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            if made.returncode:
                raise EngineError(f"initdb failed. {made.stderr}")

    def _as_user(self) -> list[str]:
        return ["runuser", "-u", self.user, "--"] if self.user else []

    def _hand_over(self) -> None:
        for place in self.folder.parents:
            if not place.stat().st_mode & stat.S_IXOTH:
                raise EngineError(f"The user postgres cannot reach {self.folder}: {place} is closed to other users.")
        shutil.chown(self.folder, self.user, self.user)

    def _command(self) -> Sequence[str | Path]:
        settings = {
            "listen_addresses": LOOPBACK, "unix_socket_directories": "", "shared_buffers": "16MB",
            "min_wal_size": "32MB", "max_wal_size": "64MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._binaries / "postgres", "-D", self._data, "-p", str(self.port), *options]

    def _answers(self) -> bool:
        try:
            return self.client().execute("SHOW data_directory").fetchone() == (str(self._data),)
        except psycopg.OperationalError:
            self._disconnect()
            return False

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
