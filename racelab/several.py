"""Several workers under one gunicorn: when that makes sense, and the process that judges what they do.

Used by gunicorn's parent, which loads no app: standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from .lifeline import Lifeline

LOCAL = {"buggy", "fixed"}
"""The managers that keep their sessions in the memory of one process."""
VARIANTS = "RACELAB_SESSION_MANAGER_VARIANTS"
SPLIT_BRAIN = "RACELAB_ALLOW_SPLIT_BRAIN"
FOLDER, ADDRESS, ROLE, JUDGE = "RACELAB_RUN", "RACELAB_RUN_ADDRESS", "RACELAB_RUN_ROLE", "judge"
"""What the judge and the workers find in their environment, and the role of the judge."""
FIRST = "RACELAB_RUN_FIRST"
"""In the environment of the first judge: an engine that it cannot use ends the server."""
SOCKET = "judge.sock"
"""Where the judge answers, in the folder of the deployment."""
NOT_FOR_THE_JUDGE = ("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "RACELAB_WORKERS")
"""Settings that are about the workers."""
PATIENCE = 20.0
"""Seconds until the judge must answer."""
STOP_PATIENCE = 10.0
AGAIN = 1.0
"""Seconds until a judge that has died is started again."""


def local_variants(environ: Mapping[str, str]) -> list[str]:
    """The managers of the app that no two processes can share. Of a wrong setting: none, and the app says why."""
    try:
        variants = json.loads(environ[VARIANTS]) if VARIANTS in environ else sorted(LOCAL)
    except ValueError:
        return []
    return [name for name in variants if isinstance(name, str) and name in LOCAL] if isinstance(variants, list) else []


class NoJudge(Exception):
    """The judge did not start.

    Attributes:
        code: with which it has ended, having said why; None if it does not answer.
    """

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__("The judge of the lab did not start.")


class JudgeProcess:
    """The judge: a lab of one worker on a socket in a folder, which follows the journals of all workers there.

    Args:
        root: the folder that holds app.py.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = Path(tempfile.mkdtemp(prefix="racelab-run-"))
        self._key = secrets.token_hex(16)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: Lifeline | None = None

    def environ(self, address: str) -> dict[str, str]:
        """What workers and judge need in their environment: where the workers answer, and where all else is."""
        measured = self.folder / "metrics"
        measured.mkdir(exist_ok=True)
        given = {"PROMETHEUS_MULTIPROC_DIR": str(measured), "RACELAB_LOG_KEY": self._key}
        given |= {name: os.environ[name] for name in given if os.environ.get(name)}
        return {FOLDER: str(self.folder), ADDRESS: address, **given}

    def start(self, address: str) -> None:
        """Start it, wait until it answers, and start it again whenever it dies.

        Raises:
            NoJudge: it has ended, or does not answer.
        """
        self._spawn(address, {FIRST: "1"})
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            code = self._process.poll() if self._process is not None else None
            if code is not None or time.monotonic() > deadline:
                raise NoJudge(code)
            time.sleep(0.05)
        threading.Thread(target=self._keep, args=(address,), name="keep-the-judge", daemon=True).start()

    def stop(self) -> None:
        """End it after the workers, and remove what they had in common."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self, address: str, more: Mapping[str, str] | None = None) -> None:
        if self._lifeline is not None:
            self._lifeline.close()
        self._lifeline = Lifeline()
        own = {**self.environ(address), ROLE: JUDGE, **self._lifeline.environ(), "PYTHONPATH": str(self._root)}
        own |= more or {}
        bind = f"unix:{self.folder / SOCKET}"
        config = str(self._root / "gunicorn.conf.py")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", config, "--bind", bind, "--workers", "1"],
            cwd=self._root,
            env={**{name: value for name, value in os.environ.items() if name not in NOT_FOR_THE_JUDGE}, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=self._lifeline.descriptors(),
            start_new_session=True,  # Ctrl-C reaches gunicorn's parent only, and the judge ends after the workers
        )
        self._lifeline.started()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.folder / SOCKET))
                client.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return client.recv(12).endswith(b"200")
            except OSError:
                return False

    def _keep(self, address: str) -> None:
        while not self._stopping.is_set() and self._process is not None:
            self._process.wait()
            if not self._stopping.wait(AGAIN):
                self._spawn(address)


JUDGES: list[JudgeProcess] = []
"""That of this gunicorn: one, or none if there is one worker. gunicorn reads its settings again, and this stays."""
