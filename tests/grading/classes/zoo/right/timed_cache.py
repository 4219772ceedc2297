"""A class of a hundred lines with six methods, as people write them, to see how long its grade takes."""

import threading
import time
from collections import OrderedDict


class Entry:
    def __init__(self, value, expires):
        self.value = value
        self.expires = expires
        self.hits = 0

    def is_fresh(self, now):
        return now < self.expires


class Stats:
    def __init__(self):
        self.hits = 0
        self.misses = 0
        self.evictions = 0

    def as_tuple(self):
        return self.hits, self.misses, self.evictions


class TimedCache:
    """Least recently used, with a time to live and counters, under one lock."""

    def __init__(self, capacity=2, ttl=60.0):
        self.capacity = capacity
        self.ttl = ttl
        self._lock = threading.Lock()
        self._entries = OrderedDict()
        self._stats = Stats()

    def put(self, key, value):
        """Store a value; the least recently used one goes if there is no room."""
        with self._lock:
            now = time.monotonic()
            self._drop_stale(now)
            if key in self._entries:
                self._entries.pop(key)
            while len(self._entries) >= self.capacity:
                self._evict()
            self._entries[key] = Entry(value, now + self.ttl)

    def get(self, key, default=None):
        """The value, or the default."""
        with self._lock:
            entry = self._find(key)
            if entry is None:
                self._stats.misses += 1
                return default
            self._stats.hits += 1
            entry.hits += 1
            self._entries.move_to_end(key)
            return entry.value

    def remove(self, key):
        """Whether there was one."""
        with self._lock:
            return self._entries.pop(key, None) is not None

    def get_or_put(self, key, value):
        """The value that is there, or this one from now on."""
        with self._lock:
            entry = self._find(key)
            if entry is not None:
                entry.hits += 1
                return entry.value
            while len(self._entries) >= self.capacity:
                self._evict()
            self._entries[key] = Entry(value, time.monotonic() + self.ttl)
            return value

    def clear(self):
        """Forget all."""
        with self._lock:
            self._entries.clear()
            self._stats = Stats()

    def size(self):
        """How many there are."""
        with self._lock:
            return len(self._entries)

    def _find(self, key):
        entry = self._entries.get(key)
        if entry is None:
            return None
        if not entry.is_fresh(time.monotonic()):
            del self._entries[key]
            return None
        return entry

    def _evict(self):
        self._entries.popitem(last=False)
        self._stats.evictions += 1

    def _drop_stale(self, now):
        for key in [key for key, entry in self._entries.items() if not entry.is_fresh(now)]:
            del self._entries[key]
