"""At most `size` connections, handed out by a context manager."""

from collections import deque
from contextlib import contextmanager
from threading import BoundedSemaphore


class Connection:
    def __init__(self, number):
        self.number = number
        self.queries = 0

    def query(self):
        seen = int(self.queries)
        self.queries = seen + 1
        return self.queries


class Pool:
    def __init__(self, size=2):
        self._free = deque(Connection(n) for n in range(size))
        self._permits = BoundedSemaphore(size)
        self.size = size

    @contextmanager
    def connection(self):
        self._permits.acquire()
        connection = self._free.popleft()
        try:
            yield connection
        finally:
            self._free.append(connection)
            self._permits.release()

    def ask(self):
        with self.connection() as connection:
            return connection.query() > 0

    def idle(self):
        return len(self._free)

    def queries(self):
        return sum(c.queries for c in self._free)
