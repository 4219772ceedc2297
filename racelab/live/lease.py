"""A load from outside borrows the dials: if it dies, they go back by themselves, and until then no other may have them.

Whoever sets dials for the time of a load takes a lease and renews it. A load that is killed, or loses its network,
renews nothing. With each renewal it says how many users it has, and hears whether it is asked to stop.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from ..traffic import TRAFFIC
from .json_types import DialsJson, OutsideJson

LONGEST = 60.0
"""Seconds of one lease at most."""
MOST_USERS = 1_000_000


class LeaseTaken(Exception):
    """Another load has the dials; the message says how long to wait at most."""


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
        self._users = 0
        self._kind = ""
        self._stopping = False

    def take(
        self,
        seconds: object,
        dials: Callable[[], DialsJson],
        users: object = 0,
        begins: bool = False,
        kind: object = "",
    ) -> bool:
        """Take it or renew it; with 0 seconds end it, and put nothing back.

        Args:
            seconds: until it runs out.
            dials: asked for their present settings when it is taken, to be put back when it has run out.
            users: how many the load has.
            begins: whether this is another load than before.
            kind: its workload when it begins, if it is one of the lab's own.

        Returns:
            Whether the load is asked to stop.

        Raises:
            LeaseTaken: it begins, and the lease of another one has not run out.
            ValueError: that is no time from 0 to `LONGEST`, no number of users, or no workload.
        """
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST:
            raise ValueError(f"`seconds` of a lease is a number from 0 to {LONGEST:g}; got {seconds!r}.")
        if not isinstance(users, int) or isinstance(users, bool) or not 0 <= users <= MOST_USERS:
            raise ValueError(f"`users` of a lease is a whole number from 0 to {MOST_USERS:,}; got {users!r}.")
        workload = _workload(kind)
        with self._lock:
            if not seconds:
                self._before = None
                return False
            if begins and self._before is not None and (left := self._until - self._clock()) > 0:
                raise LeaseTaken(
                    f"Another load from outside is running, with {self._users:,} users. Stop it on the lab's page, or "
                    f"wait for its end. If it has died, wait {math.ceil(left)} s: then the lab is free."
                )
            if self._before is None:
                self._before, begins = dials(), True
            self._kind = workload if begins else self._kind
            self._stopping = self._stopping and not begins
            self._until = self._clock() + seconds
            self._users = users
            return self._stopping

    def outside(self) -> OutsideJson | None:
        """The load that has it; None if there is none."""
        with self._lock:
            return None if self._before is None else self._told()

    def _told(self) -> OutsideJson:
        return {"users": self._users, "stopping": self._stopping, "kind": self._kind}

    def ask_to_stop(self) -> None:
        """The load hears it when it renews its lease."""
        with self._lock:
            self._stopping = self._before is not None

    def run_out(self) -> DialsJson | None:
        """What to put back, once, if it has run out."""
        with self._lock:
            if self._before is None or self._clock() < self._until:
                return None
            before, self._before = self._before, None
            return before


def _workload(kind: object) -> str:
    if not isinstance(kind, str) or kind not in ("", *TRAFFIC):
        raise ValueError(f"`kind` of a lease is one of {', '.join(TRAFFIC)}, or empty; got {kind!r}.")
    return kind
