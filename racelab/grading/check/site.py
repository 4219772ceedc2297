"""What a check needs of a server, whichever routes it has: visitors, and what became of each of their requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

from .wire import Reply, Wire

Fate = Literal["acknowledged", "refused", "unknown", "unsent"]
"""It took effect; it changed nothing; either is possible; it was not sent because the server is gone."""

OK = range(200, 300)
REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        n, keys, user: what a read shows: the count, the keys, and who is logged in (empty for nobody).
        worker: the process that answered, if it says so.
        trouble: why this is no acknowledgement, in words.
        began, ended: by `time.monotonic`.
    """

    fate: Fate
    status: int = 0
    n: int = 0
    keys: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    worker: str = ""
    trouble: str = ""
    began: float = 0.0
    ended: float = 0.0

    @property
    def good(self) -> bool:
        """Whether it was acknowledged."""
        return self.fate == "acknowledged"


@dataclass(frozen=True, slots=True)
class Rows:
    """How many sessions a store holds, and the seconds until one expires."""

    rows: int
    lifetime: float


class Visitor(Protocol):
    """One visitor. Many threads may use it at one time, as the tabs of a browser do."""

    def log_in(self, user: str) -> Answer:
        """Begin a session in which reads show this user."""
        ...

    def set(self, key: str, value: str, hold: int) -> Answer:
        """Set one key."""
        ...

    def count(self, hold: int) -> Answer:
        """Count one."""
        ...

    def read(self, hold: int = 0) -> Answer:
        """What is in the session."""
        ...

    def log_out(self) -> Answer:
        """End the session."""
        ...

    def copy(self) -> Self:
        """Somebody who kept the cookies of now, and changes them for no answer."""
        ...


class Site(Protocol):
    """A server with the routes of one protocol.

    Attributes:
        name: of the protocol.
        holds: whether a request can be told to wait between reading and writing.
    """

    name: str
    holds: bool
    wire: Wire

    def visitor(self, alone: bool = False) -> Visitor:
        """A new visitor; `alone`: each request over a connection of its own, so that any process may answer."""
        ...

    def rows(self) -> Rows | None:
        """How many sessions are held; None if the server does not say."""
        ...


def fate(reply: Reply) -> Fate:
    """What became of a request, by its status alone. An HTML page is no acknowledgement: error pages come so."""
    if reply.unsent:
        return "unsent"
    if reply.status in OK and not reply.is_page:
        return "acknowledged"
    return "refused" if reply.status in REFUSED else "unknown"


def trouble(reply: Reply, what: str) -> str:
    """Why a reply is no acknowledgement of `what` (method and path), as a sentence."""
    if reply.trouble:
        return f"{what}: {reply.trouble}"
    if reply.status in OK:
        return f"{what} answered {reply.status} with an HTML page." if reply.is_page else ""
    aim = f" to {reply.location[:80]}" if reply.location else ""
    return f"{what} answered {reply.status}{aim}."
