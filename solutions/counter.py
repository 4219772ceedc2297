"""How often each page of a site was seen: the read and the write of a count are one step, under one lock."""

import threading


class Counter:
    def __init__(self):
        self._views = {}
        self._lock = threading.Lock()

    def view(self, page):
        """Count one more view of a page, and return how many it has had."""
        with self._lock:
            seen = self._views.get(page, 0) + 1
            self._views[page] = seen
            return seen

    def views(self, page):
        with self._lock:
            return self._views.get(page, 0)
