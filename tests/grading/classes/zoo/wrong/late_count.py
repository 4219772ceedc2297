"""Counts a user only after it has handed out the file."""

import threading


class File:
    def __init__(self):
        self.closed = False

    def read(self):
        if self.closed:
            raise ValueError("closed")
        return "x"


class Shared:
    def __init__(self):
        self._lock = threading.Lock()
        self._count = 0
        self._file = None

    def open(self):
        with self._lock:
            if self._file is None:
                self._file = File()
            file = self._file
        self._count_up(1)
        return file

    def _count_up(self, n):
        with self._lock:
            self._count += n
            return self._count

    def use(self):
        file = self.open()
        try:
            return file.read()
        finally:
            if not self._count_up(-1):
                file.closed = True
                self._file = None
