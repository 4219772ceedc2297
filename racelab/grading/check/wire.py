"""One request and its answer, within a time and a size, over connections that are used again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from .watch import Watch

LARGEST = 1 << 20
"""Bytes of an answer that are read; a larger one is no answer of the four routes."""
CONNECT = 3.0
"""Seconds until a connection must stand."""
MOST_CONNECTIONS = 256
GONE_AFTER = 3.0
"""Seconds without any answer, and"""
GONE_AT = 4
"""requests without one, after which a server counts as gone. A restart may take less."""
A_BREATH = 0.1
"""Seconds after a failure before the same client asks again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: the HTTP status; 0 if there is no complete answer.
        body: its bytes, at most `LARGEST`.
        kind, location, cookies: the headers Content-Type, Location and Set-Cookie.
        trouble: why there is no complete answer, as a sentence; otherwise empty.
        began, ended: when it was sent and when it had arrived, by `time.monotonic`.
        unsent: the server was gone, so it was not asked.
    """

    status: int
    body: bytes
    kind: str
    location: str
    cookies: tuple[str, ...]
    trouble: str
    began: float
    ended: float
    unsent: bool = False

    def json(self) -> Any:
        """The answer as JSON, or None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def is_page(self) -> bool:
        """Whether it is an HTML page."""
        return self.kind.startswith("text/html") or self.body[:64].lstrip()[:1] == b"<"


class Wire:
    """The connections to one server. For many threads.

    Args:
        url: scheme, host and port count.
        patience: seconds for one exchange.

    Attributes:
        requests: how many were sent, about: threads count without a lock.
        silent: requests without an answer since the last one that had one.
        gone: why the server is not asked any more; empty while it is.
    """

    def __init__(self, url: str, patience: float) -> None:
        parts = urlsplit(url)
        self.host, self.tls = (parts.hostname or "").lower(), parts.scheme == "https"
        self._watch, self._patience = Watch(), patience
        kind = urllib3.HTTPSConnectionPool if self.tls else urllib3.HTTPConnectionPool
        # A pool of its own, not a manager: no proxy, no redirect, no second try behind our back.
        self._pool = kind(self.host, parts.port, maxsize=MOST_CONNECTIONS, retries=False)
        self._pool.ConnectionCls = _watched(self._watch, self.tls)
        self.silent, self._answered = 0, time.monotonic()
        self._closed = threading.Event()
        self.requests = 0
        self.gone = ""

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        longer: float = 0.0,
    ) -> Reply:
        """Send a request once, and wait for the answer. Never raises for what a server or a network does.

        Args:
            target: path and query.
            longer: seconds that it may take beside the patience.

        A server that has not answered for a while is `gone`, and is not asked any more.
        """
        seconds = self._patience + longer
        began = time.monotonic()
        if self.ended:
            return Reply(0, b"", "", "", (), self.gone, began, began, unsent=True)
        self.requests += 1
        reply = self._exchange(method, target, headers, body, seconds, began)
        if reply.status:
            self.silent, self._answered = 0, reply.ended
        else:
            self._note_silence(reply)
        return reply

    def close(self) -> None:
        """Break what is in flight, and close all connections."""
        self._closed.set()
        self._watch.close()
        self._pool.close()

    @property
    def ended(self) -> bool:
        """Whether nothing is sent any more."""
        return bool(self.gone) or self._closed.is_set()

    def _exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        seconds: float,
        began: float,
    ) -> Reply:
        try:
            with self._watch.exchange(seconds):
                answer = self._pool.urlopen(
                    method,
                    target,
                    body,
                    dict(headers or {}),
                    redirect=False,
                    timeout=urllib3.Timeout(connect=min(CONNECT, seconds), read=seconds),
                    preload_content=False,
                    decode_content=False,
                )
                return _read(answer, began, seconds)
        except Exception as error:  # noqa: BLE001 - whatever a server makes of us is its answer
            ended = time.monotonic()
            why = _late(seconds) if ended - began > seconds else _sentence(error, seconds)
            return Reply(0, b"", "", "", (), why, began, ended)

    def _note_silence(self, reply: Reply) -> None:
        self.silent += 1
        if self.silent >= GONE_AT and reply.ended - self._answered >= GONE_AFTER:
            self.gone = self.gone or reply.trouble
        self._closed.wait(A_BREATH)


def _read(answer: urllib3.BaseHTTPResponse, began: float, seconds: float) -> Reply:
    """The answer with its body; a connection is used again only if its answer was read to its end."""
    try:
        body = answer.read(LARGEST + 1, decode_content=False)
    except BaseException:
        answer.close()
        raise
    trouble = ""
    if len(body) > LARGEST:
        trouble = f"The answer has more than {LARGEST:,} bytes, and was not read to its end."
    elif answer.length_remaining:
        late = time.monotonic() - began > seconds
        trouble = _late(seconds) if late else "The connection broke in the middle of the answer."
    if trouble:
        answer.close()
    else:
        answer.release_conn()
    head = answer.headers
    return Reply(
        0 if trouble else answer.status,
        body[:LARGEST],
        head.get("content-type", "").lower(),
        head.get("location", ""),
        tuple(head.getlist("set-cookie")),
        trouble,
        began,
        time.monotonic(),
    )


def _watched(watch: Watch, tls: bool) -> Any:
    """The class of connections that tell the watch which socket an exchange uses, and end when they were told to."""
    base: Any = HTTPSConnection if tls else HTTPConnection

    class Watched(base):  # type: ignore[misc]
        once = False

        @property
        def is_connected(self) -> bool:
            """Whether the pool may use it again. A server may close without a word what was asked for only once."""
            return not self.once and bool(super().is_connected)

        def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
            """Send."""
            if self.sock is None:
                self.connect()
            watch.uses(self.sock)
            self.once = headers is not None and headers.get("Connection") == "close"
            super().request(method, url, body, headers, **options)

    return Watched


def _late(seconds: float) -> str:
    return f"No complete answer within {seconds:g} s."


def _sentence(error: BaseException, seconds: float) -> str:
    """What went wrong on the way, in words."""
    reason = getattr(error, "reason", None)
    inner = reason if isinstance(reason, BaseException) else error
    name = type(inner).__name__
    if isinstance(inner, urllib3.exceptions.NameResolutionError):
        return "The name of the server is not known here."
    if isinstance(inner, urllib3.exceptions.NewConnectionError):
        refused = "refused" in str(inner).lower()
        return "The connection was refused." if refused else f"No connection could be made ({name})."
    if isinstance(inner, urllib3.exceptions.ConnectTimeoutError):
        return f"No connection within {min(CONNECT, seconds):g} s."
    if isinstance(inner, urllib3.exceptions.ReadTimeoutError):
        return _late(seconds)
    if isinstance(inner, urllib3.exceptions.SSLError) or "SSL" in name:
        return f"TLS failed: {str(inner)[:160]}."
    return f"The connection broke before there was a complete answer ({name})."
