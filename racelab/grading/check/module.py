"""The six routes of the Rust original, as the lab serves them too: the session's id stands in the path."""

from __future__ import annotations

import json
from typing import Any, Self

from .site import Answer, Rows, fate, trouble
from .wire import Reply, Wire

HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "session-race-lab check"}
ALONE = {**HEADERS, "Connection": "close"}


class Module:
    """A server that has them. A read counts one access: it is the count of this protocol.

    Args:
        wire: the connections to it.
        base: the path that they are under, without a slash at its end.
    """

    name = "module"
    holds = False

    def __init__(self, wire: Wire, base: str) -> None:
        self.wire, self._base = wire, base

    def visitor(self, alone: bool = False) -> Holder:
        """A new visitor, without a session."""
        return Holder(self.wire, self._base, ALONE if alone else HEADERS)

    def rows(self) -> Rows | None:
        """The six routes do not say."""
        return None

    def is_lab(self) -> bool:
        """Whether it is this lab, which counts these requests too: at that path, or one above the manager's name."""
        roots = dict.fromkeys((self._base.rpartition("/")[0], self._base))
        said = [self.wire.send("GET", f"{root}/lab/status", HEADERS).json() for root in roots]
        return any(isinstance(status, dict) and "run" in status for status in said)


class Holder:
    """A visitor: the id of its session, and the requests that name it."""

    def __init__(
        self, wire: Wire, base: str, headers: dict[str, str], session_id: str = "none", user: str = ""
    ) -> None:
        self._wire, self._base, self._headers = wire, base, headers
        self._id, self._user = session_id, user

    def log_in(self, user: str) -> Answer:
        """POST /api/login."""
        body = {"username": user, "password": "check"}
        reply = self._send("POST", "/api/login", body)
        said = reply.json()
        given = said.get("session_id") if isinstance(said, dict) else None
        if fate(reply) == "acknowledged" and not (isinstance(given, str) and given.isprintable() and given.isascii()):
            words = f"POST {self._base}/api/login gave no session_id."
            return Answer("unknown", reply.status, trouble=words, began=reply.began, ended=reply.ended)
        if fate(reply) == "acknowledged":
            self._id, self._user = str(given), user
        return self._answer(reply, "POST", "/api/login")

    def set(self, key: str, value: str, hold: int) -> Answer:  # noqa: ARG002 - these routes cannot be told to wait
        """PUT one preference."""
        path = f"/api/session/{self._id}/prefs"
        return self._answer(self._send("PUT", path, {"key": key, "value": value}), "PUT", path)

    def count(self, hold: int) -> Answer:  # noqa: ARG002
        """GET the session, which counts an access."""
        return self.read()

    def read(self, hold: int = 0) -> Answer:  # noqa: ARG002
        """GET the session: what it was before this access was counted."""
        path = f"/api/session/{self._id}"
        reply = self._send("GET", path)
        if fate(reply) != "acknowledged":
            return self._answer(reply, "GET", path)
        shape = session(reply.json())
        if shape is None:
            words = f"GET {self._base}/api/session/... answered {reply.status}, but with no session."
            return Answer("unknown", reply.status, trouble=words, began=reply.began, ended=reply.ended)
        n, keys, user = shape
        return Answer("acknowledged", reply.status, n, keys, user, began=reply.began, ended=reply.ended)

    def log_out(self) -> Answer:
        """DELETE the session."""
        path = f"/api/logout/{self._id}"
        return self._answer(self._send("DELETE", path), "DELETE", path)

    def copy(self) -> Self:
        """Somebody who kept the id."""
        return type(self)(self._wire, self._base, self._headers, self._id, self._user)

    def _send(self, method: str, path: str, body: dict[str, str] | None = None) -> Reply:
        sent = None if body is None else json.dumps(body).encode()
        return self._wire.send(method, self._base + path, self._headers, sent)

    def _answer(self, reply: Reply, method: str, path: str) -> Answer:
        outcome = fate(reply)
        said = reply.json() if outcome == "unknown" else None
        if isinstance(said, dict) and said.get("definite") is True:
            outcome = "refused"  # a 5xx that promises that nothing was changed
        words = trouble(reply, f"{method} {self._base}{path.replace(self._id, '...')}")
        return Answer(outcome, reply.status, trouble=words, began=reply.began, ended=reply.ended)


def session(said: Any) -> tuple[int, dict[str, Any], str] | None:
    """Count, keys and user of an answer, or None if it is no session."""
    if not isinstance(said, dict):
        return None
    n, keys, user = said.get("access_count"), said.get("metadata"), said.get("username")
    if isinstance(n, int) and isinstance(keys, dict) and isinstance(user, str):
        return n, keys, user
    return None
