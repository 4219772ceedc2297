"""What the benchmarks over HTTP share: an app behind gunicorn, and a load from a process of its own."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks._client import Order, Result
from racelab.server import THREADS, fetch, gunicorn_command, listen, stop

ROOT = Path(__file__).resolve().parent.parent
START_PATIENCE, STOP_PATIENCE = 20.0, 10.0
CONNECTIONS = 8
SWITCH = "/benchmark/history"
"""Where `_switched` is told whether to keep the history of calls."""


def turns(described: str | None, sessions: int | None = None, write: str = "") -> argparse.Namespace:
    """The options of a benchmark whose servers take turns.

    Args:
        described: its docstring.
        sessions: how many are open in each server, unless the reader says otherwise; None if that is no option.
        write: what `--write` does, if that is an option.
    """
    parser = argparse.ArgumentParser(
        description=described,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Read ratios, not rates. A target that is not reached is printed as such; the exit code stays 0.",
    )
    parser.add_argument("--rounds", type=int, default=15, help="how often everybody takes a turn (default 15)")
    parser.add_argument("--seconds", type=float, default=0.7, help="length of one turn (default 0.7)")
    if sessions is not None:
        said = f"open sessions in each lab (default {sessions})"
        parser.add_argument("--sessions", type=int, default=sessions, help=said)
    parser.add_argument("--json", metavar="FILE", help="also write everything here")
    if write:
        parser.add_argument("--write", action="store_true", help=write)
    parser.add_argument("--quick", action="store_true", help="4 short rounds")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 4, 0.4
    if options.rounds < 1 or options.seconds <= 0 or getattr(options, "sessions", CONNECTIONS) < CONNECTIONS:
        more = f", --sessions at least {CONNECTIONS}" if sessions is not None else ""
        parser.error(f"--rounds and --seconds are above 0{more}.")
    return options


@contextmanager
def serving(app: str, settings: dict[str, str]) -> Iterator[int]:
    """An app behind gunicorn with the lab's own settings, for as long as the block lasts."""
    environ = {**os.environ, **settings, "RACELAB_THREADS": str(THREADS), "PYTHONPATH": str(ROOT)}
    with listen(0) as listener:
        port: int = listener.getsockname()[1]
        process = subprocess.Popen(
            [*gunicorn_command(listener), app],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    try:
        _wait_until_healthy(process, port)
        yield port
    finally:
        stop(process, STOP_PATIENCE)


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            fetch(url_of(port, "/health"), timeout=1.0)
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("A server did not start; what it said stands above. `python lab.py serve` should work first.")


@contextmanager
def loading(order: Order) -> Iterator[Result]:
    """A load process. The result is filled in when the block ends."""
    command = [sys.executable, "-m", "benchmarks._client"]
    result = Result()
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(json.dumps(asdict(order)).encode())
        process.stdin.close()
        yield result
        assert process.stdout
        told = process.stdout.read()
    if process.returncode:
        sys.exit("The load process ended early; what it said stands above.")
    vars(result).update(json.loads(told))


def url_of(port: int, path: str) -> str:
    """The address of a path on this computer."""
    return f"http://127.0.0.1:{port}{path}"
