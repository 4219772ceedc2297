"""Ctrl-C at the front door during a load: the first one ends it with its verdict, a second one at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from racelab.cli.loads import Load
from racelab.server import Server, stop
from tests.locust.conftest import end, last_run, wait_for_calls, wait_for_line
from tests.subject.cases import Cases

pytestmark = pytest.mark.locust

ROOT = Path(__file__).resolve().parents[2]
PATIENT = """
import subprocess, sys
from racelab.cli.loads import wait

class Child(subprocess.Popen):
    def wait(self, timeout=None):
        print("waits", flush=True)
        return super().wait(timeout)

child = Child([sys.executable, "-c", '''
import signal, sys
signal.signal(signal.SIGINT, lambda *_: print("ending", flush=True))
print("ready", file=sys.stderr, flush=True)
while True:
    signal.pause()
'''], stderr=subprocess.PIPE)
child.stderr.readline()
wait(child)
"""


def started(*command: str) -> subprocess.Popen[bytes]:
    """It leads a process group, as a command in a terminal does."""
    pipe = subprocess.PIPE
    command = (sys.executable, *command)
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)


def test_ctrl_c_at_the_front_door_ends_a_load_with_its_verdict(lab: Server) -> None:
    """From a terminal or by `kill`: verdict and exit code are kept, the lease ends."""
    ways: tuple[Callable[[int, int], None], ...] = (os.killpg, os.kill)
    with Cases() as cases:
        for send in ways:
            with cases.case(send.__name__):
                run = last_run(lab)
                load = ("load", "lost_updates", "--variant", "buggy", "--url", lab.url, "--seconds", "60")
                process = started("-m", "racelab", *load, "--users", "12")
                wait_for_calls(lab, process, run, 300)
                send(process.pid, signal.SIGINT)
                ended = end(process)
                assert ended.code == 3, ended
                assert "Anomalies, and none were expected. On buggy: lost updates." in ended.said
                assert "Stopped." not in ended.log
                assert lab.fetch("/lab/status")["outside"] is None


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    """Also a load that goes on after the first one."""
    process = started("-c", PATIENT)
    for line in (b"waits", b"ending"):
        wait_for_line(process, line)
        process.send_signal(signal.SIGINT)
    ended = end(process)
    assert ended.log.rstrip().endswith("KeyboardInterrupt"), ended


def test_ctrl_c_before_the_first_request_is_no_traceback(lab: Server) -> None:
    """It is heard when the load can end in order: exit code 4, and no lease is left."""
    with tempfile.TemporaryFile() as output:
        process = Load("mixed", lab.url, 4, 60).start(output)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            stop(process, 0.0)
        output.seek(0)
        said = output.read().decode()
    assert process.returncode == 4, said
    assert "Cannot tell: it was stopped before its first request, so no test was started. (exit code 4)" in said
    assert "Traceback" not in said
    assert lab.fetch("/lab/status")["outside"] is None
