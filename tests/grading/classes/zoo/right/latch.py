"""Waits until so many have arrived."""

import threading


class CountDownLatch:
    def __init__(self, count):
        self._count = count
        self._zero = threading.Condition()

    def count_down(self):
        with self._zero:
            if self._count > 0:
                self._count -= 1
                if self._count == 0:
                    self._zero.notify_all()

    def wait(self):
        with self._zero:
            self._zero.wait_for(lambda: self._count == 0)

    def __repr__(self):
        with self._zero:
            return f"<latch at {self._count}>"
