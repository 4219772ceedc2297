"""Apps as a reader would write them: in a folder of their own, with a copy of a snippet, under a real server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from racelab.home import ROOT

SNIPPETS = ROOT / "racelab" / "grading" / "snippets"
START = 20.0

GUNICORN = ("-m", "gunicorn", "--worker-class", "gthread", "--threads", "16", "--log-level", "error")
UVICORN = ("-m", "uvicorn", "--log-level", "error", "--no-access-log")


@contextmanager
def served(
    folder: Path,
    files: Mapping[str, str],
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    workers: int = 1,
) -> Iterator[str]:
    """Write the files and all snippets into a folder, and serve from there.

    Args:
        command: its words; `{fd}` stands for the number of the listening socket that it inherits.
        workers: processes that must be there before anything begins; more than one only if the routes name theirs.

    Yields:
        The address.
    """
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for snippet in SNIPPETS.glob("*_routes.*"):
        shutil.copy(snippet, folder)
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # no word of the lab
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [word.format(fd=listener.fileno()) for word in command],
            cwd=folder, env={**outside, "PYTHONPATH": str(folder), **(environ or {})}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, pass_fds=[listener.fileno()], start_new_session=True,
        )  # fmt: skip
        host, port = listener.getsockname()
        try:
            _wait(process, host, port, folder / "log", workers)
            yield f"http://{host}:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def python(*words: str) -> list[str]:
    """A command of this Python."""
    return [sys.executable, *words]


def _wait(process: subprocess.Popen[bytes], host: str, port: int, log: Path, workers: int) -> None:
    """Until all its processes answer. Raises AssertionError with its output if it ends, or does not in time."""
    deadline = time.monotonic() + START
    seen: set[bytes] = set()
    while time.monotonic() < deadline and process.poll() is None:
        with ThreadPoolExecutor(2 * workers) as threads:
            answers = list(threads.map(lambda _: _asked(host, port), range(2 * workers if workers > 1 else 1)))
        seen |= {found[1] for answer in answers if (found := re.search(rb'"worker":\s*(\d+)', answer))}
        if len(seen) >= workers or (workers == 1 and answers[0].startswith(b"HTTP/1.1 200")):
            return
    raise AssertionError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


def _asked(host: str, port: int) -> bytes:
    """An answer to a read that takes its process a while; nothing if there is none."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1) as client:
        client.settimeout(2)
        client.sendall(b"GET /race/read?hold=20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: client.recv(4096), b""))
    return b""
