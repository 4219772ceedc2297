"""A thread that looks once a second whether the present run has come to rest and is to be kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

SECONDS = 1.0
log = logging.getLogger(__name__)


class Keeper:
    """See the module.

    Args:
        look: keeps the run, if there is something new to keep.
        seconds: between two looks.
    """

    def __init__(self, look: Callable[[], None], seconds: float = SECONDS) -> None:
        self._look = look
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start looking."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._look()
            except Exception:
                log.exception("The present run could not be kept; the next look may succeed.")
