"""Labs of other managers than the usual two, and of several workers; and answers that a lab did not give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from racelab.server import Server

THREADS = 20
WIDE: ViewportSize = {"width": 1400, "height": 900}


def of_managers(names: list[str], redis_url: str) -> dict[str, str]:
    """The settings of a lab that serves these managers."""
    return {
        "RACELAB_SESSION_MANAGER_VARIANTS": json.dumps(names),
        "RACELAB_SESSION_MANAGER_DEFAULT": names[0],
        "RACELAB_SESSION_MANAGER_REDIS": redis_url,
    }


@contextmanager
def opened(browser: Browser, folder: Path, environ: dict[str, str]) -> Iterator[tuple[Page, Server]]:
    """A lab with these settings, and the page of it. At its end no error may have been in the console."""
    trouble: list[str] = []
    with Server(folder, threads=THREADS, environ=environ) as lab:
        page = browser.new_page(viewport=WIDE)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(lab.url)
        expect(page.locator("#age")).to_contain_text("live")
        yield page, lab
        page.close()
    assert not trouble


def rewrite_polls(page: Page, change: Callable[[int, dict[str, Any]], None]) -> None:
    """Answer polls from the real server, changed; the first argument counts them. Nothing is left out of them."""
    polls = 0

    def answer(route: Route) -> None:
        nonlocal polls
        response = route.fetch(url=re.sub("&marks=[^&]*", "", route.request.url))
        body = response.json() | {"marks": ""}
        change(polls, body)
        polls += 1
        route.fulfill(response=response, json=body)

    page.route("**/lab/poll*", answer)
