"""The users of the page's load, where other processes serve: each has a connection of its own."""

from __future__ import annotations

import http.client
import json as format_json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

PATIENCE = 30.0
"""Seconds until an answer counts as missing."""


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
        host, port: where the workers answer.
    """

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)

    def open(self, path: str, *, method: str, json: dict[str, Any] | None) -> Heard:
        """Send one request, once: one without an answer may have taken effect."""
        body = None if json is None else format_json.dumps(json)
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            return Heard(answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Heard(0)
