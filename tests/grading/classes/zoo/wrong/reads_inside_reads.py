"""A reader reads once more inside, behind a writer that waits for it."""

from threading import Condition


class RWLock:
    def __init__(self):
        self._cond = Condition()
        self._readers = self._waiting = 0
        self._writing = False

    def acquire_read(self):
        with self._cond:
            while self._writing or self._waiting:
                self._cond.wait()
            self._readers += 1

    def release_read(self):
        with self._cond:
            self._readers -= 1
            self._cond.notify_all()

    def acquire_write(self):
        with self._cond:
            self._waiting += 1
            while self._writing or self._readers:
                self._cond.wait()
            self._waiting -= 1
            self._writing = True

    def release_write(self):
        with self._cond:
            self._writing = False
            self._cond.notify_all()


class Doc:
    def __init__(self):
        self._rw = RWLock()
        self._text = ""

    def text(self):
        self._rw.acquire_read()
        try:
            return self._text
        finally:
            self._rw.release_read()

    def summary(self):
        self._rw.acquire_read()
        try:
            return len(self.text())
        finally:
            self._rw.release_read()

    def write(self, text):
        self._rw.acquire_write()
        try:
            self._text += text
        finally:
            self._rw.release_write()
