"""Access control, error responses and security headers of the whole app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, render_template, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from session_manager.web.problems import from_http_exception

from .hosts import Hosts, name_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MOST_PROXIES = 8
OWN = ("same-origin", "none")
FOREIGN = ("cross-site", "same-site")
FOREIGN_CHANGE = "This request comes from another site. Only the lab's own pages may make changes."
WHICH = (
    " Its page is {}, and the request is for {}. If a proxy stands between, let it pass the host on (in nginx: "
    "proxy_set_header Host $http_host), or set RACELAB_PROXIES to the number of proxies and let them send "
    "X-Forwarded-Host."
)

HEADERS_OF_ANY_PAGE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'",
    **HEADERS_OF_ANY_PAGE,
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


class Guard:
    """Looks at where a request comes from, before anything else does.

    Args:
        hosts: under which names the lab answers.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def look(self) -> None:
        """Refuse requests for other hosts, and of other sites. 400 and 403 say why, and what to change."""
        asked = request._get_current_object()  # type: ignore[attr-defined] # once: each use of the proxy looks it up
        host, headers = asked.host, asked.headers
        if not self._hosts.allows(host):
            known = ", ".join(sorted(self._hosts.names))
            abort(
                400,
                f"This lab does not answer under the name {host[:80]!r}, only under the addresses of this computer and "
                f"{known}. If a proxy or a name of your own leads here, set RACELAB_HOSTS to that name.",
            )
        site = headers.get("Sec-Fetch-Site")
        if asked.method in SAFE_METHODS:
            if site in FOREIGN and not _is_opened(headers):
                abort(403, "Another site has asked. It may link to the lab's pages, and not use them.")
            return
        origin = headers.get("Origin")
        if site not in (None, *OWN) or not _is_ours(origin, host, site):
            abort(
                403, FOREIGN_CHANGE + (WHICH.format(origin[:80], host[:80]) if origin and site != "cross-site" else "")
            )


def _is_opened(headers: Headers) -> bool:
    """Whether a person follows a link: that opens a page, and no part of another."""
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"


def _is_ours(origin: str | None, host: str, site: str | None) -> bool:
    """Whether a page of this host sends the request; programs send no `Origin`.

    Compared as text: an origin that cannot be parsed is not a page of the lab either. A proxy may take the port away
    (`Host $host` in nginx): then the browser's word counts that it is the same site.
    """
    if origin is None:
        return True
    asking = origin.partition("://")[2]
    return asking == host or (site == "same-origin" and name_of(asking) == name_of(host) != "")


def guard(app: Flask, hosts: Hosts) -> None:
    """Refuse requests of other sites, describe errors in words, and send the security headers."""
    app.before_request(Guard(hosts).look)
    app.register_error_handler(HTTPException, _tell)
    app.wsgi_app = SecurityHeaders(app.wsgi_app, f"{app.static_url_path}/")  # type: ignore[method-assign]


def believe_proxies(app: Flask, many: object) -> None:
    """Take address, scheme, host and prefix from the X-Forwarded headers of the proxies before the app.

    Args:
        app: the app.
        many: how many there are; with 0 such headers are ignored.

    Raises:
        ValueError: that is no number of proxies.
    """
    if not isinstance(many, int) or isinstance(many, bool) or not 0 <= many <= MOST_PROXIES:
        raise ValueError(f"PROXIES is how many proxies stand before the lab, 0 to {MOST_PROXIES}; got {many!r}.")
    if many:
        fixed = ProxyFix(app.wsgi_app, x_for=many, x_proto=many, x_host=many, x_prefix=many)
        app.wsgi_app = fixed  # type: ignore[method-assign]


def _tell(error: HTTPException) -> Response:
    """Problem JSON for programs, a page for people; both keep the headers that belong to the error (405: Allow)."""
    if error.response is not None:
        return from_http_exception(error) if error.code is None else Response(error.get_body(), error.code)
    answer = from_http_exception(error)
    accepts = request.accept_mimetypes
    wants_page = accepts.accept_html and accepts["text/html"] > accepts["application/json"]
    if wants_page:
        status = error.code or 500
        answer.set_data(render_template("error.html", title=error.name, status=status, detail=error.description))
        answer.mimetype = "text/html"
    return answer
