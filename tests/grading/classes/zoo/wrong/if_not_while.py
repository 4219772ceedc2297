"""Waits with `if`: who is woken may find that a third one was faster."""

import threading


class Pool:
    def __init__(self, size):
        self._idle = list(range(size))
        self._changed = threading.Condition()

    def acquire(self):
        with self._changed:
            if not self._idle:
                self._changed.wait()
            return self._idle.pop()

    def release(self, connection):
        with self._changed:
            self._idle.append(connection)
            self._changed.notify()

    def use(self):
        connection = self.acquire()
        try:
            return str(connection)
        finally:
            self.release(connection)
