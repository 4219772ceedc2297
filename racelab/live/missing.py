"""Acknowledged changes that are missing while calls are still under way: a lower bound, looked at session by session.

A session can be looked at when none of its calls is in flight: then it must hold every acknowledged change, and what it
lacks is missing now. The verdict at rest sees more, such as values that were overwritten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from session_manager.model import SessionData

from ..promises.ledger import Ledger


class Missing:
    """What the sessions of one manager lack, each as it was when it was last looked at.

    Args:
        ledger: what was acknowledged.
        peek: gives a session as the manager holds it, without a lock; None if it holds none.
    """

    def __init__(self, ledger: Ledger, peek: Callable[[str], SessionData | None]) -> None:
        self._ledger = ledger
        self._peek = peek
        self._lock = threading.Lock()
        self._short: dict[str, int] = {}
        self._total = 0

    def look(self) -> None:
        """Look at the sessions that changed since the last look and have no call in flight."""
        with self._lock:
            for session_id, owed in self._ledger.changed().items():
                if owed is None:
                    self._total -= self._short.pop(session_id, 0)
                    continue
                held = self._peek(session_id)
                if held is not None and self._ledger.owes(session_id) == owed:  # no call has come in between
                    short = max(0, owed.accesses - held.access_count)
                    self._total += short - self._short.get(session_id, 0)
                    self._short[session_id] = short

    def count(self) -> int:
        """At least so many. Kept as a sum: whoever asks does not wait for a look, and pays the same at any size."""
        return self._total

    def forget(self) -> None:
        """Begin a new run: the ledger has forgotten the sessions already, so no look brings one back."""
        with self._lock:
            self._short.clear()
            self._total = 0
