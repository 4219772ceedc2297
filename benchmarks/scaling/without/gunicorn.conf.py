"""How the app without the lab is served: the settings of the lab's own file that matter, and nothing of the lab."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter

wsgi_app = "benchmarks.scaling.plain:app"
workers = int(os.environ["RACELAB_WORKERS"])
threads = int(os.environ["RACELAB_THREADS"])
worker_class = "gthread"
keepalive = 75
control_socket_disable = True
loglevel = "warning"


def when_ready(server: Arbiter) -> None:  # noqa: ARG001 - gunicorn passes it by position
    """End with the process that started it, as the lab does."""
    threading.Thread(target=_end_with_the_parent, args=(int(os.environ["RACELAB_LIFELINE"]),), daemon=True).start()


def _end_with_the_parent(lifeline: int) -> None:
    while os.read(lifeline, 1):
        """Nobody writes."""
    os.kill(os.getpid(), signal.SIGTERM)
