"""How the lab is served: many threads, on this computer only, in one process or over an engine that several share.

gunicorn finds it by itself in this folder; from anywhere else, `gunicorn -c /path/to/gunicorn.conf.py` does.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from gunicorn.workers import gthread

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

    from racelab.several import JudgeProcess


def _descriptors() -> int:
    """As many open files as the system allows this process: gunicorn ends where it cannot accept for want of one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    with suppress(ValueError, OSError):  # macOS may allow fewer than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _number(name: str, default: int, most: int) -> int:
    """A setting of the environment. Another value ends gunicorn with a sentence."""
    given = os.environ.get(name, str(default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        sys.exit(f"{name} must be a whole number from 1 to {most}; got {given!r}.")
    return int(given)


MOST_DESCRIPTORS = 65_536
wsgi_app = "app:app"
chdir = str(Path(__file__).resolve().parent)  # So that `app` is found from any folder
bind = f"127.0.0.1:{os.environ.get('RACELAB_PORT', '8000')}"  # It is wrong on purpose: not for a network
workers = _number("RACELAB_WORKERS", 1, 64)  # More where the processes share an engine
worker_class = "gthread"  # Real threads, because threads are what races
threads = _number("RACELAB_THREADS", 40, 1000)  # 32 users, and 8 more so that the page still answers
timeout = 60  # Restarts a worker whose main thread hangs; it never notices a deadlocked request
graceful_timeout = 5  # Requests in flight get this long at Ctrl-C; a deadlocked one would take for ever
keepalive = 75  # Longer than any load tool's pause: a connection closed by the server would look like a failed request
worker_connections = max(_descriptors() - 256, threads + 8)  # Idle ones included, and 256 left for files
max_requests = 0  # A worker that is replaced throws away what it has in memory
preload_app = False  # Threads started before the fork exist only in the parent
control_socket_disable = True  # No control from outside, and no socket file to leave behind
accesslog = None  # A line per request would cost more than the request
loglevel = "warning"  # No output means no problem
# gunicorn takes SCRIPT_NAME out of a header of these peers, who could then send wrong links to others
forwarded_allow_ips = "127.0.0.1,::1" if os.environ.get("RACELAB_PROXIES", "0") != "0" else ""


FIRST_BYTE_PATIENCE = 0.05
"""Seconds that a thread waits for a new connection to say something; then it waits without a thread."""
RELOAD_PATIENCE = 15.0
"""Seconds that a new worker waits for the one before it to end: three times what requests in flight get."""
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where this computer finds a server that listens everywhere."""
AGAIN = 1.0
"""Seconds until a worker that could not start is replaced."""
ORPHANED: list[bool] = []
"""Whether this is a judge whose parent was killed: then it has one."""
COULD_NOT_START = 4
"""gunicorn's own exit code for an app that cannot be loaded: it ends the server instead of trying again for ever."""


def on_starting(server: Arbiter) -> None:
    """Refuse settings that make every measurement meaningless, before the server listens."""
    if server.cfg.preload_app:
        sys.exit(
            "Session Race Lab is loaded in its worker: a worker that is replaced would find old counts. No --preload."
        )
    several = _several(server)
    if server.cfg.max_requests and not several:
        sys.exit(
            "Session Race Lab keeps its sessions and measurements in the memory of its worker, and --max-requests "
            f"replaces that after {server.cfg.max_requests} requests. Take the setting away."
        )
    if server.cfg.worker_class_str != "gthread":
        sys.exit(
            "Session Race Lab studies races between threads, so it needs the worker class gthread. With "
            f"{server.cfg.worker_class_str} no two requests run at one time, or only where one waits: nothing would "
            "race. Take -k away, and set RACELAB_THREADS to 2 or more."
        )
    if several:
        _judge_several(server.cfg.workers)
    else:
        _refuse_several_processes(server.cfg.workers, os.environ.get("WEB_CONCURRENCY") or "1")


def when_ready(server: Arbiter) -> None:
    """Look at the sockets that there are, whoever has opened them; and let a closed terminal end the server."""
    _refuse_the_network(listener.sock for listener in server.LISTENERS)
    if any(map(os.isatty, (0, 1, 2))):
        _end_with_the_terminal(server)
    for judge in _judges():
        _start(judge, server)
    if lifeline := os.environ.get("RACELAB_LIFELINE"):
        threading.Thread(target=_end_with_the_parent, args=(int(lifeline),), daemon=True).start()


def on_exit(server: Arbiter) -> None:  # noqa: ARG001 - gunicorn passes it by position
    """All workers have ended: their judge is the last. One whose parent was killed clears up itself."""
    for judge in _judges():
        judge.stop()
    if ORPHANED:
        shutil.rmtree(os.environ["RACELAB_RUN"], ignore_errors=True)


def on_reload(server: Arbiter) -> None:
    """The settings may name other addresses now."""
    _refuse_the_network(listener.sock for listener in server.LISTENERS)


def nworkers_changed(server: Arbiter, new_value: int, old_value: int | None) -> None:
    """SIGTTIN asks for one more worker: in a lab of one process the number stays 1."""
    if not _judges() and old_value is not None and new_value != 1:
        server.num_workers = 1
        _say(f"Session Race Lab runs in one process, and SIGTTIN asks for {new_value}. It goes on with one.")


def post_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn passes both by position
    """A connection that sends nothing holds a thread of gunicorn's for five seconds; forty of them hold all."""
    gthread.DEFAULT_WORKER_DATA_TIMEOUT = FIRST_BYTE_PATIENCE  # type: ignore[misc] # gunicorn has no setting for it


def post_worker_init(worker: Worker) -> None:
    """Start the lab in the process that answers requests, and print its address."""
    if worker.app.callable is None:  # with --reload, a mistake in the code: gunicorn answers until it is corrected
        return
    from session_manager.model import SessionError  # not before the fork: --reload loads it anew

    try:
        _lab(worker).start(worker.cfg.threads, patience=0.0 if worker.age == 1 else RELOAD_PATIENCE)
    except SessionError as error:
        if "RACELAB_RUN" not in os.environ or ("RACELAB_RUN_FIRST" in os.environ and worker.age == 1):
            _say(str(error))
            sys.exit(COULD_NOT_START)
        _say_once(worker, str(error))
        time.sleep(AGAIN)  # the engine was there when the judge began, and may come back
        sys.exit(0)  # gunicorn has a line for any other code
    alone = "RACELAB_RUN" not in os.environ
    if not alone:
        _said().unlink(missing_ok=True)
    if alone or worker.age == 1:  # the first of several speaks for all
        where = ", ".join(str(sock) for sock in worker.sockets)
        many = f"{worker.cfg.workers} workers of {worker.cfg.threads} threads"
        who = f"process {worker.pid}, {worker.cfg.threads} threads" if alone else many
        _say(f"Session Race Lab is at {where} ({who}). Ctrl-C stops it.", sys.stdout)


def worker_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn passes both by position
    """Stop and join the lab's threads; in the parent, or when the app failed to load, there are none."""
    if worker.app.callable is not None:
        _lab(worker).stop(leaving=True)


def _several(server: Arbiter) -> bool:
    """Whether workers are judged by a process of their own: if more than one was asked for, or may be by SIGTTIN."""
    if server.cfg.workers == 1 and "RACELAB_WORKERS" not in os.environ:
        return False
    from racelab import several  # gunicorn finds it when it has read this file

    return (server.cfg.workers > 1 or not several.local_variants(os.environ)) and several.ROLE not in os.environ


def _judge_several(workers: int) -> None:
    """Prepare the process that judges them. Managers in memory cannot be shared: each worker would have its own."""
    from racelab import several
    from racelab.home import COMMAND

    if os.environ.get("RACELAB_CLASS", "0") != "0":
        sys.exit("A class has its board in one process. Take the setting away (unset RACELAB_WORKERS, no --workers).")
    local = several.local_variants(os.environ)
    if local and os.environ.get(several.SPLIT_BRAIN) != "1":
        sys.exit(
            f"The sessions of {' and '.join(local)} live in the memory of one process, and {workers} workers are asked "
            "for. Each would have its own sessions, and a gap between two would look like a race. Take the setting "
            "away (unset RACELAB_WORKERS, no --workers; RACELAB_THREADS gives more threads), or serve managers that "
            f"processes share: {COMMAND} serve --redis --workers 3. To see the trap itself, set "
            f"{several.SPLIT_BRAIN}=1."
        )
    several.JUDGES.append(several.JudgeProcess(Path(chdir)))


def _judges() -> list[JudgeProcess]:
    """The process that judges several workers; none if there is one worker. This file is read again at SIGHUP."""
    several = sys.modules.get("racelab.several")
    return several.JUDGES if several else []


def _start(judge: JudgeProcess, server: Arbiter) -> None:
    """The judge answers before any worker asks it something."""
    name = server.LISTENERS[0].sock.getsockname()
    address = f"unix:{name}" if isinstance(name, str) else f"{EVERY_ADDRESS.get(name[0], name[0])}:{name[1]}"
    from racelab.several import NoJudge

    try:
        judge.start(address)
    except NoJudge as error:
        judge.stop()
        sys.exit(COULD_NOT_START if error.code == COULD_NOT_START else str(error))
    os.environ |= judge.environ(address)


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn passes both by position
    """In the parent, once the worker has ended: its live gauges in the common folder end with it."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # looks at the setting when it is imported

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call] # it comes without types


def _lab(worker: Worker) -> Any:
    app: Any = worker.app.callable
    return app.extensions["racelab"]


def _say(sentence: str, to: TextIO = sys.stderr) -> None:
    """Print, to a terminal that may be gone: that must end no worker."""
    with suppress(OSError):
        print(sentence, file=to, flush=True)


def _said() -> Path:
    """In the folder of several workers: there while one of them cannot start."""
    return Path(os.environ["RACELAB_RUN"]) / "cannot-start"


def _say_once(worker: Worker, sentence: str) -> None:
    """Say why a worker cannot start, but not again for each one that is started in its place."""
    with suppress(OSError):  # it was said; or the folder is gone, and the server ends
        _said().touch(exist_ok=False)
        _lab(worker).events.say(logging.WARNING, "engine_away", sentence, reason=sentence)


def _end_with_the_terminal(server: Arbiter) -> None:
    """SIGHUP reloads, unless it says that the terminal was closed: then nobody could stop the server any more."""
    reload = server.handle_hup

    def hung_up() -> None:
        try:
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        except OSError:
            server.handle_term()
        else:
            reload()

    server.handle_hup = hung_up  # type: ignore[method-assign]


def _end_with_the_parent(lifeline: int) -> None:
    """`demo` and `load` start servers of their own: one whose starter was killed would serve for ever."""
    while os.read(lifeline, 1):
        """Nobody writes."""
    if "RACELAB_RUN_ROLE" in os.environ:  # the judge of workers whose parent was killed: nobody else clears up
        ORPHANED.append(True)  # later: gunicorn removes its socket there first, and fails if it is gone
    os.kill(os.getpid(), signal.SIGTERM)


def _refuse_several_processes(configured: int, environment: str) -> None:
    if configured == 1 and environment == "1":
        return
    asked = f"{configured} workers" if configured != 1 else f"WEB_CONCURRENCY={environment}"
    sys.exit(
        f"Session Race Lab runs in one process, and {asked} asks for another number. Every process would keep its own"
        " sessions, and the gap between two processes would look like a race between two threads. Take the setting away"
        " (unset WEB_CONCURRENCY, no --workers); use RACELAB_THREADS for more threads."
    )


def _refuse_the_network(sockets: Iterable[socket.socket]) -> None:
    remote = [str(address) for address in (one.getsockname() for one in sockets) if not _is_local(address)]
    if not remote:
        return
    if os.environ.get("RACELAB_ALLOW_REMOTE") != "1":
        sys.exit(
            f"Session Race Lab would listen on {', '.join(remote)}, where other computers reach it. It has no passwords"
            " and is wrong on purpose, so it listens on 127.0.0.1 only. If you are sure, set RACELAB_ALLOW_REMOTE=1."
        )
    _say(f"Warning: other computers can reach this lab on {', '.join(remote)}. It has no passwords.")


def _is_local(address: Any) -> bool:
    """A Unix socket's path, or a loopback address."""
    return isinstance(address, str | bytes) or ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
