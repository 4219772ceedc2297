"""Puts under a lock, and gets without."""

from collections import OrderedDict
from threading import Lock


class LRU:
    def __init__(self, size):
        self._size = size
        self._data = OrderedDict()
        self._lock = Lock()

    def _full(self):
        return len(self._data) > self._size

    def put(self, key, value):
        with self._lock:
            self._data[key] = value
            self._data.move_to_end(key)
            while self._full():
                self._data.popitem(last=False)

    def get(self, key):
        if key not in self:
            return None
        self._data.move_to_end(key)
        return self._data[key]

    def __contains__(self, key):
        return key in self._data
