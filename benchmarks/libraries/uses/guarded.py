"""A cache of cachetools, each use under one lock, as its documentation asks for; and a queue that is not empty."""

from queue import Queue
from threading import Lock

import cachetools  # noqa: F401 - programs name it


class Guarded:
    """Any mapping, with a lock around each use."""

    def __init__(self, cache):
        self._cache, self._lock = cache, Lock()

    def put(self, key, value):
        with self._lock:
            self._cache[key] = value

    def get(self, key):
        with self._lock:
            return self._cache.get(key)

    def pop(self, key):
        with self._lock:
            return self._cache.pop(key, None)


def queue_with_one():
    """A queue that has one item."""
    made = Queue()
    made.put(1)
    return made
