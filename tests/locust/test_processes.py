"""Locust's other ways to run a load: one user without a runner, and a worker that has only the master's file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from racelab.home import ROOT
from racelab.server import Server, listen
from tests.instrument.labs import until
from tests.locust.conftest import LOCUSTFILES, distributed, end, last_run, start, wait_for_calls, wait_for_connection

pytestmark = pytest.mark.locust

DIALS = {"window_ms": 0.0, "fault_rate": 0.0, "cache_ttl_s": 61.0}


def run(*command: str, cwd: Path = ROOT) -> subprocess.Popen[bytes]:
    """A program of this Python, as leader of a process group. It finds what is in its folder, and nothing beside."""
    pipe = subprocess.PIPE
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [sys.executable, *command]
    return subprocess.Popen(words, cwd=cwd, env=environ, stdout=pipe, stderr=pipe, start_new_session=True)


def test_one_user_alone_ends_at_ctrl_c(lab: Server) -> None:
    """`run_single_user` ends within seconds of Ctrl-C, with a verdict, and leaves no dial."""
    before, run_before = lab.fetch("/lab/dials", DIALS), last_run(lab)
    process = run(str(LOCUSTFILES / "mixed.py"), "--host", lab.url)
    wait_for_calls(lab, process, run_before, 10)
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    ended = end(process)
    assert time.monotonic() - since < 5
    assert ended.code == 0, ended
    assert "buggy: client ledger and server ledger agree." in ended.said
    assert "Traceback" not in ended.log
    assert lab.fetch("/lab/dials", {}) == before


def test_the_pages_stop_ends_a_load_from_outside(lab: Server) -> None:
    """The page knows how many users Locust has, and its Stop ends the load with a verdict."""
    before, run_before = lab.fetch("/lab/dials", DIALS), last_run(lab)
    process = start("mixed.py", lab.url, "--users", "12", "--run-time", "120s")
    try:
        wait_for_calls(lab, process, run_before)
        until(
            lambda: lab.fetch("/lab/status")["outside"] == {"users": 12, "stopping": False, "kind": "mixed"},
            "the users",
        )
        lab.fetch("/lab/burst/stop", {})
    finally:
        ended = end(process)
    assert ended.code == 0, ended
    assert "fixed: client ledger and server ledger agree." in ended.said
    assert lab.fetch("/lab/status")["outside"] is None
    assert lab.fetch("/lab/dials", {}) == before


def test_the_pages_stop_ends_a_load_that_waits_for_its_workers(lab: Server) -> None:
    """Locust itself would go on waiting; the load ends with exit code 4 and leaves no dial."""
    before = lab.fetch("/lab/dials", DIALS)
    process = start("mixed.py", lab.url, *distributed("--master", "--expect-workers", "1"))
    try:
        until(lambda: lab.fetch("/lab/status")["outside"], "the load")
        lab.fetch("/lab/burst/stop", {})
    finally:
        ended = end(process)
    assert ended.code == 4, ended
    assert "it was stopped while it waited for its workers" in ended.said
    assert lab.fetch("/lab/dials", {}) == before


def test_one_user_alone_is_told_that_no_lab_answers() -> None:
    """`run_single_user` without a lab ends with exit code 4 and a sentence."""
    with listen(0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended = end(run(str(LOCUSTFILES / "mixed.py"), "--host", url))
    assert ended.code == 4
    assert f"No lab answers at {url}" in ended.said
    assert "Traceback" not in ended.log


def test_a_worker_gets_its_file_from_the_master(lab: Server, tmp_path: Path) -> None:
    """A worker with `-f -` works in a checkout, and says elsewhere what it lacks."""
    for folder in (tmp_path, ROOT):
        with listen(0) as free:
            port = str(free.getsockname()[1])
        waiting = ("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "1")
        few = ("--users", "12", "--run-time", "1s", "--expect", "any")
        master = start("lost_updates.py", lab.url, *waiting, *few)
        wait_for_connection(master, int(port))
        there = ("--master-host", "127.0.0.1", "--master-port", port)
        try:
            worker = end(run("-m", "locust", "-f", "-", "--worker", *there, cwd=folder))
        finally:
            if folder is not ROOT:
                master.send_signal(signal.SIGINT)
            ended = end(master)
        assert "Traceback" not in worker.log
        if folder is ROOT:
            assert (worker.code, ended.code) == (0, 0), (worker, ended)
        else:
            assert (worker.code, ended.code) == (1, 4), (worker, ended)
            assert "it was stopped while it waited for its workers" in ended.said
            assert "needs locustfiles: start the worker in the folder of a Session Race Lab" in worker.log
