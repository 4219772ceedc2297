"""Swallows what it is not asked to swallow."""


class Stubborn:
    def __init__(self):
        self.n = 0

    def add(self):
        n = self.n
        try:
            n = abs(n)
        except BaseException:
            n = -1
        self.n = n + 1
