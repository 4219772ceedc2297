"""The lowest and the highest price, which a reader should see together."""

from threading import Lock


class Range:
    def __init__(self):
        self.low = self.high = 0
        self._lock = Lock()

    def record(self, prices):
        with self._lock:
            self.low = min(prices)
            self.high = max(prices)

    def span(self):
        return self.low, self.high
