"""How long requests took, collected until a job sends the sum to the monitoring and begins again at zero.

Each side has a lock of its own. What must never happen: a request was timed, and its milliseconds are in no report.
"""

import threading


class Metrics:
    def __init__(self):
        self._recording = threading.Lock()
        self._reporting = threading.Lock()
        self._total = 0

    def record(self, milliseconds):
        with self._recording:
            total = self._total + round(milliseconds)
            self._total = total

    def report(self):
        """The sum since the last report."""
        with self._reporting:
            total = int(self._total)
            self._total = 0
            return total
