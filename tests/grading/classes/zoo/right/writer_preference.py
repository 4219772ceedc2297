"""Readers together, writers alone, and a waiting writer goes first."""

from contextlib import contextmanager
from threading import Condition, Lock


class RWLock:
    def __init__(self):
        self._cond = Condition(Lock())
        self._readers = 0
        self._writing = False
        self._waiting_writers = 0

    @contextmanager
    def reading(self):
        with self._cond:
            self._cond.wait_for(lambda: not self._writing and not self._waiting_writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._cond:
                self._readers -= 1
                if not self._readers:
                    self._cond.notify_all()

    @contextmanager
    def writing(self):
        with self._cond:
            self._waiting_writers += 1
            while self._writing or self._readers:
                self._cond.wait()
            self._waiting_writers -= 1
            self._writing = True
        try:
            yield
        finally:
            with self._cond:
                self._writing = False
                self._cond.notify_all()


class Document:
    def __init__(self):
        self._lock = RWLock()
        self._lines = []
        self._length = 0

    def write(self, line):
        with self._lock.writing():
            self._lines.append(line)
            self._length += len(line)

    def read(self):
        with self._lock.reading():
            return "".join(self._lines), self._length
