"""Lets go of the reading lock before it takes the writing one, and looks no second time."""

from contextlib import contextmanager
from threading import Condition


class RWLock:
    def __init__(self):
        self._cond = Condition()
        self._readers = 0
        self._writing = False

    @contextmanager
    def reading(self):
        with self._cond:
            while self._writing:
                self._cond.wait()
            self._readers += 1
        try:
            yield
        finally:
            with self._cond:
                self._readers -= 1
                self._cond.notify_all()

    @contextmanager
    def writing(self):
        with self._cond:
            while self._writing or self._readers:
                self._cond.wait()
            self._writing = True
        try:
            yield
        finally:
            with self._cond:
                self._writing = False
                self._cond.notify_all()


class Cache:
    def __init__(self):
        self._lock = RWLock()
        self._data = {}
        self.loads = 0

    def get(self, key):
        with self._lock.reading():
            if key in self._data:
                return self._data[key]
        with self._lock.writing():
            self.loads += 1
            self._data[key] = value = key.upper()
            return value
