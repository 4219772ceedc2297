"""A cache whose entries expire."""

import threading
import time


class Entry:
    __slots__ = ("expires", "value")

    def __init__(self, value, expires):
        self.value = value
        self.expires = expires


class TTLCache:
    def __init__(self, ttl=60.0, clock=time.monotonic):
        self.ttl = ttl
        self._clock = clock
        self._entries = {}
        self._lock = threading.RLock()

    def put(self, key, value):
        expires = self._clock() + self.ttl
        with self._lock:
            self._entries[key] = Entry(value, expires)
            self._drop_expired()

    def get(self, key, default=None):
        now = self._clock()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.expires <= now:
                return default
            return entry.value

    def _drop_expired(self):
        with self._lock:
            now = self._clock()
            for key in [k for k, e in self._entries.items() if e.expires <= now]:
                del self._entries[key]

    def __len__(self):
        with self._lock:
            return len(self._entries)
