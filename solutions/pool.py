"""A limit on the queries that run at once: a permit is given back however its query ends."""

import threading


class Pool:
    def __init__(self, size):
        self._size = size
        self._free = threading.Semaphore(size)
        self._open = 0

    def ask(self, query):
        """Run a query, which is a function, when a connection is free. Its answer is ours, and so is its exception."""
        with self._free:
            return self._run(query)

    def _run(self, query):
        """What the database does."""
        self._open += 1
        try:
            if self._open > self._size:
                raise ConnectionError("too many connections")
            return query()
        finally:
            self._open -= 1
