"""The charts and the verdict, from the press of the button to the end of a load and after it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.labs import rewrite_polls
from tests.browser.test_load import UNTIL_STOPPED, be_done, run_users

SHIFTS = """() => {
  window.shifts = [];
  const note = (list) => window.shifts.push(...list.getEntries().map((entry) => entry.value));
  new PerformanceObserver(note).observe({ type: "layout-shift" });
}"""
PAINTED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
DRAWN = "[...document.querySelectorAll('[data-chart] canvas')].map((one) => one.toDataURL()).join()"


def only_what_follows(poll: int, body: dict[str, Any]) -> None:
    """Of the samples of a load none: it was minutes ago."""
    if poll == 0:
        body["samples"] = body["samples"][-1:]


def test_the_table_says_what_the_chart_draws(page: Page) -> None:
    """From the beginning of the load to its end, also if the page is opened when the samples of it are gone."""
    run_users(page, seconds=1)
    be_done(page)
    see_the_whole_load(page)
    rewrite_polls(page, only_what_follows)
    page.reload()
    see_the_whole_load(page)


def see_the_whole_load(page: Page) -> None:
    """Its table begins with it, and the last row has the counts of the panel."""
    expect(page.locator("#readout")).to_contain_text(re.compile(r"The whole load: [1-3]\.\d s"))
    page.get_by_text("The same numbers as a table").click()
    rows = page.locator("#mirror tbody tr")
    expect(rows.first.locator("th")).to_have_text("0 s")
    expect(rows.last.locator("th")).to_contain_text("end, ")
    for place, key in enumerate(("store", "statistics", "database")):
        figure = page.locator(f"[data-panel=buggy] [data-count={key}] [data-figure]").inner_text()
        expect(rows.last.locator("td").nth(place)).to_have_text(figure)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["lost_updates", "mixed"])
def test_nothing_moves_under_the_pointer(page: Page, kind: str, width: int) -> None:
    """From the press to the verdict, in a wide and in a narrow window; the wide one has the form above the fold."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(SHIFTS)
    assert width < 1280 or page.locator("#load").evaluate("form => form.getBoundingClientRect().bottom") <= 800
    run_users(page, kind=kind, seconds=2)
    be_done(page)
    expect(page.locator("#readout")).to_contain_text("The whole load:")
    shifts = page.evaluate("shifts")
    assert sum(shifts) < 0.02, shifts


def stuck_in_cleanup(_: int, body: dict[str, Any]) -> None:
    """What a load from outside leaves: more words than a load of the page, and of one manager."""
    came = "1,105 deleted sessions came up for cleanup."
    handled = "1,058 removed, 0 dead letters, 47 still queued after more than 3 attempts each."
    parts = [{"text": text, "role": "said"} for text in (came, handled)]
    body["verdict"]["variants"]["buggy"] |= {"asked": True, "verdict": "do not agree", "parts": parts}


def test_nothing_moves_while_the_page_comes(page: Page) -> None:
    """The longest words of a verdict have room before they are there."""
    rewrite_polls(page, stuck_in_cleanup)
    nothing_moves_while_it_comes(page)


def nothing_moves_while_it_comes(page: Page) -> None:
    """From the first paint on, in a wide and in a narrow window, when there is a verdict."""
    page.add_init_script(f"({SHIFTS})()")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.reload()
        be_done(page)
        page.evaluate(PAINTED)
        shifts = page.evaluate("shifts")
        assert sum(shifts) < 0.02, (width, shifts)


def test_what_is_missing_is_a_curve(page: Page) -> None:
    """It is told as a lower bound until the verdict knows all that vanished; of the fixed manager that is nothing."""
    run_users(page, kind="lost_updates", seconds=2)
    bound = page.locator("[data-panel=buggy] [data-missing-as]")
    expect(bound).to_have_text("so far")
    be_done(page)
    expect(bound).to_have_text("vanished")
    missing = {name: page.locator(f"[data-panel={name}] [data-missing]") for name in ("buggy", "fixed")}
    expect(missing["buggy"]).not_to_have_text(re.compile("^[–0]$"))
    expect(missing["fixed"]).to_have_text("0")
    vanished = re.search(r"([\d,]+) vanished", page.locator("[data-verdict=buggy] [data-sentence]").inner_text())
    assert vanished is not None
    assert missing["buggy"].inner_text() == vanished[1]


def test_the_charts_of_a_load_stay_as_they_are_when_it_has_ended(page: Page) -> None:
    """From its beginning to its end, until another one begins."""
    run_users(page, seconds=1)
    be_done(page)
    readout = page.locator("#readout")
    expect(readout).to_contain_text("The whole load:")
    told, drawn = readout.inner_text(), page.evaluate(DRAWN)
    for _ in range(3):
        with page.expect_response("**/lab/poll*"):
            pass
    assert (readout.inner_text(), page.evaluate(DRAWN)) == (told, drawn)
    run_users(page, seconds=UNTIL_STOPPED)
    expect(readout).not_to_contain_text("The whole load:")
    page.locator("#stop").click()
    be_done(page)
