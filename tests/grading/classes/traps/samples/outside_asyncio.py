"""A coroutine, driven by hand: it lets go in the middle."""

import asyncio


class Driven:
    def __init__(self):
        self.n = 0

    async def _add(self):
        n = self.n
        await asyncio.sleep(0)
        self.n = n + 1

    def add(self):
        coroutine = self._add()
        try:
            while True:
                coroutine.send(None)
        except StopIteration:
            return None
