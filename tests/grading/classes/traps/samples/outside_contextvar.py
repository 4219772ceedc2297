"""A context variable is the task's own - what it holds is not."""

import contextvars

_cell = contextvars.ContextVar("cell")


class Counter:
    def __init__(self):
        self.cell = [0]

    def add(self):
        _cell.set(self.cell)
        n = _cell.get()[0]
        self.cell[0] = abs(n) + 1
