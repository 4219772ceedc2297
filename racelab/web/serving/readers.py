"""In a class: whoever asks from another computer may read the pages, without the students' names, and change nothing.

What counts is the address that the connection comes from. No header can make a request one of this computer.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, abort, request

from .guard import SAFE_METHODS
from .own_computer import why_not_now

READ: Final = ("lab", "replay", "classroom")
"""The blueprints of the pages. The API of the sessions is none: there a GET counts an access."""
NOT_READ: Final = ("lab.census", "lab.cleanup", "lab.export_json", "lab.export_html")
"""The first two are for load tools, and look at every session; the others are all that was measured, at once."""
ONLY: Final = (
    "Only the computer that serves this lab may {}, at its own address http://127.0.0.1; all others may read the pages."
)
CODE: Final = (
    "No request from another computer may have this lab run code. You may read the pages here, and watch the runs; "
    "a lab on your own computer grades a class of yours."
)
"""Of *Your code*: not even the computer that serves the lab may, where others can reach it."""


def read_only(app: Flask) -> None:
    """Hold the app to it, and let its pages say so."""
    app.before_request(_refuse)
    app.context_processor(lambda: {"classroom": True, "reads_only": elsewhere()})


def _refuse() -> None:
    why = why_not_now(request)
    if why and not _reads():
        abort(403, _refusal(why))


def _refusal(why: str) -> str:
    """What holds for what was asked: to run code, to look at something that is no page, or to change something."""
    if request.blueprint == "your_code":
        return f"{CODE} {why} Nothing was run."
    if request.method in SAFE_METHODS:
        return f"{ONLY.format('ask for this')} {why}"
    return f"{ONLY.format('change something here')} {why} Nothing was changed."


def elsewhere() -> bool:
    """Whether the present request may only read."""
    return bool(why_not_now(request))


def _reads() -> bool:
    """Whether the request asks for a page, for what it polls, or for one of its files."""
    if request.method not in SAFE_METHODS or request.endpoint in NOT_READ:
        return False
    return request.endpoint == "static" or request.blueprint in READ
