"""The page of session stores: its table, and the cards with the causes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from racelab.server import Server


def test_the_whole_table_is_seen_at_once(page: Page, server: Server) -> None:
    """From 1100 px on the whole table is visible; below, a hint says to scroll, and names keep their words."""
    page.goto(f"{server.url}/stores")
    beside = "() => { const wrap = document.querySelector('#matrix'); return wrap.scrollWidth - wrap.clientWidth }"
    for width, cut in ((1100, False), (1440, False), (420, True)):
        page.set_viewport_size({"width": width, "height": 800})
        assert (page.evaluate(beside) > 1) is cut, width
        expect(page.locator("#more-aside")).to_be_visible(visible=cut)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    rows = page.locator("#matrix tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert max(rows) < 3 * min(rows)


def test_a_store_leads_to_its_causes(page: Page, server: Server) -> None:
    """Its name in the table leads to its card, which says why, and what helps."""
    page.get_by_role("link", name="Stores").click()
    page.locator("#matrix").get_by_role("link", name="Flask-Session, Redis").click()
    card = page.locator("#flask-session-redis")
    expect(card).to_be_in_viewport()
    expect(card.locator(".cause").first).to_contain_text("What helps:")
