"""The verdict inside Locust's own web page: `/verdict`, and a link to it on the first page."""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from typing import Any

from flask import Response, abort, request

from racelab.web.guard import FOREIGN, HEADERS_OF_ANY_PAGE, Guard
from racelab.web.hosts import Hosts

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{refresh}
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }} body {{ margin: 2rem auto; padding: 0
1rem; max-width: 70rem }} pre {{ overflow-x: auto; line-height: 1.3 }}</style></head>
<body><h1>{title}</h1><p role="status">{said}</p><pre>{text}</pre><p><a href="./">Back to Locust</a></p></body></html>
"""
LINK = (
    '<a href="{}" style="position:fixed;right:1rem;bottom:1rem;z-index:9999;padding:.5rem 1rem;border-radius:.5rem;'
    'background:#0072b2;color:#fff;font:600 1rem system-ui,sans-serif">Verdict</a></body>'
)
AGAIN = '<meta http-equiv="refresh" content="2">'


def add_page(web_ui: Any, base: str, tell: Callable[[], tuple[str, str]]) -> None:
    """Add the page.

    Args:
        web_ui: Locust's.
        base: the path that Locust's own pages are under.
        tell: gives one sentence and the report; the report is empty while there is none.
    """

    def verdict() -> str:
        said, text = tell()
        words = {"title": "Verdict", "said": html.escape(said), "text": html.escape(text)}
        return PAGE.format(refresh="" if text else AGAIN, **words)

    def add_link(answer: Response) -> Response:
        if request.path == f"{base}/" and answer.mimetype == "text/html" and not answer.direct_passthrough:
            answer.set_data(answer.get_data(as_text=True).replace("</body>", LINK.format(f"{base}/verdict"), 1))
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
    web_ui.app.after_request(add_link)
