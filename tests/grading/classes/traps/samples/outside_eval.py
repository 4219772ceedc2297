"""An expression that is made when it runs."""


class Made:
    def __init__(self):
        self.n = 0

    def add(self):
        self.n = eval("abs(it.n) + 1", {"it": self})
