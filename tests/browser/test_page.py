"""The page as such: calm at first, readable in any light and width, usable by keyboard, and closed to other hosts."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from racelab.bugs import BUGS
from racelab.server import Server

ROOT = Path(__file__).resolve().parents[2]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def background(page: Page) -> int:
    """How bright the page is, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return int(re.findall(r"\d+", colour)[0])


def test_an_empty_lab_is_calm_and_says_what_to_press(page: Page) -> None:
    """Before anything happened nothing is called right or wrong."""
    expect(page.locator("#verdict-lead")).to_have_text("Nothing has happened yet. Press Let 20 visitors in.")
    expect(page.get_by_role("button", name="Let 20 visitors in")).to_be_enabled()
    judged = page.locator("main > :not(:last-child)").locator("[data-tone=good], [data-tone=bad]")
    expect(judged.filter(visible=True)).to_have_count(0)
    expect(page.locator("[data-result=fixed]").first).to_contain_text("not measured yet")
    expect(page).to_have_title("Session Race Lab")


def test_the_banner_says_under_what_conditions_it_measures(page: Page, server: Server) -> None:
    """Numbers without interpreter, threads and added wait mean nothing."""
    environment = server.fetch("/lab/status")["environment"]
    banner = page.locator(".banner")
    expect(banner).to_contain_text("Wrong on purpose")
    expect(page.locator("#fact-pid")).to_have_text(str(environment["pid"]))
    expect(page.locator("#fact-threads")).to_have_text(str(environment["threads"]))
    expect(page.locator("#fact-python")).to_contain_text(environment["python"])
    expect(page.locator("#fact-window")).to_have_text("0 ms")


def test_every_bug_has_a_card_that_says_where_and_what_it_costs(page: Page) -> None:
    """Four cards, in the order of the seed."""
    cards = page.locator("[data-bug]")
    expect(cards).to_have_count(len(BUGS))
    for card, bug in zip(cards.all(), BUGS, strict=True):
        expect(card).to_contain_text(bug.title)
        expect(card).to_contain_text("session_manager/buggy.py")
        expect(card).to_contain_text(bug.cost)


def test_dark_follows_the_system_and_the_button_is_remembered(browser: Browser, server: Server) -> None:
    """The choice survives a reload and is there before the first paint."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(server.url)
    assert background(page) < 60
    page.get_by_role("button", name="Light").click()
    assert background(page) > 200
    page.reload()
    assert background(page) > 200
    context.close()


@pytest.mark.parametrize("width", [320, 390, 860, 1440])
def test_nothing_sticks_out_at_any_width(page: Page, width: int) -> None:
    """With everything unfolded there is still nothing to scroll sideways."""
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.hidden = false; one.open = true; })")
    expect(page.locator("#mirror tbody tr")).not_to_have_count(0)
    assert page.evaluate(OVERFLOW) <= 0


def test_keyboard_alone_is_enough(page: Page) -> None:
    """Tab begins at the skip link, reaches the buttons with a visible focus; Enter lets visitors in and stops them."""
    page.locator("[name=seconds]").evaluate("(field) => { field.value = 60; }")  # the focus stays where it is
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the verdict")).to_be_focused()
    button = page.locator("#let-in")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("(one) => one === document.activeElement"):
            break
    expect(button).to_be_focused()
    expect(button).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "measuring")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "done")


def test_only_the_verdict_is_read_out(page: Page) -> None:
    """Numbers that change four times a second would drown it."""
    expect(page.locator("[aria-live]")).to_have_count(1)
    expect(page.locator("#verdict")).to_have_attribute("aria-live", "polite")


def test_the_content_policy_is_strict_and_charts_draw_under_it(page: Page) -> None:
    """Two charts for each manager; a breach would be in the console, which every test reads."""
    answer = page.reload()
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    expect(page.locator(".uplot canvas")).to_have_count(4)


def test_a_page_that_is_not_there_says_so_to_people(page: Page, server: Server, trouble: list[str]) -> None:
    """The way back is on it."""
    page.goto(f"{server.url}/nowhere")
    expect(page.locator(".error-status")).to_have_text("404")
    page.get_by_role("link", name="Back to the lab").click()
    expect(page.locator("#verdict-lead")).to_be_visible()
    assert [text for text in trouble if "404" in text] == trouble
    trouble.clear()


def test_the_vendored_chart_library_is_what_its_readme_says() -> None:
    """Version and hash stand beside it, and nobody has edited it."""
    folder = ROOT / "static" / "vendor" / "uplot"
    rows = re.findall(r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (folder / "README.md").read_text())
    assert {name for name, _ in rows} == {"uPlot.iife.min.js", "uPlot.min.css"}
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
