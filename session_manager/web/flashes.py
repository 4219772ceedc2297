"""The messages of `flask.flash`, which requests at the same time put into one list and take out of it.

Flask reads the whole list, and writes it with one message more; and whoever shows the messages removes the list. For
the store both are a read and a write of one key, and the second of two requests would get a 409 because of a message,
also a page that only shows some. But appending and taking away do not depend on each other. So after a conflict on this
key, and on no other, the request's own part is done again on what is there now: what it has appended is appended, what
it has shown is taken away. No message is lost. Two pages that are made at the same time may both show the same one,
which is better than one that cannot be shown because it was.
"""

from __future__ import annotations

from typing import Any

FLASHES = "_flashes"
"""Flask's key."""


def merged(base: list[Any], ours: list[Any], now: list[Any], shown: bool) -> list[Any]:
    """The list as it would be if this request came after the others.

    Args:
        base: what this request has read.
        ours: what it would write; nothing if it would remove the list.
        now: what the others have made of it.
        shown: whether this request has removed the list: it may then have appended what was in it.
    """
    if not shown and ours[: len(base)] == base:
        return now + ours[len(base) :]  # it has appended, and taken nothing away
    # It has shown all, and perhaps appended after that. The others have appended, or have shown all too.
    left = now[len(base) :] if now[: len(base)] == base else now
    return left + ours
