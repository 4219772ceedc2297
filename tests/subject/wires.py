"""A wire to a server, which a test can cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import sqlalchemy as sa


class Wire:
    """Carries bytes between a client and the server, until it is told to carry none.

    Args:
        url: of the server.
    """

    def __init__(self, url: str) -> None:
        self.server = sa.make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent, self._deaf = threading.Event(), threading.Event()
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()
        self.url = self.server.set(host="127.0.0.1", port=self._listener.getsockname()[1])

    def cut(self, only_answers: bool = False) -> None:
        """Carry nothing more, or nothing back; connections stay open."""
        (self._deaf if only_answers else self._silent).set()

    def close(self) -> None:
        """Close all of it."""
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self.server.host or "127.0.0.1", self.server.port or 5432))
                self._open += [client, server]
                for one, other, cut in ((client, server, self._silent), (server, client, self._deaf)):
                    threading.Thread(target=self._carry, args=(one, other, cut), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not self._silent.is_set() and not cut.is_set():
                    other.sendall(data)
            other.shutdown(socket.SHUT_WR)
