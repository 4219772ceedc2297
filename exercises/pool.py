"""A limit on the queries that run at once: the database takes only so many connections.

What must never happen: the site stands still although no query runs.
"""

import threading


class Pool:
    def __init__(self, size):
        self._free = threading.Semaphore(size)
        self._running = 0

    def ask(self, query):
        """Run a query when a connection is free, and say how many ran then. What is no query raises ValueError."""
        self._free.acquire()
        answer = self._run(query)
        self._free.release()
        return answer

    def _run(self, query):
        self._running += 1
        try:
            if not query.startswith("select "):
                raise ValueError(query)
            return f"{query.removeprefix('select ')}, {self._running} at once"
        finally:
            self._running -= 1
