"""The users of the page's load, where other processes serve: each has a connection of its own."""

from __future__ import annotations

import http.client
import json as format_json
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

NO_HEADERS: Final[Mapping[str, str]] = {}
PATIENCE = 30.0
"""Seconds until an answer counts as missing."""
UNIX = "unix:"
"""How the address of a socket with a path begins."""


class ByPath(http.client.HTTPConnection):
    """A connection to a socket of this computer that has a path.

    Args:
        path: of the socket.
    """

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        """Connect, by the path."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connection_to(address: str) -> http.client.HTTPConnection:
    """A connection to `HOST:PORT` or `unix:PATH`, not opened yet."""
    if address.startswith(UNIX):
        return ByPath(address.removeprefix(UNIX))
    host, _, port = address.rpartition(":")
    return http.client.HTTPConnection(host, int(port), timeout=PATIENCE)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer; status 0 if there was none."""

    status_code: int
    text: bytes = b""

    def get_json(self, silent: bool = True) -> Any:  # noqa: ARG002 - as of Flask's
        """The JSON in it; None if it is none."""
        with suppress(ValueError):
            return format_json.loads(self.text)
        return None


class Wire:
    """The client of one user.

    Args:
        address: where the workers answer.
    """

    def __init__(self, address: str) -> None:
        self._connection = connection_to(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def open(
        self, path: str, *, method: str, json: dict[str, Any] | None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Heard:
        """Send one request, once: one without an answer may have taken effect."""
        body = None if json is None else format_json.dumps(json)
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = self._connection.getresponse()
            return Heard(answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Heard(0)
