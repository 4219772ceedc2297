"""A limit on the queries that run at once: the database takes only so many connections, and refuses any more.

What must never happen: the site stands still although a connection is free.
"""

import threading


class Pool:
    def __init__(self, size):
        self._size = size
        self._free = threading.Semaphore(size)
        self._open = 0

    def ask(self, query):
        """Run a query, which is a function, when a connection is free. Its answer is ours, and so is its exception."""
        self._free.acquire()
        answer = self._run(query)
        self._free.release()
        return answer

    def _run(self, query):
        """What the database does."""
        self._open += 1
        try:
            if self._open > self._size:
                raise ConnectionError("too many connections")
            return query()
        finally:
            self._open -= 1
