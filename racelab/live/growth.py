"""Whether a cleanup queue has only grown, and for how long: looked at with each sample, at constant cost."""

from __future__ import annotations

import time
from collections.abc import Callable

PLATEAU = 10.0
"""Seconds without any growth after which a queue counts as at rest: ids that are stuck are no growth."""


class Growth:
    """The growth of one queue.

    Args:
        clock: seconds that never step back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._length = 0
        self._began = self._grew = clock()

    def note(self, length: int) -> None:
        """The queue is so long now."""
        now = self._clock()
        if length < self._length or now - self._grew > PLATEAU:
            self._began = self._grew = now
        if length > self._length:
            self._grew = now
        self._length = length

    def seconds(self) -> float:
        """For how long it has grown without becoming shorter."""
        return self._grew - self._began
