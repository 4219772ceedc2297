"""Asks the databases whether they answer: seldom, cheaply, and never longer than a caller can wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from session_manager.model import SessionError

PAUSE = 1.0
"""Seconds between two questions, however often somebody wants to know."""
LIMIT = 0.5
"""Seconds that a caller waits, on top of the delay that a dial gives the database."""


class Asks:
    """One database. A question that hangs keeps one thread, and no other is asked meanwhile.

    Args:
        question: asks it; must be cheap.
        delay: gives the seconds that a healthy answer takes.
    """

    def __init__(self, question: Callable[[], object], delay: Callable[[], float]) -> None:
        self._question = question
        self._delay = delay
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._answered.set()
        self._asked = float("-inf")
        self._error: str | None = None

    def error(self) -> str | None:
        """Why it does not answer, or None."""
        limit = LIMIT + self._delay()
        with self._lock:
            if self._answered.is_set() and time.monotonic() - self._asked >= PAUSE:
                self._asked = time.monotonic()
                self._answered.clear()
                threading.Thread(target=self._ask, name="asks-database", daemon=True).start()
            left = self._asked + limit - time.monotonic()
        if self._answered.wait(max(0.0, left)):
            return self._error
        return f"It has not answered for {limit:g} s."

    def _ask(self) -> None:
        error: str | None = None
        try:
            self._question()
        except SessionError as refused:
            error = str(refused)
        except Exception as failed:  # noqa: BLE001 - whatever it is, the database does not answer
            error = f"{type(failed).__name__}: {failed}"
        self._error = error
        self._answered.set()
