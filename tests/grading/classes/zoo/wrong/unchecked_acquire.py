"""Goes on when `acquire` has timed out."""

import threading


class Pool:
    def __init__(self):
        self._free = threading.Semaphore(1)
        self._idle = ["c"]

    def use(self):
        self._free.acquire(timeout=1.0)
        try:
            connection = self._idle.pop()
            self._query(connection)
            self._idle.append(connection)
            return connection
        finally:
            self._free.release()

    def _query(self, connection):
        return connection

    def idle(self):
        return list(self._idle)
