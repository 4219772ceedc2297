"""In a worker: hands what is asked of the lab on to the judge, the one process that knows of all workers."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from ...live.workers.wire import ByPath
from .guard import FOR_THE_REST

ONE_HOP = (
    *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    *("content-length", "server", "date"),
)
"""Headers that are about one connection, or that this server writes itself."""
OWN = {*ONE_HOP, *(name.lower() for name, _ in FOR_THE_REST)}
"""Those of an answer that are not passed on: the guard of this process adds its own."""
ENDPOINT = "passed_to_judge"
"""Of all routes, so that the metrics keep them apart from the judge's own, which it times as what they are."""
POLL_SECONDS = 8.0
"""For which a poll waits. The page gives up after ten, and would have to say that the server does not answer."""
MEANWHILE = "The workers serve sessions; nothing is measured now."


class Forward:
    """See the module.

    Args:
        place: the socket of the judge.
    """

    def __init__(self, place: Path) -> None:
        self._place = place

    def blueprint(self) -> Blueprint:
        """The routes that the judge serves."""
        pages = Blueprint("lab", __name__)
        for path in ("/", "/metrics", "/ready"):
            pages.add_url_rule(path, ENDPOINT, self.ask)
        pages.add_url_rule("/runs/<path:path>", ENDPOINT, self.ask)
        pages.add_url_rule("/lab/<path:path>", ENDPOINT, self.ask, methods=["GET", "POST"])
        return pages

    def ask(self, path: str = "") -> Response:
        """Ask the judge the same, and answer what it answers. 503 says why it does not; the workers serve on."""
        connection = ByPath(str(self._place))
        if path == "poll":
            connection.timeout = POLL_SECONDS
        query = request.query_string.decode("ascii", "replace")
        target = quote(request.path) + (f"?{query}" if query else "")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ONE_HOP}
        try:
            connection.request(request.method, target, request.get_data(), headers)
            answer = connection.getresponse()
            body = answer.read()
        except TimeoutError:
            abort(503, f"The judge of this lab does not answer. {MEANWHILE}")
        except (OSError, http.client.HTTPException):  # nobody listens there, or has ended in the middle
            abort(503, f"The judge of this lab is being started again. {MEANWHILE}")
        finally:
            connection.close()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in OWN]
        response = Response(body, answer.status)
        response.headers.clear()
        response.headers.extend(kept)
        return response
