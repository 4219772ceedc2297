"""The time of day by the modelled clock: what `time.time` says."""

from __future__ import annotations

import time

from racelab.explorer.kernel.threads import here

from . import clock


def wall_clock() -> float:
    """Seconds since 1970. While nothing is explored, the real ones."""
    return time.time() if here.memory is None else clock.read()
