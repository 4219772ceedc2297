"""One loss drawn: its link on the card, the picture, its text, and its copy."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from racelab.server import Server
from tests.browser.test_load import be_done, run_users

WIDTHS = (1280, 390)
CONTRASTS = """texts => {
  const light = (colour) => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ground = light(getComputedStyle(document.querySelector(".loss-picture")).backgroundColor);
  const inks = texts.map((text) => light(getComputedStyle(text).fill));
  return inks.map((ink) => Math.max(ink, ground) / Math.min(ink, ground));
}"""
"""WCAG's contrast of each text with the card behind it."""

JUDGE_TOO = """fix => {
  const kept = JSON.parse(localStorage.getItem("race-lab-progress"));
  kept.guesses[fix] = "breaks";
  localStorage.setItem("race-lab-progress", JSON.stringify(kept));
}"""
"""As the page Fixes keeps a guess."""


def first_loss(page: Page, bug: str) -> None:
    """From the card to the picture of the first loss."""
    evidence = page.locator(f"[data-bug={bug}] [data-result=buggy] [data-evidence]")
    evidence.locator("summary").click()
    evidence.get_by_role("link").first.click()
    expect(page.locator("#loss-heading")).to_be_visible()


@pytest.mark.parametrize(
    ("bug", "headline"),
    [
        ("lost_updates", "Saved, .*(gone|200 OK)|Two reads"),
        ("stale_overwrites", "Saved, "),
        ("cleanup_leak", "cleaned up in vain"),
        ("phantom_sessions", "Logged out half-way|open again"),
    ],
)
def test_a_line_of_evidence_opens_the_picture_of_that_loss(page: Page, bug: str, headline: str) -> None:
    """After a load, a line of each card leads to a loss that is drawn and told, also in a narrow window."""
    run_users(page, kind=bug, seconds=2)
    be_done(page)
    first_loss(page, bug)
    expect(page.locator("#loss-heading")).to_have_text(re.compile(headline))
    picture = page.get_by_role("img", name=re.compile(headline))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        expect(picture).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
    bars = picture.locator("rect").count()
    assert bars == page.locator(".loss-told tbody tr td:first-child", has_text=re.compile(r"\d")).count() > 0


def test_the_picture_is_copied_as_an_svg_that_stands_alone(page: Page, server: Server) -> None:
    """The copied text is a well-formed SVG without a class."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    first_loss(page, "lost_updates")
    page.get_by_role("button", name="Copy as SVG").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = ElementTree.fromstring(page.evaluate("navigator.clipboard.readText()"))
    assert copied.tag == "{http://www.w3.org/2000/svg}svg"
    assert copied.findall(".//{http://www.w3.org/2000/svg}rect")


def test_fixed_has_no_loss_to_draw(page: Page) -> None:
    """No evidence of the fixed manager leads anywhere."""
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    expect(page.locator("[data-result=buggy] [data-evidence] a").first).to_be_attached()
    assert page.locator("[data-result=fixed] [data-evidence] a").count() == 0


def test_a_card_leads_to_its_loss_and_that_to_the_replay(page: Page) -> None:
    """Before a load the card leads to the usual replay; afterwards to the schedule of one of its own losses."""
    card = page.locator("[data-bug=lost_updates]")
    usual = card.get_by_role("link", name="Replay it, step by step")
    expect(usual).to_have_attribute("href", re.compile("/replay"))
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    card.get_by_role("link", name="Replay one of these").click()
    expect(page.get_by_role("heading", name="The schedule that loses it")).to_be_in_viewport()
    expect(page.locator("#again")).to_contain_text("Replayed 20 times, it lost 20 times.")
    answers, hidden = page.locator(".loss-fixes [data-verdict-said]"), page.locator(".loss-fixes [data-judged='']")
    many = answers.count()
    assert [answers.nth(number).is_visible() for number in range(many)] == [False] * many
    hidden.first.get_by_role("button", name="Show me").click()
    expect(answers.first).to_be_focused()
    expect(answers.first).to_have_text(re.compile("lose"))
    judged = page.locator(".loss-fixes li").nth(1).get_attribute("data-answer")
    page.evaluate(JUDGE_TOO, judged)
    page.reload()
    expect(hidden).to_have_count(many - 2)
    expect(answers.nth(1)).to_be_visible()
    page.get_by_role("link", name="Step through it").click()
    expect(page).to_have_url(re.compile("/replay.*schedule=[AB]1"))
    expect(page.locator("[data-reason]").first).not_to_be_empty()


@pytest.mark.parametrize(
    ("theme", "seen"),
    [("dark", {}), ("light", {"forced_colors": "active"}), ("dark", {"media": "print"})],
    ids=["dark", "forced", "paper"],
)
def test_the_picture_is_read_on_every_ground(page: Page, theme: str, seen: dict[str, Any]) -> None:
    """Each text has the contrast that small text needs, dark and on paper; forced colours win over the theme."""
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce", **seen)
    first_loss(page, "lost_updates")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    contrasts = page.locator(".loss-drawn text").evaluate_all(CONTRASTS)
    assert len(contrasts) > 5
    assert min(contrasts) >= 4.5
    ground = page.locator(".loss-picture").evaluate("card => getComputedStyle(card).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == ("media" in seen)
