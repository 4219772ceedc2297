"""A limit on the queries that run at once: a permit is given back however its query ends."""

import threading


class Pool:
    def __init__(self, size):
        self._free = threading.Semaphore(size)
        self._running = 0

    def ask(self, query):
        """Run a query when a connection is free, and say how many ran then. What is no query raises ValueError."""
        with self._free:
            return self._run(query)

    def _run(self, query):
        self._running += 1
        try:
            if not query.startswith("select "):
                raise ValueError(query)
            return f"{query.removeprefix('select ')}, {self._running} at once"
        finally:
            self._running -= 1
