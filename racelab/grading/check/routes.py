"""The four routes: set a key, count, read, log out; and `rows`, which a server may have."""

from __future__ import annotations

from typing import Any, Self

from .cookies import Jar
from .site import Answer, Rows, fate, trouble
from .wire import Reply, Wire

HEADERS = {"Accept": "application/json", "User-Agent": "session-race-lab check"}
ALONE = {**HEADERS, "Connection": "close"}


class Routes:
    """A server that has them.

    Args:
        wire: the connections to it.
        base: the path that they are under, without a slash at its end.
    """

    name = "routes"
    holds = True

    def __init__(self, wire: Wire, base: str) -> None:
        self.wire, self._base = wire, base

    def visitor(self, alone: bool = False) -> Browser:
        """A new visitor, with no cookie."""
        return Browser(self.wire, self._base, Jar(self.wire.host, self.wire.tls), ALONE if alone else HEADERS)

    def rows(self) -> Rows | None:
        """What `GET rows` says; None if there is no such route."""
        reply = self.wire.send("GET", f"{self._base}/rows", HEADERS)
        said = reply.json() if fate(reply) == "acknowledged" else None
        if not isinstance(said, dict):
            return None
        rows, lifetime = said.get("rows"), said.get("lifetime")
        if isinstance(rows, int) and isinstance(lifetime, int | float) and rows >= 0 < lifetime:
            return Rows(rows, float(lifetime))
        return None


class Browser:
    """A visitor: its cookies, and the requests that go with them."""

    def __init__(self, wire: Wire, base: str, jar: Jar, headers: dict[str, str], keeps: bool = True) -> None:
        self._wire, self._base, self.jar, self._headers, self._keeps = wire, base, jar, headers, keeps

    def log_in(self, user: str) -> Answer:
        """Set the key `user`: in the four routes, that is who is logged in."""
        return self.set("user", user, 0)

    def set(self, key: str, value: str, hold: int) -> Answer:
        """POST set. Key and value are letters, digits and hyphens."""
        return self._write("set", hold, f"&key={key}&value={value}")

    def count(self, hold: int) -> Answer:
        """POST count."""
        return self._write("count", hold)

    def log_out(self) -> Answer:
        """POST logout."""
        return self._write("logout", 0)

    def read(self, hold: int = 0) -> Answer:
        """GET read. An answer without a count and keys tells nothing."""
        reply = self._send("GET", "read", hold)
        outcome, said = fate(reply), reply.json()
        shape = seen(said)
        if outcome == "acknowledged" and shape is None:
            words = f'GET {self._base}/read answered {reply.status}, but not like {{"n": 3, "keys": {{}}}}.'
            return Answer("unknown", reply.status, trouble=words, began=reply.began, ended=reply.ended)
        n, keys = shape or (0, {})
        user = keys.get("user")
        return Answer(
            outcome,
            reply.status,
            n,
            keys,
            user if isinstance(user, str) else "",
            worker(said),
            trouble(reply, f"GET {self._base}/read"),
            reply.began,
            reply.ended,
        )

    def copy(self) -> Self:
        """The cookies of now, which no answer changes any more."""
        return type(self)(self._wire, self._base, self.jar.copy(), self._headers, keeps=False)

    def known(self) -> bool:
        """Whether a cookie goes with its requests."""
        return bool(self.jar.header(f"{self._base}/read"))

    def _write(self, step: str, hold: int, query: str = "") -> Answer:
        reply = self._send("POST", step, hold, query)
        return Answer(
            fate(reply),
            reply.status,
            worker=worker(reply.json()) if reply.body[:1] == b"{" else "",
            trouble=trouble(reply, f"POST {self._base}/{step}"),
            began=reply.began,
            ended=reply.ended,
        )

    def _send(self, method: str, step: str, hold: int, query: str = "") -> Reply:
        path = f"{self._base}/{step}"
        cookies = self.jar.header(path)
        headers = {**self._headers, "Cookie": cookies} if cookies else self._headers
        reply = self._wire.send(method, f"{path}?hold={hold}{query}", headers, longer=hold / 1000)
        if self._keeps and reply.cookies:
            self.jar.take(path, reply.cookies)
        return reply


def seen(said: Any) -> tuple[int, dict[str, Any]] | None:
    """The count and the keys of an answer to read, or None if it is another one."""
    if not isinstance(said, dict) or not {"n", "keys"} & said.keys():
        return None
    n, keys = said.get("n", 0), said.get("keys", {})
    if not isinstance(n, int) or isinstance(n, bool) or not isinstance(keys, dict):
        return None
    return n, keys


def worker(said: Any) -> str:
    """The process that answered, if it says so."""
    named = said.get("worker") if isinstance(said, dict) else None
    return str(named)[:64] if isinstance(named, int | str) else ""
