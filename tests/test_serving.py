"""The lab under its real hosts: reloads, signals, terminals, sockets of others, silent clients, hosts without hooks."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from racelab.home import ROOT
from racelab.server import Server, fetch, listen, stop, with_patience

pytestmark = pytest.mark.commands

SOON = 20.0
PYTHON = sys.executable


def until(condition: Any, what: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, f"waited {SOON:g} s for {what}"
        with_patience(process, 0.05)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Server]:
    """The lab itself, on files."""
    with Server(tmp_path) as server:
        yield server


def login(lab: Server) -> str:
    """A session of fixed."""
    return str(lab.fetch("/fixed/api/login", {"username": "ada", "password": "x"})["session_id"])


def test_a_reload_hands_over_without_losing_a_login(lab: Server) -> None:
    """SIGHUP: the new worker waits for the old one, takes its sessions over, and `fixed` is not accused."""
    sessions = [login(lab) for _ in range(20)]
    before = lab.fetch("/lab/status")["boot"]
    os.kill(lab.process.pid, signal.SIGHUP)
    until(lambda: (lab.ask("/lab/status") or {"boot": before})["boot"] != before, "the new worker", lab.process)
    assert [lab.fetch(f"/fixed/api/session/{one}")["username"] for one in sessions] == ["ada"] * 20
    until(lambda: lab.fetch("/lab/verdict")["settled"], "the verdict", lab.process)
    assert lab.fetch("/lab/verdict")["variants"]["fixed"]["verdict"] == "agree"


def test_one_more_worker_is_refused_and_the_lab_goes_on(lab: Server) -> None:
    """SIGTTIN changes nothing but the output."""
    before = lab.fetch("/lab/status")["boot"]
    os.kill(lab.process.pid, signal.SIGTTIN)
    until(lambda: "It goes on with one" in lab.output(), "the refusal", lab.process)
    assert {lab.fetch("/lab/status")["boot"] for _ in range(20)} == {before}
    assert len(psutil.Process(lab.process.pid).children()) == 1


def test_clients_that_say_nothing_do_not_stop_the_others(lab: Server) -> None:
    """With three hundred silent connections a request is answered all the same."""
    host, port = urlsplit(lab.url).netloc.split(":")
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=5))
        assert lab.fetch("/health", timeout=10)["status"] == "healthy"


def test_a_slip_in_the_code_does_not_end_a_server_that_reloads(tmp_path: Path) -> None:
    """With --reload a syntax error is answered with 500 until it is corrected; the sessions are there again."""
    tree, kept = tmp_path / "tree", ("app.py", "gunicorn.conf.py", "session_manager", "racelab", "templates", "static")
    tree.mkdir()
    for name in kept:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tree / name)
    manager = tree / "session_manager" / "buggy.py"
    correct = manager.read_text()
    with listen(0) as free:
        port = free.getsockname()[1]
    settings = environment(tmp_path / "instance", RACELAB_PORT=str(port)) | {"PYTHONPATH": str(tree)}
    command = [PYTHON, "-m", "gunicorn", "--reload", "app:app"]
    process = subprocess.Popen(command, cwd=tree, env=settings, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: status(port) == 200, "the server", process)
        manager.write_text(f"{correct}\ndef (\n")
        until(lambda: status(port) == 500, "the error", process)

        def is_corrected() -> bool:
            manager.write_text(correct)  # again and again: the new worker looks first what the file is like
            return status(port) == 200

        until(is_corrected, "the correction", process)
        assert process.poll() is None
    finally:
        stop(process, SOON)


def status(port: int) -> int:
    """The status of an answer there, or 0."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Of a server that is started by hand."""
    return {**os.environ, "RACELAB_INSTANCE": str(folder), "PYTHONPATH": str(ROOT), **more}


def test_a_socket_of_systemd_counts_for_the_network_too(tmp_path: Path) -> None:
    """An inherited socket on all addresses is refused; one on loopback is served and announced."""
    program = (
        "import os, socket, sys\n"
        "listener = socket.create_server((sys.argv[1], 0)); os.dup2(listener.fileno(), 3)\n"
        "os.set_inheritable(3, True); print(listener.getsockname()[1], flush=True)\n"
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', 'app:app'])\n"
    )
    refused = subprocess.run(
        [PYTHON, "-c", program, "0.0.0.0"],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "RACELAB_ALLOW_REMOTE=1" in refused.stderr
    assert "Traceback" not in refused.stderr
    process = subprocess.Popen(
        [PYTHON, "-c", program, "127.0.0.1"],
        cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            assert f"http://127.0.0.1:{port}".encode() in process.stdout.readline()
            assert fetch(f"http://127.0.0.1:{port}/health")["status"] == "healthy"
        finally:
            stop(process, SOON)


def test_a_closed_terminal_ends_the_server(tmp_path: Path) -> None:
    """Nothing is left running when the terminal that gunicorn was started in is closed."""
    with listen(0) as free:
        port = free.getsockname()[1]
    program = (
        "import os, pty, sys\n"
        "pid, terminal = pty.fork()\n"
        "if not pid: os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', 'app:app'])\n"
        "said = b''\n"
        "while b'Ctrl-C stops it' not in said: said += os.read(terminal, 1000)\n"
        "os.close(terminal)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    settings = environment(tmp_path, RACELAB_PORT=str(port))
    ended = subprocess.run([PYTHON, "-c", program], cwd=ROOT, env=settings, timeout=60, check=False)
    assert ended.returncode == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_server_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """A killed `demo` or `load` leaves no server behind."""
    program = (
        "import sys, time; from pathlib import Path; from racelab.server import Server\n"
        "lab = Server(Path(sys.argv[1])); print(lab.process.pid, lab.url, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen(
        [PYTHON, "-c", program, str(tmp_path)], cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout
        pid, url = starter.stdout.readline().decode().split()
        assert fetch(f"{url}/health")["status"] == "healthy"
        starter.kill()
        starter.wait(SOON)
        until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(int(pid)), "its end", starter)
    with pytest.raises(OSError, match="refused"):
        fetch(f"{url}/health")


def _is_dead(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_host_without_hooks_takes_over_what_gunicorn_has_left(tmp_path: Path) -> None:
    """Under `flask run` the first request takes the stored sessions over, and a second lab is refused."""
    with Server(tmp_path) as first:
        session = login(first)
    with listen(0) as free:
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "flask", "--app", "app", "run", "--port", str(port)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), start_new_session=True, **quiet)
    try:
        until(lambda: status(port) == 200, "flask run", process)
        url = f"http://127.0.0.1:{port}"
        assert fetch(f"{url}/fixed/api/session/{session}")["username"] == "ada"
        until(lambda: fetch(f"{url}/lab/verdict")["settled"], "the verdict", process)
        assert fetch(f"{url}/lab/verdict")["variants"]["fixed"]["verdict"] == "agree"
        assert fetch(f"{url}/lab/poll?since=0")["samples"]
        with pytest.raises(Exception, match=f"belongs to process {process.pid}"):
            Server(tmp_path)
    finally:
        stop(process, SOON)
