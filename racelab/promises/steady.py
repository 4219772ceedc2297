"""Unix time that never goes back: the time of day when the process started, and what has passed since.

A difference of two of these is a duration, also if somebody sets the clock in between.
"""

from __future__ import annotations

import time

_OFFSET = time.time() - time.monotonic()


def now() -> float:
    """Unix time in seconds."""
    return _OFFSET + time.monotonic()
