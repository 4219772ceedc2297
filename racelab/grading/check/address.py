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
    parts = _split(url)
    if parts is None:
        meant = f"http://{url}"
        only_begun_wrong = not url.startswith("http") and "://" not in url and _split(meant) is not None
        such = meant if only_begun_wrong else "http://127.0.0.1:5000"
        raise BadAddress(f"The address of a server is written like {such}. Got {url!r}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadAddress("The address may have a host, a port and a path; no user name, no `?` and no `#`.")
    return parts


def _split(url: str) -> SplitResult | None:
    """Its parts; None if it names no server."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if named and url.isprintable() and " " not in url else None
