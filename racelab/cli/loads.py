"""The locustfiles from outside: their names, and how to run one.

Neither Locust nor a locustfile is ever imported here: it would patch this process with gevent. It runs as a program.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from ..home import ROOT
from ..lifeline import Lifeline

FOLDER = ROOT / "locustfiles"

# By default Locust cuts requests off when time is up: their changes may be saved although no user heard of it.
STOP_PATIENCE = 10


@dataclass(frozen=True)
class Load:
    """One headless run of one locustfile.

    Attributes:
        name: the locustfile, without `.py`.
        url: the lab under load.
        variant: the manager under load; `both` for all that the lab has.
        expect: the result that the exit code is measured against: usual, fixed, consistent, inconsistent or any.
        also: further labs that share the sessions of the first one.
        progress: show on stderr how far it is.
        verbose: also print Locust's own tables of requests and response times.
    """

    name: str
    url: str
    users: int
    seconds: float
    variant: str = "both"
    expect: str = "any"
    verbose: bool = False
    also: tuple[str, ...] = ()
    progress: bool = False

    def command(self) -> list[str]:
        """The command line, as a reader would type it."""
        options = {
            "--locustfile": str(FOLDER / f"{self.name}.py"),
            "--host": self.url,
            "--users": str(self.users),
            "--spawn-rate": str(self.users),
            "--run-time": f"{self.seconds:g}s",
            "--stop-timeout": str(STOP_PATIENCE),
            "--loglevel": "WARNING",
            "--variant": self.variant,
            "--expect": self.expect,
        }
        # Locust logs its tables as information: without its set-up of logging only warnings and errors are printed.
        tables = [] if self.verbose else ["--skip-log-setup"]
        flags = ["--headless", "--only-summary", *tables, *(["--progress"] if self.progress else [])]
        also = [("--also", url) for url in self.also]
        return [sys.executable, "-m", "locust", *flags, *chain.from_iterable([*options.items(), *also])]

    def start(self, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start it; without `output` it prints to the terminal."""
        lifeline = Lifeline()  # open as long as this process lives
        # It inherits that SIGINT waits, until it can end in order: before that, Python would end it with a traceback.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env={**_without_locusts_own(os.environ), **lifeline.environ()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                pass_fds=lifeline.descriptors(),
                start_new_session=True,  # Ctrl-C reaches us only, and we end the load before the server
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        lifeline.started()
        return process


def wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a load. The first Ctrl-C ends it with its verdict, a second one at once.

    Returns:
        Its exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    try:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            return process.wait()
    except KeyboardInterrupt:  # wherever the second one came
        process.kill()
        raise


def _without_locusts_own(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the settings that somebody has for Locust, in variables or in `~/.locust.conf`."""
    return {name: value for name, value in environ.items() if not name.startswith("LOCUST_")} | {"HOME": str(FOLDER)}


def available(folder: Path = FOLDER) -> dict[str, str]:
    """The names of the loads, each with the first line of its file's docstring."""
    return {path.stem: _first_line(path) for path in sorted(folder.glob("[!_]*.py"))}


def _first_line(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    return said.splitlines()[0] if said else "(no description)"
