"""The page: its first state, themes, widths, keyboard and content policy."""

from __future__ import annotations

import hashlib
import itertools
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


def test_an_empty_page_judges_nothing(page: Page) -> None:
    """The empty page judges nothing and names the button to press."""
    expect(page.locator("#verdict-lead")).to_have_text("Nothing measured yet. Press Run 20 users.")
    expect(page.get_by_role("button", name="Run 20 users")).to_be_enabled()
    judged = page.locator("main > :not(:last-child)").locator("[data-tone=good], [data-tone=bad]")
    expect(judged.filter(visible=True)).to_have_count(0)
    expect(page.locator("[data-result=fixed]").first).to_contain_text("not measured yet")
    expect(page).to_have_title("Session Race Lab")


def test_the_banner_shows_the_conditions_of_measurement(page: Page, server: Server) -> None:
    """The banner shows process, threads and interpreter."""
    environment = server.fetch("/lab/status")["environment"]
    banner = page.locator(".banner")
    expect(banner).to_contain_text("Wrong on purpose")
    expect(page.locator("#fact-pid")).to_have_text(str(environment["pid"]))
    expect(page.locator("#fact-threads")).to_have_text(str(environment["threads"]))
    expect(page.locator("#fact-python")).to_contain_text(environment["python"])


def test_every_bug_has_a_card_that_says_where_and_what_it_costs(page: Page) -> None:
    """Each bug has a card with its title, its place and its cost."""
    cards = page.locator("[data-bug]")
    expect(cards).to_have_count(len(BUGS))
    for card, bug in zip(cards.all(), BUGS, strict=True):
        expect(card).to_contain_text(bug.title)
        expect(card).to_contain_text("session_manager/buggy.py")
        expect(card).to_contain_text(bug.cost)


def test_dark_follows_the_system_and_the_button_is_remembered(browser: Browser, server: Server) -> None:
    """The theme follows the system, and a choice survives a reload."""
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
def test_nothing_overflows_at_any_width(page: Page, width: int) -> None:
    """The unfolded page has no horizontal scrollbar at any width."""
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.hidden = false; one.open = true; })")
    expect(page.locator("#mirror tbody tr")).not_to_have_count(0)
    assert page.evaluate(OVERFLOW) <= 0


def test_keyboard_alone_is_enough(page: Page) -> None:
    """Tab reaches the buttons with a visible focus; Enter starts and stops a load."""
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
    for _ in range(3):  # past "One user" and "Is it staged?"
        page.keyboard.press("Tab")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "done")


def test_only_the_verdict_is_read_out(page: Page) -> None:
    """The verdict is the only live region."""
    expect(page.locator("[aria-live]")).to_have_count(1)
    expect(page.locator("#verdict")).to_have_attribute("aria-live", "polite")


def test_the_content_policy_is_strict_and_charts_draw_under_it(page: Page) -> None:
    """Three charts per manager draw under the strict content policy."""
    answer = page.reload()
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    expect(page.locator(".uplot canvas")).to_have_count(6)


@pytest.mark.parametrize("width", [1280, 390])
def test_no_part_of_a_panel_lies_on_another(page: Page, width: int) -> None:
    """Each begins where the one before has ended."""
    page.set_viewport_size({"width": width, "height": 800})
    for panel in page.locator("[data-panel]").all():
        boxes = [box for part in panel.locator(":scope > *").all() if (box := part.bounding_box())]
        assert len(boxes) >= 5
        for above, below in itertools.pairwise(boxes):
            assert above["y"] + above["height"] <= below["y"]


def test_an_unknown_page_is_an_error_page(page: Page, server: Server, trouble: list[str]) -> None:
    """An error page shows its status and a link back."""
    page.goto(f"{server.url}/nowhere")
    expect(page.locator(".error-status")).to_have_text("404")
    page.get_by_role("link", name="Back to the lab").click()
    expect(page.locator("#verdict-lead")).to_be_visible()
    assert [text for text in trouble if "404" in text] == trouble
    trouble.clear()


def test_the_vendored_chart_library_is_what_its_readme_says() -> None:
    """The vendored files have the hashes of their README."""
    folder = ROOT / "static" / "vendor" / "uplot"
    rows = re.findall(r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (folder / "README.md").read_text())
    assert {name for name, _ in rows} == {"uPlot.iife.min.js", "uPlot.min.css"}
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


FRAMES = """async (loads) => {
  const { timeframe } = await import("/static/js/timeframe.js");
  const sample = ([at, store, acknowledged]) => ({ at, buggy: { store, acknowledged, failed: 0, unknown: 0 } });
  return loads.map(({ samples, rests }) => {
    const { zero, to, whole, samples: shown } = timeframe(samples.map(sample), ["buggy"], rests);
    return [zero, to, whole, shown.length];
  });
}"""


def test_the_charts_show_the_last_load_once_it_rests(page: Page) -> None:
    """A pause divides two loads, cleanup belongs to its load, and while one runs the last minute is shown.

    Each with the sample before it, so that the lines begin at the edge.
    """
    one_load = [[0, 0, 0], [10, 0, 0], [11, 5, 5], [12, 9, 9], [14, 3, 9], [20, 3, 9]]
    two_loads = [*one_load[:-1], [30, 3, 9], [31, 4, 10], [32, 5, 11], [40, 5, 11]]
    asked = [
        {"samples": one_load, "rests": True},
        {"samples": two_loads, "rests": True},
        {"samples": one_load, "rests": False},
        {"samples": one_load[:-1], "rests": True},
        {"samples": [[0, 0, 0], [9, 0, 0]], "rests": True},
    ]
    first, second, running, just_ended, nothing = page.evaluate(FRAMES, asked)
    assert first == [10, pytest.approx(4.5), 2, 5]
    assert second == [30, pytest.approx(2.5), 2, 4]
    assert [running[2], just_ended[2], nothing[2]] == [None] * 3
    assert [running[0], just_ended[0], nothing[0]] == [20, 14, 9]


KEPT = """async ([store, loads]) => {
  const { lastKept } = await import("/static/js/kept-load.js");
  const [flat, at] = [store.map(() => 0), store.map((_, place) => place)];
  const [statistics, database, expected_low, expected_high, queue] = Array(5).fill(flat);
  const buggy = { store, statistics, database, expected_low, expected_high, queue };
  const asked = loads.map(([began_at, ended_at]) => ({ began_at, ended_at }));
  const kept = { started_at: 100, loads: asked, curves: { at, managers: { buggy } } };
  const time = lastKept(kept, { buggy: { left_over: 0 } });
  return time && [time.zero, time.to, time.whole];
}"""


def test_a_kept_run_has_its_last_load(page: Page) -> None:
    """Loads seconds apart are one, effects after it belong to it, and calls without a load have theirs."""
    store = [0] * 20 + [1, 2, 3, 3, 1] + [1] * 9
    for loads, zero, to, whole in (
        ([[102, 103], [119, 122]], 119, 5.5, 3),
        ([[102, 103], [115, 117], [119, 122]], 115, 9.5, 7),
        ([], 120, 4.5, 4),
    ):
        assert page.evaluate(KEPT, [store, loads]) == [zero, pytest.approx(to), pytest.approx(whole)]
    assert page.evaluate(KEPT, [[0] * 9, []]) is None
