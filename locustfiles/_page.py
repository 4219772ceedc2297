"""The verdict inside Locust's own web page: `/verdict`, a link to it on the first page, and on top of the report."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from flask import Response, abort, request

from locustfiles._look import Theme, Told, page, with_verdict
from racelab.web.serving.guard import FOREIGN, HEADERS_OF_ANY_PAGE, Guard
from racelab.web.serving.hosts import Hosts

LINK = (  # above the links in Locust's own footer
    '<a href="{}" style="position:fixed;right:1rem;bottom:calc(var(--footer-height, 40px) + 1rem);z-index:9999;'
    "padding:.6rem 1.1rem;border-radius:999px;background:#0072b2;color:#fff;font:600 1rem system-ui,sans-serif;"
    'text-decoration:none">Verdict</a></body>'
)


def add_page(web_ui: Any, base: str, tell: Callable[[], Told]) -> None:
    """Add the page.

    Args:
        web_ui: Locust's.
        base: the path that Locust's own pages are under.
        tell: gives what can be told now.
    """

    def verdict() -> str:
        return page(tell())

    def add_verdict(answer: Response) -> Response:
        is_page = answer.mimetype == "text/html" and answer.status_code == 200 and not answer.direct_passthrough
        if is_page and request.path == f"{base}/":
            link = LINK.format(f"{base}/verdict")
            answer.set_data(answer.get_data(as_text=True).replace("</body>", link, 1))
        if is_page and request.path == f"{base}/stats/report":
            theme: Theme = "dark" if request.args.get("theme") == "dark" else "light"
            answer.set_data(with_verdict(answer.get_data(as_text=True), tell(), theme))
        return answer

    guard = Guard(Hosts(remote=os.environ.get("RACELAB_ALLOW_REMOTE") == "1"))

    def refuse_other_sites() -> None:
        """Locust stops a load and resets its numbers at a GET, so another site may link to the two pages alone."""
        guard.look()
        if request.headers.get("Sec-Fetch-Site") in FOREIGN and request.path not in (f"{base}/", f"{base}/verdict"):
            abort(403, "Another site may link to Locust's pages, and not use them.")

    def add_headers(answer: Response) -> Response:
        answer.headers.extend(HEADERS_OF_ANY_PAGE)
        return answer

    web_ui.app.before_request(refuse_other_sites)
    web_ui.app.after_request(add_headers)
    web_ui.app.add_url_rule(f"{base}/verdict", "verdict", web_ui.auth_required_if_enabled(verdict))
    web_ui.app.after_request(add_verdict)
