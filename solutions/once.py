"""A database that is set up by the first request: the test, the set-up and the flag are one step, under one lock."""

import threading


class Database:
    def __init__(self):
        self._ready = False
        self._rows = []
        self._lock = threading.Lock()

    def add(self, row):
        with self._lock:
            if not self._ready:
                self._set_up()
                self._ready = True
        self._rows.append(row)

    def rows(self):
        return sorted(self._rows)

    def _set_up(self):
        self._rows.append("example")
