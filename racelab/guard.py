"""What every answer and every request of the app has in common: who may ask, and how errors and headers look."""

from __future__ import annotations

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from session_manager.problems import from_http_exception

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOR_FILES = list(HEADERS.items())
FOR_THE_REST = [*FOR_FILES, ("Cache-Control", "no-store")]


def guard(app: Flask) -> None:
    """Refuse other sites' requests, answer errors in words, and send the security headers."""
    app.before_request(_refuse_other_sites)
    app.register_error_handler(HTTPException, _tell)
    app.after_request(_add_headers)


def _refuse_other_sites() -> None:
    """A page of another site must not be able to change anything here; browsers say where a request comes from."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # Compared as text: whoever sends an origin that cannot be parsed is no page of ours either.
    elsewhere = origin is not None and origin.partition("://")[2] != request.host
    if site not in (None, "same-origin", "none") or elsewhere:
        abort(403, "This request comes from another site, and only the lab's own pages may change anything here.")


def _tell(error: HTTPException) -> Response:
    """Problem JSON for programs, a page for people; both keep the headers that belong to the error (405: Allow)."""
    if error.response is not None:
        return from_http_exception(error) if error.code is None else Response(error.get_body(), error.code)
    answer = from_http_exception(error)
    accepts = request.accept_mimetypes
    wants_page = accepts.accept_html and accepts["text/html"] > accepts["application/json"]
    # Whoever asked for a host that is not ours gets no page: its links could not be built.
    if wants_page and not isinstance(error, SecurityError):
        status = error.code or 500
        answer.set_data(render_template("error.html", title=error.name, status=status, detail=error.description))
        answer.mimetype = "text/html"
    return answer


def _add_headers(answer: Response) -> Response:
    # In one go: this runs for every request of a load, and setting them one by one took longer than the manager.
    answer.headers.extend(FOR_FILES if request.endpoint == "static" else FOR_THE_REST)
    return answer
