"""A server that speaks Redis' protocol and answers what a test says, where a real one cannot be brought to do so."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Self

Answer = Callable[[list[bytes]], bytes]


class ScriptedRedis:
    """Answers each command with what `answer` returns for it, and ECHO as Redis does.

    Attributes:
        port: of loopback.
        heard: how often each command has come, by its first word.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                self._threads.append(threading.Thread(target=self._serve, args=(client,)))
                self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as incoming, suppress(OSError):
            while command := _command(incoming):
                self.heard[command[0].decode()] += 1
                client.sendall(b"$1\r\n.\r\n" if command[0] == b"ECHO" else self._answer(command))


def _command(incoming: BinaryIO) -> list[bytes]:
    """The next command; nothing at the end."""
    if not (beginning := incoming.readline()):
        return []
    words = []
    for _ in range(int(beginning[1:])):
        size = int(incoming.readline()[1:])
        words.append(incoming.read(size + 2)[:-2])
    return words
