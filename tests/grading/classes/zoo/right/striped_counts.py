"""Lock striping: a count for each name, behind one of a few locks."""

from contextlib import ExitStack
from threading import Lock


class StripedCounts:
    STRIPES = 2

    def __init__(self):
        self._locks = [Lock() for _ in range(self.STRIPES)]
        self._counts = [{} for _ in range(self.STRIPES)]

    def _stripe(self, name):
        return sum(map(ord, name)) % self.STRIPES

    def add(self, name, n=1):
        stripe = self._stripe(name)
        with self._locks[stripe]:
            counts = self._counts[stripe]
            counts[name] = counts.get(name, 0) + n
            return counts[name]

    def total(self):
        with ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock)
            return sum(sum(counts.values()) for counts in self._counts)
