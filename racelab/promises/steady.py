"""Unix time that never goes back: the time of day when the process started, and what has passed since.

A difference of two of these is a duration, also if somebody sets the clock in between.
"""

from __future__ import annotations

import time

_OFFSET = time.time() - time.monotonic()


def now() -> float:
    """Unix time in seconds."""
    return _OFFSET + time.monotonic()


def at(monotonic_ns: int) -> float:
    """The same of a reading of `time.monotonic_ns`, also of one in another process of this machine."""
    return _OFFSET + monotonic_ns / 1e9
