"""A bounded buffer on one lock and two conditions."""

import threading


class RingBuffer:
    def __init__(self, capacity):
        self._slots = [None] * capacity
        self._head = 0
        self._count = 0
        lock = threading.Lock()
        self._not_empty = threading.Condition(lock)
        self._not_full = threading.Condition(lock)

    def put(self, item):
        with self._not_full:
            while self._count == len(self._slots):
                self._not_full.wait()
            tail = (self._head + self._count) % len(self._slots)
            self._slots[tail] = item
            self._count += 1
            self._not_empty.notify()

    def get(self):
        with self._not_empty:
            while self._count == 0:
                self._not_empty.wait()
            item, self._slots[self._head] = self._slots[self._head], None
            self._head = (self._head + 1) % len(self._slots)
            self._count -= 1
            self._not_full.notify()
            return item

    def __len__(self):
        with self._not_empty:
            return self._count
