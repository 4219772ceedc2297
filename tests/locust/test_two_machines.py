"""Two load generators, each on a machine of its own, against three workers: one merged ledger, one verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from racelab.server import ROOT, fetch, listen, stop
from tests.locust.conftest import LOCUSTFILES, end
from tests.locust.machines import machine
from tests.workers import settings, until

if TYPE_CHECKING:
    from tests.engines import RedisServer

pytestmark = [pytest.mark.locust, pytest.mark.stress]
LOCUST = (sys.executable, "-m", "locust", "--loglevel", "WARNING", "-f", str(LOCUSTFILES / "mixed.py"))


def test_two_load_generators_on_two_machines_give_one_verdict(tmp_path: Path, redis_server: RedisServer) -> None:
    """The server counts what the users of both have heard: no more, and no less."""
    with machine(1) as one, machine(2) as other, everywhere(tmp_path, redis_server.url) as port:
        url = f"http://{one.here}:{port}"
        with listen(0) as free:
            at = str(free.getsockname()[1])
        ours = ("--headless", "--expect-workers", "2", "--users", "48", "--run-time", "6s", "--host", url)
        master = start(*LOCUST, "--master", "--master-bind-host", one.here, "--master-bind-port", at, *ours)
        theirs = ("--worker", "--master-host", one.here, "--master-port", at)
        workers = [start(*each.command(*LOCUST, *theirs)) for each in (one, other)]
        try:
            ended = end(master)
        finally:
            said = [end(worker) for worker in workers]
        assert (ended.code, [one.code for one in said]) == (0, [0, 0]), (ended, said)
        for variant in ("redis-buggy", "redis-fixed"):
            assert f"{variant}: client ledger and server ledger agree." in ended.said
        assert "As expected: no anomaly on redis-fixed. On redis-buggy: lost updates" in ended.said
        assert all("Traceback" not in one.log for one in (ended, *said))


def start(*words: str) -> subprocess.Popen[bytes]:
    """A program, as leader of a process group."""
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)


@contextmanager
def everywhere(folder: Path, redis: str) -> Iterator[int]:
    """Three workers that other machines reach too. Gives the port."""
    with listen(0) as free:
        port = int(free.getsockname()[1])
    environ = {
        **os.environ,
        **settings(redis),
        "RACELAB_ALLOW_REMOTE": "1",
        "RACELAB_INSTANCE": str(folder),
        "RACELAB_THREADS": "20",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "gunicorn.conf.py"),
        "--bind",
        f"0.0.0.0:{port}",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: len(fetch(f"http://127.0.0.1:{port}/lab/status")["workers"]) == 3)
        yield port
    finally:
        stop(process, 15)
