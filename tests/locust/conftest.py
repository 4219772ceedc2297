"""Locust as a subprocess against real gunicorn. Neither is ever imported here: Locust patches whoever imports it."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from racelab.server import Server, listen, stop, with_patience

LOCUSTFILES = Path(__file__).resolve().parents[2] / "locustfiles"


@dataclass(frozen=True)
class Ended:
    """How Locust ended: its exit code, what it said to stdout and to stderr."""

    code: int
    said: str
    log: str

    def lit(self, variant: str) -> set[str]:
        """The bugs whose row in the variant's table says `do not agree`."""
        told = re.split(r"^(\w+): (?:agree|do not agree|cannot tell)$", self.said, flags=re.MULTILINE)
        own = dict(zip(told[1::2], told[2::2], strict=True))[variant]
        return set(re.findall(r"^(\S.*?) {2,}.* do not agree *$", own, re.MULTILINE))


def command(name: str, url: str, *options: str) -> list[str]:
    """How a reader would start it."""
    chosen = ["-f", str(LOCUSTFILES / name), "--host", url, *options]
    return [sys.executable, "-m", "locust", "--loglevel", "WARNING", *chosen]


def start(name: str, url: str, *options: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Start it without a page of its own, as leader of a process group."""
    headless = ("--headless", "--only-summary", *options)
    pipe = subprocess.PIPE
    return subprocess.Popen(command(name, url, *headless), cwd=cwd, stdout=pipe, stderr=pipe, start_new_session=True)


def distributed(*options: str) -> tuple[str, ...]:
    """These options, at a port of its own: at Locust's usual one a second master ends, and leaves its workers."""
    with listen(0) as free:
        port = str(free.getsockname()[1])
    return ("--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port, *options)


def end(process: subprocess.Popen[bytes]) -> Ended:
    """Wait for its end, and see to it if that does not come."""
    with process:
        try:
            said, log = process.communicate(timeout=60)
        finally:
            stop(process, 0.0)  # with its workers, should it hang
    return Ended(process.returncode, said.decode(), log.decode())


def load(name: str, url: str, *options: str, cwd: Path | None = None) -> Ended:
    """Twelve visitors for two seconds, unless the options say otherwise."""
    return end(start(name, url, "--users", "12", "--run-time", "2s", *options, cwd=cwd))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all: each load begins a run of its own."""
    with Server(tmp_path_factory.mktemp("instance")) as server:
        yield server


def last_run(lab: Server) -> int:
    """The last run that had a call: an empty one gives its number to the load that begins."""
    status = lab.fetch("/lab/status")
    return int(status["run"]) - (not any(variant["calls"] for variant in status["variants"].values()))


def wait_for_calls(lab: Server, process: subprocess.Popen[bytes], run: int, calls: int = 50) -> None:
    """Until the lab has ended that run, and acknowledged so many calls in the next one; fails if Locust ends before."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status = lab.fetch("/lab/status")
        kinds = [outcomes for variant in status["variants"].values() for outcomes in variant["calls"].values()]
        if status["run"] > run and sum(outcomes.get("acknowledged", 0) for outcomes in kinds) >= calls:
            return
        assert not with_patience(process, 0.05), process.communicate()
    pytest.fail("Too few calls were acknowledged in 20 s.")


def wait_for_connection(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the process listens there; fails if it ends before."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        assert not with_patience(process, 0.05), "Locust ended before it listened."
    pytest.fail("Locust did not listen within 30 s.")


def wait_for_line(process: subprocess.Popen[bytes], words: bytes) -> None:
    """Until the process prints a line with these words."""
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"Locust ended without printing {words!r}.")


def get(url: str, body: bytes | None = None) -> str:
    """A page of Locust's."""
    with urllib.request.urlopen(url, body, timeout=10) as answer:
        return str(answer.read().decode())
