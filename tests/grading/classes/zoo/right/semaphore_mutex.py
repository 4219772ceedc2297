"""A semaphore of one in place of a lock."""

from threading import BoundedSemaphore


class Counter:
    def __init__(self):
        self._n = 0
        self._mutex = BoundedSemaphore(1)

    def _set(self, n):
        self._n = n

    def add(self, n):
        self._mutex.acquire()
        try:
            self._set(self._n + n)
            return self._n
        finally:
            self._mutex.release()

    def value(self):
        with self._mutex:
            return self._n
