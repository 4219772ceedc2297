"""Votes for several proposals: the lock of a proposal is kept, so that all votes for it take the same one."""

import threading


class Votes:
    def __init__(self):
        self._counts = {}
        self._locks = {}

    def vote(self, proposal):
        """Count one more vote, and return how many there are now."""
        with self._lock_of(proposal):
            count = self._counts.get(proposal, 0) + 1
            self._counts[proposal] = count
            return count

    def count(self, proposal):
        return self._counts.get(proposal, 0)

    def _lock_of(self, proposal):
        return self._locks.setdefault(proposal, threading.Lock())
