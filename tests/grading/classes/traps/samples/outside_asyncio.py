"""An event loop for each call."""

import asyncio


class Loop:
    def __init__(self):
        self.n = 0

    async def _add(self):
        n = self.n
        await asyncio.sleep(0)
        self.n = n + 1

    def add(self):
        asyncio.run(self._add())
