"""Classes for the tests of the fixture `race`, in a module of their own as a reader has them."""

from __future__ import annotations

import threading


class Counter:
    """Counts without a lock; `made` says how many there have been in this process."""

    made = 0

    def __init__(self) -> None:
        self.count = 0
        type(self).made += 1

    def add(self) -> None:
        """One more."""
        now = int(self.count)
        self.count = now + 1


class Locked(Counter):
    """With a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def add(self) -> None:
        """One more."""
        with self.lock:
            super().add()


class Hits:
    """Counts in one step, which it is with the GIL alone."""

    def __init__(self) -> None:
        self.count = 0

    def hit(self) -> None:
        """One more."""
        self.count += 1


def limited(limit: int = 3) -> Locked:
    """A factory."""
    made = Locked()
    made.count = -limit
    return made
