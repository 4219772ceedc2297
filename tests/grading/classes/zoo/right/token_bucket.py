"""A rate limiter that refills as time goes by."""

import time
from threading import Lock


class TokenBucket:
    __slots__ = ("_lock", "_now", "_stamp", "_tokens", "capacity", "rate")

    def __init__(self, rate, capacity, now=None):
        self.rate = rate
        self.capacity = capacity
        self._now = now or time.monotonic
        self._tokens = capacity
        self._stamp = self._now()
        self._lock = Lock()

    def take(self, n=1):
        """True if `n` tokens were there."""
        with self._lock:
            self._refill()
            if self._tokens < n:
                return False
            self._tokens -= n
            return True

    def _refill(self):
        now = self._now()
        if now > self._stamp:
            self._tokens = min(self.capacity, self._tokens + (now - self._stamp) * self.rate)
            self._stamp = now

    @property
    def tokens(self):
        with self._lock:
            return self._tokens
