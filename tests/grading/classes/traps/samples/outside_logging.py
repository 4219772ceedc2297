"""A handler of one's own has state."""

import logging


class Counting(logging.Handler):
    def __init__(self):
        super().__init__()
        self.n = 0

    def createLock(self):
        self.lock = None

    def emit(self, record):
        n = self.n
        self.n = abs(n) + 1


class Service:
    def __init__(self):
        self.handler = Counting()
        self.log = logging.getLogger("trap")
        self.log.propagate = False
        self.log.setLevel("INFO")
        self.log.addHandler(self.handler)

    def work(self):
        self.log.info("work")

    def seen(self):
        return self.handler.n
