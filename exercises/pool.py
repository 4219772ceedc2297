"""A limit on the queries that run at once: the database takes only so many connections.

What must never happen: the site stands still although no query runs.
"""

import threading


class Pool:
    def __init__(self, size):
        self._free = threading.Semaphore(size)

    def ask(self, query):
        """Run a query when one of the connections is free. A query that is none raises ValueError."""
        self._free.acquire()
        answer = self._run(query)
        self._free.release()
        return answer

    def _run(self, query):
        if not query.startswith("select "):
            raise ValueError(query)
        return query.removeprefix("select ").split(", ")
