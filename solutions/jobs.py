"""Jobs for a worker: it tests and begins to wait in one step, and nothing can be put in between."""

import threading
from collections import deque


class Jobs:
    def __init__(self):
        self._jobs = deque()
        self._arrived = threading.Condition()

    def put(self, job):
        with self._arrived:
            self._jobs.append(job)
            self._arrived.notify()

    def take(self):
        """The oldest job; waits until there is one."""
        with self._arrived:
            while not self._jobs:
                self._arrived.wait()
            return self._jobs.popleft()

    def waiting(self):
        """How many jobs are there."""
        return len(self._jobs)
