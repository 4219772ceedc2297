"""A Redis of one's own, for whoever has none running: a socket that nobody else can open, and no port.

It keeps its data in a folder of the lab, and ends with the process that asked for it, also if that is killed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("redis-server", "valkey-server")
A_MOMENT = 3.0
"""Seconds in which an earlier one must have ended."""
PATIENCE = 10.0
"""Seconds until it must answer."""
UNTIL_THE_PARENT_ENDS = """
keep() {
    trap 'kill $!; wait; exit' TERM
    for left in 3 2 1 0; do
        "$@" 2>&1 & { wait $!; } 2>/dev/null
        [ -S "$SOCKET" ] || left=0
        if [ $left = 0 ]; then
            echo "The Redis of the lab has ended, and is not started again; $LOG may say why. Start the lab anew." >&2
            exit
        fi
        echo "The Redis of the lab has ended; it is started again on the same data." >&2
        sleep 1 & wait $!
    done
}
keep "$@" & read _; kill $! 2>/dev/null; wait; rm -rf "$(dirname "$SOCKET")"
"""
"""For a shell whose standard input is a pipe that ends with the parent: the server ends then, in good order.

One that was killed has left its socket, and is started again, three times at most.
"""
HOW_TO_GET_ONE = (
    "Neither redis-server nor valkey-server is installed. Install one (`apt install redis-server` or `brew install "
    "redis`), or give the URL of one that runs: --redis redis://HOST:6379"
)


class NoRedis(Exception):
    """It cannot be had; the message says why, and what to do."""


def start(folder: Path) -> str:
    """Start one, and wait until it answers.

    Args:
        folder: where its data is kept; made if it is not there.

    Returns:
        Its URL.

    Raises:
        NoRedis: it cannot be started.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoRedis(HOW_TO_GET_ONE)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _locked(lock):
        os.close(lock)
        raise NoRedis(f"Another lab has a Redis on {folder} now. Stop it, or set RACELAB_INSTANCE to another folder.")
    place = Path(tempfile.mkdtemp(prefix="racelab-")) / "redis.sock"  # a socket's path may have 100 characters
    lifeline, held = os.pipe()
    os.set_inheritable(held, True)  # until the last process of the lab ends
    log = (folder / "redis.log").open("ab")
    where = ["--port", "0", "--unixsocket", str(place), "--unixsocketperm", "700", "--dir", str(folder)]
    how = ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--loglevel", "warning"]
    shell = subprocess.Popen(
        ["/bin/sh", "-c", UNTIL_THE_PARENT_ENDS, "sh", program, *where, *how],
        stdin=lifeline,
        stdout=log,
        env={**os.environ, "SOCKET": str(place), "LOG": str(folder / "redis.log")},
        pass_fds=[lock],
        start_new_session=True,  # Ctrl-C reaches us only, and requests in flight still need it
    )
    os.close(lifeline)
    os.close(lock)
    log.close()
    _wait(place, shell, folder)
    return f"unix://{place}"


def _locked(file: int) -> bool:
    """Take the lock. The Redis of a lab that has just ended is given a moment to end, too."""
    deadline = time.monotonic() + A_MOMENT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _wait(place: Path, shell: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and shell.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(place))
                client.sendall(b"PING\r\n")
                if client.recv(7).startswith(b"+PONG"):  # not -LOADING
                    return
            except OSError:
                """Not yet."""
        time.sleep(0.02)
    raise NoRedis(f"Redis did not start within {PATIENCE:.0f} s. {folder / 'redis.log'} says why.")
