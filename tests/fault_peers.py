"""A client and an echo server for the tests of `tests/fault_proxy.py`."""

from __future__ import annotations

import queue
import socket
import threading
from typing import Self

import pytest

from tests.fault_flow import CHUNK
from tests.faults import Ending

PATIENCE = 20.0
SOON = 0.05
"""Seconds after which a client that hears nothing gives up."""


class Echo:
    """Answers `data` with `<data>`, and tells the test what it has received and how each connection has ended."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.events: queue.Queue[bytes | str] = queue.Queue()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def heard(self) -> bytes | str:
        """The next event, waited for."""
        return self.events.get(timeout=PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
            self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(CHUNK):
                    self.events.put(data)
                    connection.sendall(b"<" + data + b">")
                self.events.put("end")
            except OSError:
                self.events.put("reset")


class Client:
    """A plain socket through the proxy."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)

    def send(self, data: bytes) -> Self:
        self.socket.sendall(data)
        return self

    def read(self, size: int) -> bytes:
        """So many bytes, or fewer if the end comes before."""
        data = b""
        while len(data) < size and (more := self.socket.recv(size - len(data))):
            data += more
        return data

    def ask(self, data: bytes) -> bytes:
        return self.send(data).read(len(data) + 2)

    def hears_nothing(self) -> bool:
        self.socket.settimeout(SOON)
        with pytest.raises(TimeoutError):
            self.socket.recv(1)
        self.socket.settimeout(PATIENCE)
        return True

    def ending(self) -> Ending:
        """How the connection ends; there must be nothing to read before."""
        try:
            assert self.socket.recv(1) == b""
        except ConnectionResetError:
            return Ending.RESET
        return Ending.FIN
