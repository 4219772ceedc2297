"""Who asks a manager: the visitor whom a request names in a header, or a thread of the server.

It is a name for pictures and no identity: every client may say what it likes, and no verdict looks at it.
"""

from __future__ import annotations

import threading

from flask import request

from ..traffic import VISITOR_HEADER

MOST_CHARACTERS = 40

_IN_WSGI = f"HTTP_{VISITOR_HEADER.upper().replace('-', '_')}"


def caller() -> str:
    """The visitor's name, if the present request has one: printable ASCII of at most `MOST_CHARACTERS`; or a thread."""
    try:
        named: str = request.environ.get(_IN_WSGI, "")
    except RuntimeError:  # there is none
        named = ""
    if named and len(named) <= MOST_CHARACTERS and named.isascii() and named.isprintable():
        return named
    return threading.current_thread().name
