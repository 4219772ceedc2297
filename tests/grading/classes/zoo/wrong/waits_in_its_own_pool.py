"""A job waits for another one in the same pool, of one worker."""

from concurrent.futures import ThreadPoolExecutor


class Work:
    def __init__(self):
        self._pool = ThreadPoolExecutor(max_workers=1)

    def _inner(self, n):
        return n + 1

    def _outer(self, n):
        return self._pool.submit(self._inner, n).result()

    def run(self, n):
        if n == 1:
            return self._pool.submit(self._inner, n).result()
        return self._pool.submit(self._outer, n).result(timeout=None)
