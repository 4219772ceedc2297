"""How the lab is served: one process, many threads, this computer only. One reason per line.

gunicorn finds it by itself in this folder; from anywhere else, `gunicorn -c /path/to/gunicorn.conf.py` does.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

wsgi_app = "app:app"
chdir = str(Path(__file__).resolve().parent)  # So that `app` is found from any folder
bind = f"127.0.0.1:{os.environ.get('RACELAB_PORT', '8000')}"  # It is wrong on purpose: not for a network
workers = 1  # The sessions under study live in the memory of one process; a second process would have its own
worker_class = "gthread"  # Real threads, because threads are what races
threads = int(os.environ.get("RACELAB_THREADS", "40"))  # 32 users, and 8 more so that the page still answers
timeout = 60  # Restarts a worker whose main thread hangs; it never notices a deadlocked request
graceful_timeout = 5  # Requests in flight get this long at Ctrl-C; a deadlocked one would take for ever
keepalive = 75  # Longer than any load tool's pause: a connection closed by the server would look like a failed request
max_requests = 0  # A worker that is replaced throws away the sessions and the measurements
preload_app = False  # Threads started before the fork exist only in the parent
control_socket_disable = True  # No control from outside, and no socket file to leave behind
accesslog = None  # A line per request would cost more than the request
loglevel = "warning"  # No output means no problem


_kept: IO[str]


def on_starting(server: Arbiter) -> None:
    """Refuse settings that make every measurement meaningless, before the server listens."""
    if server.cfg.preload_app:
        sys.exit(
            "Session Race Lab is loaded in its worker: a worker that is replaced would find old counts. No --preload."
        )
    _refuse_several_processes(server.cfg.workers, os.environ.get("WEB_CONCURRENCY") or "1")
    _refuse_the_network(server.cfg.address)
    _refuse_a_second_lab(Path(os.environ.get("RACELAB_INSTANCE", Path(chdir) / "instance")))


def post_worker_init(worker: Worker) -> None:
    """Start the lab's threads here, in the process that answers requests, and print its address."""
    _lab(worker).start(threads=worker.cfg.threads)
    where = ", ".join(str(sock) for sock in worker.sockets)
    who = f"process {worker.pid}, {worker.cfg.threads} threads"
    print(f"Session Race Lab is at {where} ({who}). Ctrl-C stops it.", flush=True)


def worker_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn passes both by position
    """Stop and join the lab's threads; in the parent, or when the app failed to load, there are none."""
    if worker.app.callable is not None:
        _lab(worker).stop()


def _lab(worker: Worker) -> Any:
    app: Any = worker.app.callable
    return app.extensions["racelab"]


def _refuse_several_processes(configured: int, environment: str) -> None:
    if configured == 1 and environment == "1":
        return
    asked = f"{configured} workers" if configured != 1 else f"WEB_CONCURRENCY={environment}"
    sys.exit(
        f"Session Race Lab runs in one process, and {asked} asks for another number. Every process would keep its own"
        " sessions, and the gap between two processes would look like a race between two threads. Take the setting away"
        " (unset WEB_CONCURRENCY, no --workers); use RACELAB_THREADS for more threads."
    )


def _refuse_a_second_lab(instance: Path) -> None:
    """Keep the folder for as long as this server lives; the system releases it even after a kill."""
    global _kept  # noqa: PLW0603 - closed files lose their lock, and gunicorn has no place of its own for this one
    instance.mkdir(parents=True, exist_ok=True)
    _kept = (instance / "lock").open("w")
    try:
        fcntl.flock(_kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(
            f"Another lab keeps its databases in {instance}. Each of the two would count the sessions of the other"
            " as phantoms. Stop the other one, or set RACELAB_INSTANCE to another folder."
        )


def _refuse_the_network(addresses: list[Any]) -> None:
    remote = [str(address) for address in addresses if not _is_local(address)]
    if not remote:
        return
    if os.environ.get("RACELAB_ALLOW_REMOTE") != "1":
        sys.exit(
            f"Session Race Lab would listen on {', '.join(remote)}, where other computers reach it. It has no passwords"
            " and is wrong on purpose, so it listens on 127.0.0.1 only. If you are sure, set RACELAB_ALLOW_REMOTE=1."
        )
    print(f"Warning: other computers can reach this lab on {', '.join(remote)}. It has no passwords.", file=sys.stderr)


def _is_local(address: Any) -> bool:
    """A Unix socket's path, a loopback address, or a descriptor (as `python -m racelab` passes it) of either."""
    if isinstance(address, int):
        with socket.socket(fileno=os.dup(address)) as inherited:
            address = inherited.getsockname()
    if isinstance(address, str | bytes) or address[0] == "localhost":
        return True
    return _is_loopback(address[0])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
