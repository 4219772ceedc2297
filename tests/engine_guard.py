"""Starts a server as its child, and ends it when whoever started this script has ended, also if that was killed.

The idea is that of `racelab/lifeline.py`: standard input is a pipe that its other end never closes while it lives. What
is written to it are numbers of signals, which this script sends on: a parent cannot hit another process that has got
the number of an ended child. The first line of standard output is the server's process id.

    python engine_guard.py FOLDER LOG SIGNAL USER COMMAND...

SIGNAL is what ends the server at once, with its own children; USER is empty or whom it runs as.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

PATIENCE: Final = 10.0


def listen(server: subprocess.Popen[bytes], at_once: int) -> None:
    """Send signals until the lifeline ends, and then end the server."""
    while numbers := os.read(0, 100):
        for number in numbers.split():
            server.send_signal(int(number))
    server.send_signal(at_once)
    server.send_signal(signal.SIGCONT)  # a test may have stopped it
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()


def main(folder: str, log: str, at_once: str, user: str, *command: str) -> int:
    """Run until the server has ended. Returns its exit code."""
    other = {"user": user, "group": user, "extra_groups": []} if user else {}
    with Path(log).open("ab") as output:
        server = subprocess.Popen(  # type: ignore[call-overload] # the names of three arguments are in `other`
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **other
        )
    print(server.pid, flush=True)
    threading.Thread(target=listen, args=(server, int(at_once)), daemon=True).start()
    return int(server.wait())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
