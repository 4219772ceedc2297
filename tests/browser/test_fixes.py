"""The page of the fixes: its matrix, the cells that lead to a replay, and the verdicts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from racelab.server import Server


def test_a_matrix_that_goes_on_beside_the_window_says_so(page: Page, server: Server) -> None:
    """Until it is scrolled to its end, or the window is wide enough."""
    page.set_viewport_size({"width": 900, "height": 844})
    page.goto(f"{server.url}/fixes")
    hint, matrix = page.locator("#more-aside"), page.locator("#matrix")
    expect(hint).to_be_visible()
    expect(matrix).to_have_attribute("data-cut", "true")
    matrix.evaluate("(matrix) => { matrix.scrollLeft = matrix.scrollWidth; }")
    expect(matrix).to_have_attribute("data-cut", "false")
    page.set_viewport_size({"width": 1920, "height": 844})
    expect(hint).to_be_hidden()


def test_a_cell_of_the_matrix_leads_to_its_replay(page: Page, server: Server) -> None:
    """A failing cell of the matrix leads to its replay, and a passing cell too."""
    page.get_by_role("link", name="Fixes").click()
    page.get_by_role("link", name=re.compile("^atomic-counter on lost-update: .* fail")).click()
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    page.go_back()
    page.get_by_role("link", name=re.compile("^compare-and-set on lost-update: none of")).click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")


def test_the_whole_matrix_is_seen_at_once(page: Page, server: Server) -> None:
    """From 1280 px on the whole matrix is visible; below, a hint says to scroll."""
    page.goto(f"{server.url}/fixes")
    beside = "() => { const wrap = document.querySelector('#matrix'); return wrap.scrollWidth - wrap.clientWidth }"
    for width, cut in ((1280, False), (1791, False), (1792, False), (1920, False), (900, True)):
        page.set_viewport_size({"width": width, "height": 800})
        assert (page.evaluate(beside) > 1) is cut, width
        expect(page.locator("#more-aside")).to_be_visible(visible=cut)


def test_the_verdicts_of_fixes_are_explained_at_full_width(page: Page, server: Server) -> None:
    """An explanation stands beside its verdict, or below it in a narrow window."""
    page.goto(f"{server.url}/fixes")
    for width, beside in ((390, False), (1280, True)):
        page.set_viewport_size({"width": width, "height": 800})
        word, meaning = (page.locator(f".worths {tag}").last.bounding_box() for tag in ("dt", "dd"))
        assert word is not None
        assert meaning is not None
        assert meaning["width"] > 300, width
        assert (meaning["x"] > word["x"]) is beside, width


def test_every_fix_that_breaks_shows_the_order_that_does_it(page: Page, server: Server) -> None:
    """The link on its card."""
    page.goto(f"{server.url}/fixes")
    broken = page.locator("[data-breaks]")
    hrefs = [link.get_attribute("href") for link in broken.all()]
    assert len(hrefs) > 5
    for href in hrefs:
        page.goto(f"{server.url}{href}")
        expect(page.locator("#outcome")).to_have_attribute("data-tone", "bad")
