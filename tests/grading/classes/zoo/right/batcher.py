"""Collects items and hands them on in batches, outside of the lock."""

from threading import Lock


class Batcher:
    def __init__(self, size, sink):
        self.size, self.sink = size, sink
        self._waiting, self._lock = [], Lock()

    def add(self, item):
        full = None
        with self._lock:
            self._waiting.append(item)
            if len(self._waiting) >= self.size:
                full, self._waiting = self._waiting, []
        if full:
            self.sink(tuple(full))
            return True
        return False

    def flush(self):
        with self._lock:
            rest, self._waiting = self._waiting, []
        if rest:
            self.sink(tuple(rest))


class Mailer:
    """Sends letters two by two; which two go together does not matter."""

    def __init__(self):
        self._sent = []
        self._batcher = Batcher(2, self._sent.append)

    def letter(self, to):
        self._batcher.add(to)

    def sent(self):
        self._batcher.flush()
        return sorted(letter for batch in self._sent for letter in batch)

    def batches(self):
        return len(self._sent)
