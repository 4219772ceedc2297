"""Access control, error responses and security headers of the whole app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from session_manager.web.problems import from_http_exception

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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


class SecurityHeaders:
    """Adds the headers to every answer. Around the app, not in it: `Response.headers` would look at each one anew.

    Args:
        wrapped: the app.
        static: where the path of a file begins; files may be kept by the browser.
    """

    def __init__(self, wrapped: WSGIApplication, static: str) -> None:
        self._wrapped = wrapped
        self._static = static

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        added = FOR_FILES if environ["PATH_INFO"].startswith(self._static) else FOR_THE_REST

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *added], *failed)

        return self._wrapped(environ, start)


def guard(app: Flask) -> None:
    """Refuse requests of other sites, describe errors in words, and send the security headers."""
    app.before_request(_refuse_other_sites)
    app.register_error_handler(HTTPException, _tell)
    app.wsgi_app = SecurityHeaders(app.wsgi_app, f"{app.static_url_path}/")  # type: ignore[method-assign]


def _refuse_other_sites() -> None:
    """A page of another site must not be able to change anything here; browsers say where a request comes from."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    # Compared as text: an origin that cannot be parsed is not a page of the lab either.
    elsewhere = origin is not None and origin.partition("://")[2] != request.host
    if site not in (None, "same-origin", "none") or elsewhere:
        abort(403, "This request comes from another site. Only the lab's own pages may make changes.")


def _tell(error: HTTPException) -> Response:
    """Problem JSON for programs, a page for people; both keep the headers that belong to the error (405: Allow)."""
    if error.response is not None:
        return from_http_exception(error) if error.code is None else Response(error.get_body(), error.code)
    answer = from_http_exception(error)
    accepts = request.accept_mimetypes
    wants_page = accepts.accept_html and accepts["text/html"] > accepts["application/json"]
    # A request for another host gets no page: its links could not be built.
    if wants_page and not isinstance(error, SecurityError):
        status = error.code or 500
        answer.set_data(render_template("error.html", title=error.name, status=status, detail=error.description))
        answer.mimetype = "text/html"
    return answer
