"""Ends an exchange that takes too long. A time-out of a socket does not: each byte that arrives starts it anew."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

EVERY = 0.2
"""Seconds between two looks."""


class Watch:
    """A thread that breaks the connection of each exchange that is over its time."""

    def __init__(self) -> None:
        self._allowed: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="check-watch", daemon=True)
        self._thread.start()

    @contextmanager
    def exchange(self, seconds: float) -> Iterator[None]:
        """What happens inside on this thread may take so long once it has a connection."""
        me = threading.get_ident()
        self._allowed[me] = seconds
        try:
            yield
        finally:
            for each in (self._sockets, self._due, self._allowed):
                each.pop(me, None)

    def uses(self, connection: socket.socket) -> None:
        """The exchange of this thread goes over this connection."""
        me = threading.get_ident()
        self._sockets[me] = connection
        self._due[me] = time.monotonic() + self._allowed[me]
        if self._closed.is_set():
            _break(connection)

    def close(self) -> None:
        """End every exchange now, and each that comes later."""
        self._closed.set()
        self._thread.join()
        for connection in list(self._sockets.values()):
            _break(connection)

    def _run(self) -> None:
        while not self._closed.wait(EVERY):
            now = time.monotonic()
            for thread, due in list(self._due.items()):
                if now > due and (connection := self._sockets.get(thread)) is not None:
                    _break(connection)


def _break(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended in the meantime
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # TLS has a farewell of its own, which may wait
