"""A limit on the queries that run at once: a permit is given back however its query ends."""

import threading


class Pool:
    def __init__(self, size):
        self._free = threading.Semaphore(size)

    def ask(self, query):
        """Run a query when one of the connections is free. A query that is none raises ValueError."""
        with self._free:
            return self._run(query)

    def _run(self, query):
        if not query.startswith("select "):
            raise ValueError(query)
        return query.removeprefix("select ").split(", ")
