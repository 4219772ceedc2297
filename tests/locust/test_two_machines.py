"""Load generators and servers on two machines: merged ledgers, one verdict."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from racelab.home import ROOT
from racelab.server import fetch, listen, stop
from tests.engines import RedisServer, started
from tests.locust.conftest import LOCUSTFILES, Ended, end
from tests.locust.machines import Machine, machine
from tests.workers import settings, until

pytestmark = [pytest.mark.locust, pytest.mark.stress]
LOCUST = (sys.executable, "-m", "locust", "--loglevel", "WARNING", "-f", str(LOCUSTFILES / "mixed.py"))
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind")
BOTH = ("redis-buggy", "redis-fixed")


@dataclass(frozen=True)
class Site:
    """This machine and another one, and a Redis here that both reach."""

    folder: Path
    other: Machine
    redis: RedisServer

    @contextmanager
    def servers(self, *machines: str, workers: int = 1, prefix: str = "site") -> Iterator[list[Running]]:
        """Servers with the same keys, on the machines `here` and `there`. They are started at the same time."""
        with ExitStack() as leaving:
            running = [leaving.enter_context(self._server(where == "there", workers, prefix)) for where in machines]
            for each in running:
                until(lambda url=each.url: len(fetch(f"{url}/lab/status")["workers"]) == workers)  # type: ignore[misc]
            yield running

    @contextmanager
    def _server(self, there: bool, workers: int, prefix: str) -> Iterator[Running]:
        with listen(0) as free:
            port = int(free.getsockname()[1])
        own = {
            **settings(f"redis://{self.other.here}:{self.redis.port}/0"),
            "RACELAB_SESSION_MANAGER_PREFIX": f"{prefix}{os.getpid()}",
            "RACELAB_ALLOW_REMOTE": "1",
            "RACELAB_INSTANCE": str(self.folder / str(port)),
            "RACELAB_THREADS": "20",
            "RACELAB_WORKERS": str(workers),
        }
        command = (*GUNICORN, f"0.0.0.0:{port}")
        process = subprocess.Popen(
            self.other.command(*command) if there else command,
            cwd=ROOT, env={**os.environ, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield Running(f"http://{self.other.there if there else self.other.here}:{port}", process)
        finally:
            stop(process, 0.0)

    def load(self, *options: str) -> list[subprocess.Popen[bytes]]:
        """Locust's master here, and two load generators: one here, one on the other machine."""
        with listen(0) as free:
            at = str(free.getsockname()[1])
        here = self.other.here
        ours = ("--headless", "--expect-workers", "2", "--master-bind-host", here, "--master-bind-port", at)
        theirs = (*LOCUST, "--worker", "--master-host", here, "--master-port", at)
        return [start(*LOCUST, "--master", *ours, *options), start(*theirs), start(*self.other.command(*theirs))]


@dataclass(frozen=True)
class Running:
    """A server: its address for both machines, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def saved(self) -> int:
        """How many saves to the fixed manager it has acknowledged in this run."""
        calls: Any = fetch(f"{self.url}/lab/status")["variants"]["redis-fixed"]["calls"]
        return int(calls.get("update", {}).get("acknowledged", 0))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two machines with one Redis."""
    with machine(1) as other:
        folder = tmp_path_factory.mktemp("site")
        (folder / "redis").mkdir()
        reached = ("--bind", "127.0.0.1", other.here, "--protected-mode", "no")
        redis = started(RedisServer, folder / "redis", extra=reached)
        try:
            yield Site(folder, other, redis)
        finally:
            redis.stop()


@pytest.fixture(scope="module")
def two(site: Site) -> Iterator[list[Running]]:
    """A server on each machine, with the same sessions."""
    with site.servers("here", "there") as running:
        yield running


def test_two_load_generators_on_two_machines_give_one_verdict(site: Site) -> None:
    """The server counts what the users of both have heard: no more, and no less."""
    with site.servers("here", workers=3, prefix="three") as (server,):
        assert_found(ended_well(site.load("--users", "48", "--run-time", "6s", "--host", server.url)))


def test_two_servers_on_two_machines_have_one_verdict(site: Site, two: list[Running]) -> None:
    """Users who take both in turns find the bugs of one manager, and nothing wrong with the other."""
    here, there = two
    ended = ended_well(site.load("--users", "48", "--run-time", "4s", "--host", here.url, "--also", there.url))
    assert_found(ended)
    for server in two:
        assert server.saved() > 10
        assert "(--also URL)" in fetch(f"{server.url}/lab/verdict")["waiting_for"]


def test_servers_with_stores_of_their_own_are_refused(site: Site, two: list[Running]) -> None:
    """A split brain over machines is refused by name, and the sessions of both stay."""
    here, _ = two
    with site.servers("there", prefix="own") as (there,):
        kept = {server.url: login(server.url) for server in (here, there)}
        ended = end(start(*LOCUST, "--headless", "--host", here.url, "--also", there.url))
        assert ended.code == 2, ended
        assert f"{there.url} does not have the redis-buggy session that {here.url} has opened" in ended.said
        for url, session_id in kept.items():
            assert fetch(f"{url}/lab/sessions/redis-fixed/{session_id}")["access_count"] == 0


def test_a_server_that_dies_under_load_takes_its_ledger_and_no_change(site: Site, two: list[Running]) -> None:
    """After kill -9 of one of three the verdict stands, and says that the ledgers cannot be compared."""
    here, there = two
    with site.servers("there") as (dies,):
        servers = ("--host", here.url, "--also", there.url, "--also", dies.url)
        few = ("--users", "12", "--run-time", "3s", "--variant", "redis-fixed")
        process = start(*LOCUST[:-1], str(LOCUSTFILES / "lost_updates.py"), "--headless", *few, *servers)
        until(lambda: dies.saved() > 10)
        os.killpg(dies.process.pid, signal.SIGKILL)
        ended = end(process)
        assert ended.code == 1, ended  # requests had no answer
        assert "redis-fixed: agree" in ended.said
        assert "redis-fixed: client ledger and server ledger cannot be compared." in ended.said
        assert f"No lab answers at {dies.url}" in ended.said


def login(url: str) -> str:
    """A session of the fixed manager."""
    return str(fetch(f"{url}/redis-fixed/api/login", {"username": "ann", "password": "x"})["session_id"])


def start(*words: str) -> subprocess.Popen[bytes]:
    """A program, as leader of a process group."""
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)


def ended_well(processes: list[subprocess.Popen[bytes]]) -> Ended:
    """How the first of them ended, when all have; none with an error."""
    with ExitStack() as leaving:
        for process in processes:
            leaving.callback(stop, process, 0.0)
        ended = [end(process) for process in processes]
    assert [one.code for one in ended] == [0] * len(ended), ended
    assert all("Traceback" not in one.log for one in ended), ended
    return ended[0]


def assert_found(ended: Ended) -> None:
    """The ledgers of clients and servers agree, the bugs are seen, and none on the fixed manager."""
    for variant in BOTH:
        assert f"{variant}: client ledger and server ledger agree." in ended.said, ended
    assert "As expected: no anomaly on redis-fixed. On redis-buggy: lost updates" in ended.said, ended
