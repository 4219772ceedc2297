"""Starts the lab under real gunicorn, as a child process, and ends it.

Always a separate process: races need real threads, and the load generator must not share their interpreter.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .home import ROOT
from .lifeline import Lifeline

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8000
THREADS = 40
START_PATIENCE = 30.0
STOP_PATIENCE = 10.0  # gunicorn itself gives requests in flight 5 s (gunicorn.conf.py)

# Never through a proxy: the lab is on this computer.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServerError(Exception):
    """The server cannot serve a request: what happened, why, and the next step."""


class PortBusyError(ServerError):
    """Another program listens on the port."""


class Server:
    """A running lab.

    Args:
        instance: the folder of its databases.
        port: 0 takes a free one.
        threads: how many requests are served at one time.
        environ: settings on top of this process's environment.
        root: the folder that holds app.py and gunicorn.conf.py.
        host: where it listens. Another than loopback lets other computers in, which gunicorn.conf.py has to allow.

    Attributes:
        url: where it answers.
        process: gunicorn's parent process.
    """

    def __init__(
        self,
        instance: Path,
        port: int = 0,
        threads: int = THREADS,
        environ: Mapping[str, str] | None = None,
        root: Path = ROOT,
        host: str = LOOPBACK,
    ) -> None:
        settings = {"RACELAB_INSTANCE": str(instance), "RACELAB_THREADS": str(threads), "PYTHONPATH": str(root)}
        with listen(port, host) as listener:  # closes our copy: after the server's death callers must not wait on it
            self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
            self._lifeline = Lifeline()
            self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
            self.process = subprocess.Popen(
                gunicorn_command(listener, root),
                cwd=root,
                env={**os.environ, **settings, **self._lifeline.environ(), **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno(), *self._lifeline.descriptors()],
                start_new_session=True,  # Ctrl-C reaches us only, and we end the load before the server
            )
        self._lifeline.started()
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fetch(self, path: str, body: Mapping[str, Any] | None = None, timeout: float = 5.0) -> Any:
        """The JSON at `path`; see `fetch`."""
        return fetch(self.url + path, body, timeout)

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON at `path`, or None if the server is too busy to answer now.

        Raises:
            ServerError: there is no use in asking again, because the server has ended or refuses.
        """
        try:
            return self.fetch(path, body)
        except urllib.error.HTTPError as error:
            raise ServerError(f"The server refused {path} ({error}).{self.last_words()}") from error
        except OSError as error:
            if (code := self.process.poll()) is not None:
                raise ServerError(f"The server has ended (exit code {code}).{self.last_words()}") from error
            return None

    def output(self) -> str:
        """The output of the server so far: its address alone, unless an error occurred."""
        if self._output.closed:
            return ""
        # pread: the descriptor's position is shared with the server, which writes there.
        return os.pread(self._output.fileno(), 1_000_000, 0).decode(errors="replace")

    def stop(self) -> None:
        """Let it finish the requests in flight, and kill it if it does not. Has no effect after its end."""
        stop(self.process, STOP_PATIENCE)
        self._output.close()
        self._lifeline.close()

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            if (code := self.process.poll()) is not None:
                raise ServerError(f"The server ended while it started (exit code {code}).{self.last_words()}")
            try:
                self.fetch("/health", timeout=1.0)
            except (OSError, ValueError):
                with_patience(self.process, 0.05)
            else:
                return
        raise ServerError(f"The server did not answer within {START_PATIENCE:.0f} s.{self.last_words()}")

    def last_words(self) -> str:
        """The end of its output, to be appended to an error."""
        last = "\n".join(self.output().strip().splitlines()[-15:])
        return f" Its output:\n{last}" if last else " It had no output."


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket, on this computer only unless told otherwise. gunicorn inherits it: no other program takes the port.

    Raises:
        ServerError: the port cannot be had.
    """
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusyError(
                f"Port {port} is in use by another program, perhaps an earlier run of this lab. Stop that program, or"
                f" choose another port: --port {port + 1 if port < 65535 else 8000}."
            ) from error
        raise ServerError(
            f"This computer refuses port {port} ({error.strerror}). Choose one above 1023: --port 8000"
        ) from error


def gunicorn_command(listener: socket.socket, root: Path = ROOT) -> list[str]:
    """The command that starts gunicorn on an inherited socket."""
    config = str(root / "gunicorn.conf.py")
    return [sys.executable, "-m", "gunicorn", "--config", config, "--bind", f"fd://{listener.fileno()}"]


def fetch(url: str, body: Mapping[str, Any] | None = None, timeout: float = 5.0) -> Any:
    """GET the JSON at `url`, or POST `body` there.

    Raises:
        OSError: no server answers, or the answer is an error (urllib.error.HTTPError).
        ValueError: the answer is not JSON.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with _direct.open(request, timeout=timeout) as answer:
        return json.load(answer)


def with_patience(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until `process` ends, at most so long. Returns whether it has ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stop(process: subprocess.Popen[bytes], patience: float) -> None:
    """End `process`, a session leader: SIGTERM first, then SIGKILL to it and its children."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            with_patience(process, patience)
        finally:  # also when a second Ctrl-C ends the waiting
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
