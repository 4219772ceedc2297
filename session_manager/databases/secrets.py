"""What of a URL may be shown: an error is read by others, and stays in logs."""

from __future__ import annotations

import re

_AS_OPTION = re.compile(r"([?&][^=&]*pass[^=&]*=)[^&#]*", re.IGNORECASE)


def without_password(url: object) -> str:
    """The URL with asterisks for user and password, also if it is malformed, and for a password among its options."""
    text = str(url)
    who, at, where = text.rpartition("@")
    if at:
        scheme, slashes, _ = who.partition("//")
        text = f"{scheme + slashes if slashes else ''}***@{where}"
    return _AS_OPTION.sub(r"\1***", text)
