"""Coroutines: a call of one does nothing yet."""


class Coroutine:
    def __init__(self):
        self.n = 0

    async def add(self):
        n = self.n
        self.n = n + 1
        return n
