"""Producers and consumers wait on one condition, and one of them is woken: perhaps the wrong one."""

import threading


class Slot:
    def __init__(self):
        self._item = None
        self._changed = threading.Condition()

    def put(self, item):
        with self._changed:
            while self._item is not None:
                self._changed.wait()
            self._item = item
            self._changed.notify()

    def get(self):
        with self._changed:
            while self._item is None:
                self._changed.wait()
            item, self._item = self._item, None
            self._changed.notify()
            return item
