"""The page of labs that serve other managers than `buggy` and `fixed`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from racelab.bugs import BUGS
from tests.browser.labs import of_managers, opened
from tests.engines import PostgresServer, RedisServer

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOPS = "(them) => [...new Set(them.map((one) => Math.round(one.getBoundingClientRect().top)))].length"
LONGEST = """() => {
  const line = document.querySelector('.verdict-one .vanished');
  line.textContent = 'At least 12,345 missing.';
  line.closest('.sentence').dataset.length = 'short';
  return line.getBoundingClientRect().right - line.closest('.verdict-one').getBoundingClientRect().right;
}"""
STAYS = """(words) => new Set(words.map((word) => {
  for (const one of document.querySelectorAll('.panel > .panel-head .word span')) one.textContent = word;
  return document.querySelector('.panel > .counts').getBoundingClientRect().top;
})).size"""
SIZE = "(one) => parseFloat(getComputedStyle(one).fontSize)"
THREE = ["buggy", "redis-buggy", "redis-fixed"]


def be_done(page: Page) -> None:
    """Run users of the mixed workload, and wait for the verdict."""
    page.locator("[name=seconds]").fill("2")
    page.locator("[name=kind]").select_option("mixed")
    page.locator("#let-in").click()
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "done")


def test_two_managers_on_redis_are_shown_as_two_in_memory(
    browser: Browser, tmp_path: Path, redis_server: RedisServer
) -> None:
    """A Redis lab shows verdicts, panels, letters and the gaps of redis_buggy.py."""
    with opened(browser, tmp_path, of_managers(["redis-buggy", "redis-fixed"], redis_server.url)) as (page, lab):
        expect(page.locator("#panel-redis-buggy")).to_have_text("redis-buggy manager")
        expect(page.locator("#runs-heading ~ *, .section-lead").last).to_contain_text("sessions of both managers")
        for bug in BUGS:
            card = page.locator(f"[data-bug={bug.key}]")
            expect(card).to_contain_text("session_manager/shared/redis_buggy.py")
            expect(card).not_to_contain_text("session_manager/buggy.py")
            expect(card.locator(".bug-replay")).to_contain_text(
                "The replay runs buggy, which keeps its sessions in memory"
            )
        be_done(page)
        expect(page.locator("[data-verdict=redis-buggy] [data-word]")).to_have_text("do not agree")
        expect(page.locator("[data-verdict=redis-fixed] [data-word]")).to_have_text("agree")
        expect(page.locator(".variant-name").first).to_have_css("text-transform", "none")
        expect(page.locator("[data-dead-letters=redis-buggy]")).to_have_count(0)
        dead = len(lab.fetch("/lab/dead-letters/redis-fixed")["dead_letters"])
        letters = page.locator("[data-dead-letters=redis-fixed]")
        letters.locator("summary").click()
        expect(letters.locator("summary")).to_contain_text(f"({dead})")
        letters.get_by_role("button", name="Discard all").click()
        expect(letters.locator("summary")).to_contain_text("(0)")


def test_three_managers_stand_side_by_side_and_fit(browser: Browser, tmp_path: Path, redis_server: RedisServer) -> None:
    """Three columns share their rows when wide, stack when narrow, and overflow and move never."""
    with opened(browser, tmp_path, of_managers(THREE, redis_server.url)) as (page, _):
        expect(page.locator("#reset-help")).to_contain_text("sessions of all managers")
        cards = page.locator("[data-bug=lost_updates]")
        expect(cards).to_contain_text("session_manager/buggy.py")
        expect(cards).to_contain_text("session_manager/shared/redis_buggy.py")
        be_done(page)
        for place in (".verdict-one", ".panel", ".panel [data-chart=counts]"):
            assert page.locator(place).evaluate_all(TOPS) == 1, place
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.hidden = false; one.open = true; })")
        expect(page.locator("[data-dead-letters=redis-fixed] li").first).to_be_visible()  # the widest thing of a panel
        for width in (320, 390, 860, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(OVERFLOW) <= 0, width
            assert page.evaluate(STAYS, ["counts agree", "differ by 1 during load"]) == 1, width
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator(".panel").evaluate_all(TOPS) == len(THREE)


def test_a_lab_on_two_engines_names_both_and_keeps_to_its_columns(
    browser: Browser, tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    """The words of a load fit into three columns, and are the biggest of a narrow page."""
    managers = of_managers(["postgres-fixed", "redis-buggy", "redis-fixed"], redis_server.url)
    managers |= {"RACELAB_SESSION_MANAGER_POSTGRES": postgres_server.url, "RACELAB_SESSION_MANAGER_PREFIX": "columns"}
    with opened(browser, tmp_path, managers) as (page, _):
        expect(page.locator("#fact-database")).to_have_text("PostgreSQL and Redis")
        page.set_viewport_size({"width": 1280, "height": 844})
        be_done(page)
        expect(page.locator("[data-verdict=postgres-fixed] [data-word]")).to_have_text("agree")
        assert page.evaluate(LONGEST) <= 0
        page.set_viewport_size({"width": 390, "height": 844})
        small, large = (page.locator(one).first.evaluate(SIZE) for one in (".line-small", ".sentence"))
        assert small < large


@pytest.mark.parametrize(("name", "letters"), [("fixed", 1), ("redis-buggy", 0)])
def test_one_manager_alone_is_not_called_both(
    browser: Browser, tmp_path: Path, redis_server: RedisServer, name: str, letters: int
) -> None:
    """With one manager no sentence speaks of two, and letters are there if it keeps any."""
    with opened(browser, tmp_path, of_managers([name], redis_server.url)) as (page, _):
        expect(page.locator("main")).not_to_contain_text(re.compile("both managers|all managers", re.IGNORECASE))
        expect(page.locator("#verdict-aside")).not_to_contain_text("only")
        expect(page.locator("[data-dead-letters]")).to_have_count(letters)
        expect(page.locator("[aria-labelledby^=queue]")).to_contain_text(
            "gives up after three" if letters else "retries them for ever"
        )
