"""Jobs for a worker: requests put them in, and the worker waits until there is one.

What must never happen: a job is there, and the worker sleeps.
"""

import threading
from collections import deque


class Jobs:
    def __init__(self):
        self._jobs = deque()
        self._arrived = threading.Condition()

    def put(self, job):
        self._jobs.append(job)
        with self._arrived:
            self._arrived.notify()

    def take(self):
        """The oldest job; waits until there is one."""
        if not self._jobs:
            with self._arrived:
                self._arrived.wait()
        return self._jobs.popleft()

    def waiting(self):
        """How many jobs are there."""
        return len(self._jobs)
