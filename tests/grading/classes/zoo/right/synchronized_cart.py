"""Methods and a property under a lock that a decorator takes."""

import functools
import threading


def synchronized(method):
    @functools.wraps(method)
    def locked(self, *args, **kwargs):
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


class Cart:
    PRICES = {"x": 3, "y": 4}

    def __init__(self):
        self._lock = threading.RLock()
        self._items = []
        self._total = 0

    @synchronized
    def put(self, item):
        self._items.append(item)
        self._total = self.price(self._total, item)

    @synchronized
    def price(self, total, item):
        return total + self.PRICES[item]

    @property
    @synchronized
    def count(self):
        return len(self._items), self._total

    @synchronized
    def total(self):
        return self._total
