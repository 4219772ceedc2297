"""Holds its lock while it waits for room that only a holder of the lock can make."""

import queue
import threading


class Outbox:
    def __init__(self):
        self._queue = queue.Queue(maxsize=1)
        self._lock = threading.Lock()
        self.sent = 0

    def send(self, message):
        with self._lock:
            self._queue.put(message)
            self.sent += 1

    def deliver(self):
        with self._lock:
            return self._queue.get()
