"""Counts visits, without a lock and with one."""

from __future__ import annotations

import threading


class Hits:
    """Reads in one method, writes in another."""

    def __init__(self) -> None:
        self._hits: dict[str, int] = {}

    def of(self, page: str) -> int:
        """How many there were."""
        return self._hits.get(page, 0)

    def hit(self, page: str) -> int:
        """One more."""
        hits = self.of(page) + 1
        self._hits[page] = hits
        return hits


class GuardedHits(Hits):
    """The same, right."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def of(self, page: str) -> int:
        """How many there were."""
        with self._lock:
            return super().of(page)

    def hit(self, page: str) -> int:
        """One more."""
        with self._lock:
            hits = super().of(page) + 1
            self._hits[page] = hits
            return hits
