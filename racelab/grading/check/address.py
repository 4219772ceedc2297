"""The URL that a check is given, checked."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


class BadAddress(ValueError):
    """It is no address of a server; the message says how one is written."""


def parsed(url: str) -> SplitResult:
    """The parts of a URL that names a server.

    Raises:
        BadAddress: it does not.
    """
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or not url.isprintable() or " " in url:
        such = "127.0.0.1:5000" if "/" in url or " " in url or not url.isprintable() else url
        raise BadAddress(f"The address of a server is written like http://{such}. Got {url!r}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadAddress("The address may have a host, a port and a path; no user name, no `?` and no `#`.")
    return parts
