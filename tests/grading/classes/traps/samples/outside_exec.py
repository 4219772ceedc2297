"""Code that is made when it runs."""


class Made:
    def __init__(self):
        self.n = 0

    def add(self):
        exec("n = it.n\nit.n = abs(n) + 1", {"it": self})
