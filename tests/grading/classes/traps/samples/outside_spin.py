"""Waits by looking again and again."""


class Spin:
    def __init__(self):
        self.ready = False
        self.value = None

    def set(self):
        self.ready = True
        self.value = str("set")

    def get(self):
        while not self.ready:
            pass
        return self.value
