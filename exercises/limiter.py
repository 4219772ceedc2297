"""A limit on how often a user may try a password: so many times in a minute.

What must never happen: an attacker sends all tries at once, and gets more of them than the limit says.
"""

import threading
import time


class Limiter:
    def __init__(self, limit, clock=time.monotonic):
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._tries = {}

    def allow(self, user):
        """Whether the user may try now. A try that is allowed counts."""
        if len(self._recent(user)) >= self._limit:
            return False
        self._count(user)
        return True

    def _recent(self, user):
        with self._lock:
            now = self._clock()
            return [at for at in self._tries.get(user, []) if now - at < 60]

    def _count(self, user):
        with self._lock:
            self._tries.setdefault(user, []).append(self._clock())
