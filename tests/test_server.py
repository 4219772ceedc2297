"""The server helper and gunicorn's settings: what cannot work is refused in a sentence, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from racelab import server
from racelab.server import Server
from tests.subject.cases import Cases

ROOT = Path(__file__).resolve().parent.parent

APP = """
import os
from flask import Flask

class Lab:
    def start(self, threads, patience): app.config["THREADS"] = threads
    def stop(self, leaving): open(os.environ["RACELAB_INSTANCE"] + "/stopped", "w").close()

app = Flask(__name__)
app.extensions["racelab"] = Lab()

@app.get("/health")
def health(): return {"status": "healthy", "threads": app.config["THREADS"], "parent": os.getppid()}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The real gunicorn settings around an app that knows nothing of sessions."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "session_manager").symlink_to(ROOT / "session_manager")
    (tmp_path / "gunicorn.conf.py").write_bytes((ROOT / "gunicorn.conf.py").read_bytes())
    return tmp_path


def test_it_serves_on_loopback_and_stops_in_order(tree: Path) -> None:
    """The server listens on loopback with the threads asked for, and stops in order."""
    with Server(tree, threads=11, root=tree) as lab:
        health = lab.fetch("/health")
        assert health == {"status": "healthy", "threads": 11, "parent": lab.process.pid}
        assert lab.url.startswith("http://127.0.0.1:")
        assert lab.url in lab.output()
    assert lab.process.returncode == 0
    assert (tree / "stopped").exists()
    with pytest.raises(urllib.error.URLError):
        lab.fetch("/health")


def test_a_busy_port_is_refused_with_another_one(tree: Path) -> None:
    """A busy port is refused with a free one in the message."""
    with server.listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.PortBusyError, match=rf"Port {port} is in use.*--port \d+"):
            Server(tree, port=port, root=tree)


def test_a_server_that_cannot_start_says_why(tree: Path) -> None:
    """The error of a server that cannot start contains its last output."""
    (tree / "app.py").write_text("raise RuntimeError('the dog ate the database')\n")
    with pytest.raises(server.ServerError, match=r"(?s)ended while it started.*the dog ate the database"):
        Server(tree, root=tree)


def test_asking_a_dead_server_is_an_error(tree: Path) -> None:
    """Asking a server that has ended is an error."""
    with Server(tree, root=tree) as lab:
        server.stop(lab.process, server.STOP_PATIENCE)
        with pytest.raises(server.ServerError, match="The server has ended"):
            lab.ask("/health")


def test_a_refused_question_is_an_error(tree: Path) -> None:
    """A question that the server refuses is an error."""
    with Server(tree, root=tree) as lab, pytest.raises(server.ServerError, match=r"refused /nowhere .*404"):
        lab.ask("/nowhere")


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    """A process that ignores SIGTERM is killed when the patience is over."""
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        server.stop(process, patience=0.1)
        assert process.returncode == -signal.SIGKILL


def test_settings_that_spoil_the_lab_are_refused(tree: Path) -> None:
    """Several processes or a public address end gunicorn with a reason."""
    refusals: list[tuple[list[str], dict[str, str], str]] = [
        ([], {"WEB_CONCURRENCY": "3"}, "WEB_CONCURRENCY=3"),
        (["--workers", "2"], {}, "2 workers"),
        (["--bind", "0.0.0.0:0"], {}, "RACELAB_ALLOW_REMOTE=1"),
        (["--bind", "[::]:0"], {}, "RACELAB_ALLOW_REMOTE=1"),
        (["--max-requests", "1000"], {}, "replaces that after 1000 requests"),
        (["--worker-class", "sync", "--threads", "1"], {}, "needs the worker class gthread"),
        (["--preload"], {}, "No --preload"),
    ]
    command = [sys.executable, "-m", "gunicorn", "--config", str(tree / "gunicorn.conf.py")]
    with Cases() as cases:
        for arguments, environment, why in refusals:
            with cases.case(*arguments, environment):
                refused = subprocess.run(
                    [*command, *arguments],
                    env={**os.environ, **environment},
                    capture_output=True,
                    text=True,
                    timeout=30,
                    check=False,
                )
                assert refused.returncode != 0
                assert why in refused.stderr
                assert "Traceback" not in refused.stderr


def test_a_second_lab_on_the_same_databases_is_refused(tmp_path: Path) -> None:
    """A second lab on the same databases is refused until the first has ended."""
    with (
        Server(tmp_path),
        pytest.raises(server.ServerError, match=r"sqlite belongs to process \d+.*Stop the other one") as refused,
    ):
        Server(tmp_path)
    assert "Traceback" not in str(refused.value)
    with Server(tmp_path) as lab:
        assert lab.fetch("/health")["status"] == "healthy"
