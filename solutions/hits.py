"""How many requests a server has answered: `+=` is a read and a write, and needs a lock without the GIL."""

import threading


class Hits:
    def __init__(self):
        self._lock = threading.Lock()
        self._answered = 0
        self._errors = 0

    def answer(self, status):
        with self._lock:
            self._answered += 1
            if status >= 500:
                self._errors += 1

    def answered(self):
        return self._answered

    def errors(self):
        return self._errors
