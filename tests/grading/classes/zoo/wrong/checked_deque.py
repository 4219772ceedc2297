"""Looks whether there is a job, and then takes one."""

from collections import deque


class Jobs:
    def __init__(self, *jobs):
        self._jobs = deque(jobs)

    def __len__(self):
        return len(self._jobs)

    def pop(self):
        if len(self):
            return self._jobs.popleft()
        return None
