"""Serves the app of a row with the server that its users use, on a socket of ours, in a fresh folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Final

from racelab import server
from racelab.home import ROOT

from . import environments
from .rows import ADAPTERS, Row

SNIPPETS: Final = Path(__file__).resolve().parents[1] / "snippets"
SERVED_BY: Final[Mapping[str, str]] = {
    "gunicorn": "gunicorn, 1 process with 8 threads",
    "uvicorn": "uvicorn, 1 process",
    "aiohttp": "aiohttp's own server, 1 process",
    "node": "Node's own server, 1 process",
}
"""In words, for the table."""
START_PATIENCE = 30.0
"""Seconds until the app must answer."""
STOP_PATIENCE = 10.0
"""Seconds for the requests in flight at its end."""
UNTIL_THE_PIPE_ENDS = """
exec 3<&0
"$@" 3<&- & child=$!
{ read _; kill $child; } <&3 2>/dev/null & exec 3<&-
watch=$!
wait $child; code=$?
kill $watch 2>/dev/null
exit $code
"""
"""For a shell whose standard input is a pipe of ours: the server ends with it, also if we are killed."""


class NotServed(Exception):
    """The app of a row does not answer; the message says why."""


@contextmanager
def served(row: Row, redis: str | None, lifetime: int | None = None) -> Iterator[str]:
    """Serve a row's app until the end of the block.

    Args:
        row: whose environment is ready.
        redis: the URL of a Redis that is empty, for a row that needs one.
        lifetime: seconds after which a session expires; what is shipped if None.

    Returns:
        The address of the server.

    Raises:
        NotServed: it ends at once, or does not answer.
    """
    with (
        tempfile.TemporaryDirectory(prefix="racelab-") as folder,
        tempfile.TemporaryFile() as output,
        server.listen(0) as listener,
    ):
        address = f"http://{server.LOOPBACK}:{listener.getsockname()[1]}"
        read, write = os.pipe()
        process = subprocess.Popen(
            ["/bin/sh", "-c", UNTIL_THE_PIPE_ENDS, "sh", *_command(row, listener)],
            cwd=folder,
            env=_environment(row, folder, redis, lifetime, listener),
            stdin=read,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        os.close(read)
        listener.close()  # after the server's end a request must be refused, and not wait
        try:
            if why := _wait(address, process):
                told = os.pread(output.fileno(), 100_000, 0).decode(errors="replace").strip().splitlines()[-8:]
                raise NotServed("\n".join([f"The app of {row.name} {why}.", *told]))
            yield address
        finally:
            os.close(write)
            _end(process)


def _command(row: Row, listener: socket) -> list[str]:
    python, descriptor = environments.python(row.environment), str(listener.fileno())
    match row.server:
        case "gunicorn":
            how = ["--workers", "1", "--threads", "8", "--bind", f"fd://{descriptor}", "--no-control-socket"]
            return [python, "-m", "gunicorn", *how, "--log-level", "warning", f"{row.app}:app"]
        case "uvicorn":
            return [python, "-m", "uvicorn", f"{row.app}:app", "--fd", descriptor, "--log-level", "warning"]
        case "aiohttp":
            return [python, str(ADAPTERS / f"{row.app}.py")]
        case "node":
            return [shutil.which("node") or "node", str(ADAPTERS / f"{row.app}.js")]


def _environment(row: Row, folder: str, redis: str | None, lifetime: int | None, listener: socket) -> dict[str, str]:
    paths = [str(ADAPTERS), str(SNIPPETS), *([str(ROOT)] if row.is_own else [])]
    found = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": folder,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NODE_PATH": str(environments.folder() / environments.NODE / "node_modules"),
        "NODE_ENV": "production",
        "RACE_SNIPPETS": str(SNIPPETS),
        "RACE_FD": str(listener.fileno()),
    }
    if redis is not None:
        found["RACE_REDIS"] = redis
    if lifetime is not None:
        found["RACE_LIFETIME"] = str(lifetime)
    return found | {key: text.format(redis=redis, folder=folder) for key, text in row.variables.items()}


def _wait(address: str, process: subprocess.Popen[bytes]) -> str:
    """Wait until it answers. Returns why it does not, or nothing."""
    deadline, last = time.monotonic() + START_PATIENCE, "nothing"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return f"ended while it started (exit code {process.returncode})"
        try:
            server.fetch(f"{address}/race/read", timeout=5)
        except (OSError, ValueError) as problem:
            last = str(problem)
            server.with_patience(process, 0.05)
        else:
            return ""
    return f"did not answer within {START_PATIENCE:.0f} s (the last answer: {last})"


def _end(process: subprocess.Popen[bytes]) -> None:
    if not server.with_patience(process, STOP_PATIENCE):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
