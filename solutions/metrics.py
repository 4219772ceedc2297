"""How long requests took: one value, and one lock for all that touch it."""

import threading


class Metrics:
    def __init__(self):
        self._lock = threading.Lock()
        self._total = 0

    def record(self, milliseconds):
        with self._lock:
            total = self._total + round(milliseconds)
            self._total = total

    def report(self):
        """The sum since the last report."""
        with self._lock:
            total = int(self._total)
            self._total = 0
            return total
