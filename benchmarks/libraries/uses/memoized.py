"""Results that are kept: by functools and by cachetools, as their documentation shows it. `calls` counts the work."""

import functools
from threading import Condition, Lock

import cachetools
import cachetools.func


class Counted:
    """Counts how often the work was done, one piece at a time."""

    def __init__(self):
        self.calls = 0
        self._lock = Lock()

    def work(self, number):
        with self._lock:
            self.calls += 1
        return number * number


class LruCache(Counted):
    def __init__(self, maxsize=1):
        super().__init__()
        self.square = functools.lru_cache(maxsize=maxsize)(self.work)


class CachedProperty(Counted):
    @functools.cached_property
    def square(self):
        return self.work(3)


class Cached(Counted):
    def __init__(self, **protection):
        super().__init__()
        self.square = cachetools.cached(cachetools.LRUCache(maxsize=1), **protection)(self.work)


class CachedMethod(Counted):
    def __init__(self):
        super().__init__()
        self.cache = cachetools.LRUCache(maxsize=1)
        self.lock = Lock()

    @cachetools.cachedmethod(lambda self: self.cache, lock=lambda self: self.lock)
    def square(self, number):
        return self.work(number)


class TtlCache(Counted):
    def __init__(self):
        super().__init__()
        self.square = cachetools.func.ttl_cache(maxsize=1, ttl=60)(self.work)


def with_lock():
    """What `cached(cache, lock=...)` is for."""
    return Cached(lock=Lock())


def with_condition():
    """What `cached(cache, condition=...)` is for."""
    return Cached(condition=Condition())


def with_method():
    """Used once already: the wrapper of the object is there."""
    made = CachedMethod()
    made.square(1)
    return made
