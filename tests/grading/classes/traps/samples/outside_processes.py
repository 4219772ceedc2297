"""A number that processes share."""

import multiprocessing


class Counter:
    def __init__(self):
        self.n = multiprocessing.Value("i", 0)

    def add(self):
        n = self.n.value
        self.n.value = abs(n) + 1

    def read(self):
        return self.n.value
