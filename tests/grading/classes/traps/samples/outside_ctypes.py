"""A number in memory of C's."""

import ctypes


class Number:
    def __init__(self):
        self.n = ctypes.c_int(0)

    def add(self):
        self.n.value = abs(self.n.value) + 1

    def read(self):
        return self.n.value
