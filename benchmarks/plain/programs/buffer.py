"""A buffer with room for a few things: whoever finds it full, or empty, waits."""

from __future__ import annotations

import threading


class Buffer:
    """Right.

    Args:
        room: for how many things.
    """

    def __init__(self, room: int) -> None:
        self._room, self._things = room, list[str]()
        self._changed = threading.Condition()

    def put(self, thing: str) -> None:
        """At the end."""
        with self._changed:
            while len(self._things) >= self._room:
                self._changed.wait()
            self._things.append(thing)
            self._changed.notify_all()

    def get(self) -> str:
        """From the front."""
        with self._changed:
            while not self._things:
                self._changed.wait()
            thing = self._things.pop(0)
            self._changed.notify_all()
            return thing
