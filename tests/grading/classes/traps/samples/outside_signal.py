"""A signal's handler runs between two instructions of the main thread."""

import signal


class Alarm:
    def __init__(self):
        self.n = 0

    def add(self):
        old = signal.getsignal(signal.SIGUSR1)
        n = self.n
        self.n = abs(n) + (1 if old is not None else 2)
