"""The limit on sessions, without a count of all of them for each login.

A count asks every shard, which took four fifths of a login of 16 shards. After a count a worker may open a part of
the room that is left before it counts again: none if there is little room, so close to the limit each login counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..model import TooManySessions
from ..sync import Runtime

SHARE = 100
"""One part in so many of the room is for this worker alone: so many workers together cannot fill it unseen."""
SECONDS = 1.0
"""For which a count is believed: others open sessions too."""


@dataclass(slots=True)
class Allowance:
    """How many sessions may be opened without a further count, and until when."""

    left: int = 0
    until: float = 0.0


class Room:
    """See the module.

    Args:
        count: says how many sessions there are, open and waiting for cleanup.
        runtime: for the clock and a lock.
    """

    def __init__(self, count: Callable[[], int], runtime: Runtime) -> None:
        self._count, self._runtime = count, runtime
        self._allowance = runtime.lock("room", Allowance())

    def take(self, most: int) -> None:
        """One more session is about to be opened, of so many.

        Raises:
            TooManySessions: there is no room. Calls that run at the same time may pass together.
        """
        now = self._runtime.monotonic()
        with self._allowance as allowance:
            if allowance.left > 0 and now < allowance.until:
                allowance.left -= 1
                return
        room = most - self._count()
        if room <= 0:
            raise TooManySessions(most)
        with self._allowance as allowance:
            allowance.left, allowance.until = room // SHARE, now + SECONDS
