"""The pages on paper, with the colours of the system, and at twice the size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize

from racelab.server import Server
from tests.subject.cases import Cases

PAGES = ("/", "/replay", "/fixes", "/stores", "/grade")
SCREEN: ViewportSize = {"width": 1280, "height": 800}
A4: ViewportSize = {"width": 720, "height": 1040}
TWICE: ViewportSize = {"width": 640, "height": 400}
TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture
def paper(page: Page) -> Iterator[Page]:
    """A sheet of paper, and a screen again afterwards."""
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    yield page
    page.emulate_media(media="screen")
    page.set_viewport_size(SCREEN)


def test_on_paper_nothing_is_to_be_pressed_and_nothing_is_cut(paper: Page, server: Server) -> None:
    """No button, no form and no header; the width is enough."""
    with Cases() as cases:
        for path in PAGES:
            with cases.case(path):
                paper.goto(f"{server.url}{path}")
                for pressed in ("header.top", "button:not(.chip)", "a.button", "#load"):
                    assert not [each for each in paper.locator(pressed).all() if each.is_visible()], pressed
                assert not paper.evaluate(TOO_WIDE)


def test_on_paper_the_causes_are_told_and_on_the_screen_when_asked(paper: Page, server: Server) -> None:
    """What is folded on the screen cannot be unfolded on paper."""
    paper.goto(f"{server.url}/stores")
    cause = paper.locator("#flask-session-redis .cause").first
    height = "cause => cause.getBoundingClientRect().height * cause.checkVisibility({contentVisibilityAuto: true})"
    assert cause.evaluate(height) > 0
    paper.emulate_media(media="screen")
    assert cause.evaluate(height) == 0


def test_with_the_colours_of_the_system_the_present_page_is_marked(page: Page, server: Server) -> None:
    """Its background is gone then, and a line is around it; the others have none."""
    outline = "link => getComputedStyle(link).outlineStyle"
    page.goto(f"{server.url}/stores")
    present, other = page.locator(".rooms [aria-current]"), page.locator(".rooms a").first
    assert present.evaluate(outline) == "none"
    page.emulate_media(forced_colors="active")
    try:
        assert (present.evaluate(outline), other.evaluate(outline)) == ("solid", "none")
    finally:
        page.emulate_media(forced_colors="none")


def test_at_twice_the_size_everything_is_within_the_window(page: Page, server: Server) -> None:
    """1280 pixels are 640 then: nothing is wider, and the name of the lab stands in one line."""
    page.set_viewport_size(TWICE)
    with Cases() as cases:
        for path in PAGES:
            with cases.case(path):
                page.goto(f"{server.url}{path}")
                assert not page.evaluate(TOO_WIDE)
                assert page.locator(".brand span").evaluate("name => name.getClientRects().length") == 1
    page.set_viewport_size(SCREEN)
