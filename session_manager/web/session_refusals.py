"""What a client is told whose changes could not be saved: 409, 503 or 500, and what to do now.

Flask calls `save_session` after all its error handlers, and an error there would be a bare 500. So the response that
the view has made is turned into the refusal in place. None of its cookies goes out: one of them may log somebody in.

The errors name session ids, which are secrets of the client's cookie. So no error's own words are shown.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Response, request
from markupsafe import escape

from ..databases import CannotOpen, DatabaseUnavailable
from ..model import RowChangedElsewhere, SessionError, SessionNotFound, TooManySessions
from ..sessions.contract import SessionConflict
from ..shared.errors import EngineRefused
from .open_store import NotServing
from .problems import problem

log = logging.getLogger(__name__)
CONFLICT = (
    "Another request of this session has changed the same data at the same time. This one has changed nothing in it. "
    "Try again."
)
ENDED = (
    "This session was ended, by a logout for instance, while this request was in progress. Nothing was changed in it. "
    "Log in again."
)
FULL = "There is no room for more sessions. Nothing was changed. Try again later."
PARTLY = (
    "Another request of this session has changed the same data at the same time. A part of this one was saved before "
    "that and stays; the rest was not saved. Look before you try again."
)
AWAY = "The sessions could not be reached. Nothing was changed. Try again."
UNKNOWN = "The sessions could not be reached. The change may have been saved: look before you try again."
BROKEN = "The session could not be saved because of an error in this application. Nothing was changed in it."
OF_THE_BODY = (
    "content-", "set-cookie", "etag", "last-modified", "location", "refresh", "accept-ranges", "expires", "age",
    "x-sendfile", "x-accel-redirect",
)  # fmt: skip
"""How the names of such headers begin. The last two tell a server in front to send a file in place of the body."""
KINDS = ("application/problem+json", "application/json", "text/html")
KEPT = ("content-security-policy", "content-security-policy-report-only")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<p>{detail}</p>
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, a sentence, and whether it is certain that nothing was changed; None if it is the app's own error."""

    status: int
    detail: str
    definite: bool | None = True


def refusal_of(error: Exception, ended: bool = False, partly: bool = False) -> Refusal:
    """What to answer to an error of the session.

    Args:
        error: of the store, or any other.
        ended: whether the session that the client had is closed now, because it was to get a new id.
        partly: whether the request has changed something before, with `add` for instance, which stays.
    """
    if isinstance(error, SessionConflict | RowChangedElsewhere):
        if partly and not ended:
            return Refusal(409, PARTLY, False)
        return Refusal(409, ENDED if ended else CONFLICT)
    if isinstance(error, SessionNotFound):
        return Refusal(409, ENDED)
    if isinstance(error, TooManySessions):
        return Refusal(503, FULL)
    if isinstance(error, DatabaseUnavailable | CannotOpen | EngineRefused):
        log.warning("A request was answered with 503. %s", error)
        nothing = error.definite and not partly
        return Refusal(503, AWAY if nothing else UNKNOWN, nothing)
    if isinstance(error, NotServing):
        return Refusal(503, str(error))
    return Refusal(500, BROKEN, error.definite if isinstance(error, SessionError) else None)


def answer(refusal: Refusal) -> Response:
    """A response: HTML for a browser that shows a page, problem+json for all others."""
    made = problem(refusal.status, refusal.detail, refusal.definite)
    if request.accept_mimetypes.best_match(KINDS) == "text/html":
        title = escape(made.status.partition(" ")[2].title())
        made.set_data(PAGE.format(title=title, detail=escape(refusal.detail)))
        made.mimetype = "text/html"
    made.headers["Cache-Control"] = "no-store"
    return made


def turn_into(response: Response, refusal: Refusal) -> None:
    """Replace the status, the body and what belongs to it, and all cookies. Those of CORS stay."""
    close = getattr(response.response, "close", None)
    if close is not None:
        close()  # a stream that is never sent
    told = answer(refusal)
    for name in {name.lower() for name, _ in response.headers}:
        if not name.startswith(OF_THE_BODY) or name in KEPT:
            continue
        del response.headers[name]
    response.status = told.status
    response.set_data(told.get_data())
    for name in ("Content-Type", "Cache-Control"):
        response.headers[name] = told.headers[name]
