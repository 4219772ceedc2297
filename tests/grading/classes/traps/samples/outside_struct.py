"""An array of numbers, and a window on it."""

import array


class Window:
    def __init__(self):
        self.data = array.array("i", [0])
        self.view = memoryview(self.data)

    def add(self):
        n = self.data[0]
        self.view[0] = abs(n) + 1

    def read(self):
        return self.data[0]
