"""A load borrows the dials: if it dies, they go back by themselves.

Whoever sets dials for the time of a load takes a lease and renews it. A load that is killed, or loses its network,
renews nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .json_types import DialsJson

LONGEST = 60.0
"""Seconds of one lease at most."""


class Lease:
    """See the module.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._before: DialsJson | None = None

    def take(self, seconds: float, dials: Callable[[], DialsJson]) -> None:
        """Take it or renew it; with 0 seconds end it, and put nothing back.

        Args:
            seconds: until it runs out.
            dials: asked for their present settings when it is taken, to be put back when it has run out.
        """
        with self._lock:
            if not seconds:
                self._before = None
                return
            if self._before is None:
                self._before = dials()
            self._until = self._clock() + seconds

    def run_out(self) -> DialsJson | None:
        """What to put back, once, if it has run out."""
        with self._lock:
            if self._before is None or self._clock() < self._until:
                return None
            before, self._before = self._before, None
            return before
