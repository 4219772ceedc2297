"""The cookies of one visitor, kept as a browser keeps them while several answers arrive at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Self

LARGEST = 4096
"""Bytes of a cookie's name and value; a browser ignores a larger one."""
ON_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")
"""Browsers send a `Secure` cookie to these without TLS too."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie: its value, the path that it is for, and whether it needs TLS."""

    value: str
    path: str
    secure: bool


class Jar:
    """The cookies of a visitor. Each answer changes it when it arrives, so the last one to arrive wins.

    Args:
        host: the server's name.
        tls: whether requests go over TLS.
    """

    def __init__(self, host: str, tls: bool) -> None:
        self._host = host
        self._private = tls or host in ON_THIS_COMPUTER
        self._lock = threading.Lock()
        self._cookies: dict[str, Cookie] = {}
        self._header: dict[str, str] = {}
        self.refused = ""

    def header(self, path: str) -> str:
        """The value of the `Cookie` header for a request to this path; empty if there is none."""
        with self._lock:
            if path not in self._header:
                fit = [(name, each) for name, each in self._cookies.items() if _covers(each.path, path)]
                self._header[path] = "; ".join(f"{name}={each.value}" for name, each in fit)
            return self._header[path]

    def take(self, path: str, set_cookies: Iterable[str]) -> None:
        """Keep what an answer to a request for this path sets, and drop what it ends."""
        with self._lock:
            for text in set_cookies:
                self._take(path, text)
                self._header.clear()

    def copy(self) -> Self:
        """The cookies of now, in a jar of their own: what somebody has who kept them."""
        other = type(self)(self._host, tls=True)
        with self._lock:
            other._private, other._cookies = self._private, dict(self._cookies)
        return other

    def __len__(self) -> int:
        return len(self._cookies)

    def _take(self, request_path: str, text: str) -> None:
        pair, *rest = text.split(";")
        name, found, value = (part.strip() for part in pair.partition("="))
        given = {key.strip().lower(): held.strip() for key, _, held in (each.partition("=") for each in rest)}
        self.refused = self._why_not(name, bool(found), len(pair), given) or self.refused
        if self._why_not(name, bool(found), len(pair), given):
            return
        if _over(given):
            self._cookies.pop(name, None)
            return
        path = given.get("path", "")
        path = path if path.startswith("/") else request_path.rpartition("/")[0] or "/"
        self._cookies[name] = Cookie(value, path, "secure" in given)

    def _why_not(self, name: str, found: bool, size: int, given: dict[str, str]) -> str:
        """Why a browser ignores a cookie, or nothing."""
        if not name or not found:
            return "it has no name"
        if size > LARGEST:
            return f"it has {size:,} bytes, and browsers ignore cookies of more than {LARGEST:,}"
        if "secure" in given and not self._private:
            return "it is marked Secure, and the URL is http"
        domain = given.get("domain", "").lstrip(".").lower()
        if domain and self._host != domain and not self._host.endswith("." + domain):
            return f"it is for the domain {domain[:64]}"
        return ""


def _over(given: dict[str, str]) -> bool:
    """Whether a cookie's time is over at once, which is how a server removes it. `Max-Age` goes before `Expires`."""
    if "max-age" in given:
        with suppress(ValueError):
            return int(given["max-age"]) <= 0
    with suppress(ValueError, TypeError, OverflowError, KeyError, IndexError):
        return parsedate_to_datetime(given["expires"]).timestamp() <= time.time()
    return False


def _covers(path: str, wanted: str) -> bool:
    """Whether a cookie for `path` goes with a request for `wanted`."""
    return wanted == path or wanted.startswith(path if path.endswith("/") else path + "/")
