"""Makes things when they are first asked for."""

from __future__ import annotations

import threading


class Registry:
    """Looks, and makes a number if there is none."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = 1

    def _new(self) -> int:
        number = self._next
        self._next = number + 1
        return number

    def number(self, name: str) -> int:
        """The number of a name."""
        if name not in self._numbers:
            self._numbers[name] = self._new()
        return self._numbers[name]

    def names(self) -> int:
        """How many there are."""
        return len(self._numbers)


class Once(Registry):
    """The same, right: it looks once more when it holds the lock."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def number(self, name: str) -> int:
        """The number of a name."""
        if name not in self._numbers:
            with self._lock:
                return super().number(name)
        return self._numbers[name]
