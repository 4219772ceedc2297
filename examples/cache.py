"""A cache with a lock around each access, and a race all the same. `python3 lab.py grade examples/cache.py:Cache` finds it."""

import threading
from typing import Any


class Cache:
    """Keeps the newest `maxsize` values."""

    def __init__(self, maxsize: int = 100) -> None:
        self.maxsize = maxsize
        self._items: dict[str, Any] = {}
        self._lock = threading.Lock()

    def put(self, key: str, value: Any) -> None:
        """Keep a value, in place of the oldest one if there is no room."""
        if len(self) >= self.maxsize:
            self.drop_oldest()
        with self._lock:
            self._items[key] = value

    def get(self, key: str) -> Any:
        """The value; None if there is none."""
        with self._lock:
            return self._items.get(key)

    def drop_oldest(self) -> None:
        """Make room for one more."""
        with self._lock:
            if self._items:
                del self._items[next(iter(self._items))]

    def __len__(self) -> int:
        with self._lock:
            return len(self._items)
