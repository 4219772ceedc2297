"""Runs that last: one of before a restart beside one of after it, and the file of one, opened without a server."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from racelab.server import Server
from tests.browser.labs import THREADS, WIDE, rewrite_polls
from tests.browser.test_load import be_done, run_users
from tests.instrument.labs import World

A4_PAGE = re.compile(rb"/Type\s*/Page\b")
MAY_BE_CUT = """main => [main, ...main.querySelectorAll('*')].filter(each => {
    if (!/grid|flex/.test(getComputedStyle(each).display)) return false;
    for (let at = each; at; at = at.parentElement) if (getComputedStyle(at).breakInside === 'avoid') return false;
    return true;
}).map(each => each.className)"""
"""Grids that a page may end in: then their rows run into each other."""


def run_two(page: Page) -> None:
    """A run that has ended, and the present one."""
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    run = page.locator("#fact-run").inner_text()
    page.get_by_role("button", name="New run").click()
    expect(page.locator(f"#runs-table tr[data-run='{run}']")).to_contain_text("do not agree")


def ended_and_present(server: Server) -> tuple[int, int]:
    """The numbers of the last run and of the present one."""
    status = server.fetch("/lab/status")
    return status["runs"][-1]["run"], status["run"]


def test_a_run_of_before_a_restart_beside_one_of_after_it(browser: Browser, tmp_path: Path) -> None:
    """The table marks it, two ticks show both, and its file needs neither server nor network, and prints."""
    trouble: list[str] = []
    context = browser.new_context(viewport=WIDE, accept_downloads=True)
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    before = World({"RUNS": str(tmp_path / "runs")}).start()
    before.burst("lost_updates", visitors=12)
    before.lab.stop()
    with Server(tmp_path, threads=THREADS) as second:
        page.goto(second.url)
        earlier = page.locator("#runs-table tr[data-run='1']")
        expect(earlier).to_contain_text("earlier start")
        expect(earlier).to_contain_text("lost updates")
        earlier.get_by_role("checkbox").check()
        compare = page.get_by_role("button", name="Side by side")
        expect(compare).to_have_attribute("aria-disabled", "true")
        page.get_by_role("checkbox", name="Compare run 2").check()
        compare.click()
        expect(page.get_by_role("heading", name="Run 1: lost updates, 12 users, 1 s")).to_be_visible()
        expect(page.locator(".run-side").nth(0)).to_contain_text("an earlier start of the server")
        expect(page.locator(".run-side").nth(1)).to_contain_text("not ended")
        page.get_by_role("link", name="Run 1:").click()
        expect(page.get_by_role("heading", name="One loss, drawn")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Save as HTML").click()
        file = tmp_path / "run.html"
        download.value.save_as(file)
        everything = tmp_path / "all.html"
        everything.write_text(page.request.get(f"{second.url}/lab/export.html").text())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="Run 1: lost updates")).to_be_visible()
    expect(page.locator(".run-drawn svg")).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(A4_PAGE.findall(page.pdf(prefer_css_page_size=True))) <= 2
    page.goto(everything.as_uri())
    page.emulate_media(media="print")
    assert page.locator("main").evaluate(MAY_BE_CUT) == []
    context.close()
    assert not trouble


def test_a_run_takes_a_name_and_goes_when_told_twice(page: Page, server: Server) -> None:
    """The name stands on the page and in the table; one press deletes nothing."""
    run_two(page)
    ended, _ = ended_and_present(server)
    page.locator(f"#runs-table tr[data-run='{ended}']").get_by_role("link").click()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name of this run").fill("before <b>lunch</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="before <b>lunch</b>")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("link", name="All runs").click()
    row = page.locator(f"#runs-table tr[data-run='{ended}']")
    expect(row).to_contain_text("before <b>lunch</b>")
    row.get_by_role("link").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Press again to delete it").click()
    expect(page).to_have_url(re.compile("/#runs-heading$"))
    assert ended not in [run["run"] for run in server.fetch("/lab/runs")["runs"]]


def test_a_run_is_on_one_screen_and_its_essence_on_one_sheet(page: Page, server: Server) -> None:
    """Verdict, chart, bugs and the picture's beginning are above the fold; on paper the essence is one page of A4."""
    run_two(page)
    ended, _ = ended_and_present(server)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/runs/{ended}")
    for part in (".run-verdicts", ".run-parts .run-chart", ".run-rows", ".run-drawn"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, part
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1032})
    essence = page.locator(".run-loss").bounding_box()
    assert essence is not None
    assert essence["y"] + essence["height"] <= 1032


def test_the_page_says_while_runs_cannot_be_written(page: Page) -> None:
    """And no longer than that."""
    said = ["Runs cannot be written to their folder (Read-only file system)."]
    rewrite_polls(page, lambda _, body: body["status"].update(unkept="".join(said)))
    expect(page.locator("#runs-unkept")).to_have_text(said[0])
    said.clear()
    expect(page.locator("#runs-unkept")).to_be_hidden()
