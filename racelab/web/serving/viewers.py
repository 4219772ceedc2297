"""The number of open pages, and a polling rate for each that keeps the measurement fast."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

FASTEST_MS, REST_MS, SLOWEST_MS = 250, 1000, 5000
MOST_POLLS = 12
"""Polls a second, by all pages together. A page draws every change of the time between two polls, so none is missed."""
GONE_AFTER = 10.0
MOST_VIEWERS = 1000


class Viewers:
    """The pages that have polled recently.

    Args:
        clock: seconds that never step back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def again_ms(self, viewer: str, resting: bool = False) -> int:
        """Record a poll of this page. Returns the milliseconds until its next poll; more while nothing changes."""
        now = self._clock()
        with self._lock:
            self._seen = {name: at for name, at in self._seen.items() if now - at < GONE_AFTER}
            if viewer and len(self._seen) < MOST_VIEWERS:
                self._seen[viewer] = now
            return min(
                SLOWEST_MS, max(REST_MS if resting else FASTEST_MS, math.ceil(1000 * len(self._seen) / MOST_POLLS))
            )
