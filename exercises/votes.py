"""Votes for several proposals, with a lock for each of them.

What must never happen: two people vote, both are thanked, and one vote is counted.
"""

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
        return self._locks.get(proposal, threading.Lock())
