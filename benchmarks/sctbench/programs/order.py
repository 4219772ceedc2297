"""Checks that hold in one order of the threads and not in another."""

from threading import Lock


class Lazy:
    """Three threads add and look; the benchmark claims that the sum is never three when the last one looks."""

    def __init__(self):
        self.lock = Lock()
        self.data = 0
        self.failed = False

    def add(self, n):
        with self.lock:
            self.data += n

    def check(self):
        with self.lock:
            if self.data >= 3:
                self.failed = True


class Ring:
    """Each place takes over what its neighbour has; the benchmark claims that all are equal in the end."""

    def __init__(self):
        self.lock = Lock()
        self.values = [1, 2, 1]
        self.moved = [False] * 3
        self.failed = False

    def move(self, place):
        with self.lock:
            before = self.values[place - 1]
            self.values[place] = (before + 1) % 4 if place == 0 else before
            self.moved[place] = True

    def check(self):
        with self.lock:
            if all(self.moved) and len(set(self.values)) != 1:
                self.failed = True


class Reorder:
    """Two numbers are written one after the other, and looked at in between."""

    def __init__(self):
        self.a = 0
        self.b = 0

    def set(self):
        self._set_a(1)
        self._set_b(-1)

    def _set_a(self, value):
        self.a = value

    def _set_b(self, value):
        self.b = value

    def check(self):
        a = self.a
        return self._agree(a)

    def _agree(self, a):
        return (a, self.b) in ((0, 0), (1, -1))


class TwoStage:
    """The second number follows the first, each behind a lock of its own."""

    def __init__(self):
        self.first_lock, self.second_lock = Lock(), Lock()
        self.first = self.second = 0

    def write(self):
        with self.first_lock:
            self.first = 1
        with self.second_lock:
            self.second = self.first + 1

    def read(self):
        with self.first_lock:
            first = self.first
        if first == 0:
            return True
        with self.second_lock:
            return self.second == first + 1


class WrongLock:
    """One counts behind the lock of the data, the others behind the lock of the object."""

    def __init__(self):
        self.data_lock, self.own_lock = Lock(), Lock()
        self.data = 0

    def guarded(self):
        with self.data_lock:
            before = self.data
            self._add()
            return self.data == before + 1

    def others(self):
        with self.own_lock:
            self._add()

    def _add(self):
        self.data += 1
