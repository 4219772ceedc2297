"""Between page and server: one poll at a time, pause, a hidden tab, no answer, a restart, several processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from racelab.server import Server
from racelab.web.serving.viewers import REST_MS
from tests.browser.labs import of_managers, rewrite_polls
from tests.engines import RedisServer, started
from tests.instrument.labs import until

FIGURES = "[...document.querySelectorAll('[data-figure]')].map((one) => one.textContent).join(' ')"


def test_pause_freezes_the_numbers_and_resume_updates_them(page: Page, server: Server) -> None:
    """Figures and verdict are frozen while the load runs to its end."""
    page.locator("[name=seconds]").fill("60")
    page.locator("#let-in").click()
    expect(page.locator("[data-panel=buggy] [data-count=store] [data-figure]")).not_to_have_text("0")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#notice-paused")).to_contain_text("Paused at")
    frozen = page.evaluate(FIGURES)
    server.fetch("/lab/burst/stop", {})
    until(lambda: server.fetch("/lab/status")["burst"]["state"] == "stopped", "the load to stop")
    assert page.evaluate(FIGURES) == frozen
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "measuring")
    expect(page.locator("#age")).to_contain_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "done")
    expect(page.locator("#notice-paused")).to_be_hidden()


def test_several_processes_are_not_shown_as_a_race(page: Page) -> None:
    """Answers of two processes in turn give a warning and no verdict."""

    def take_turns(count: int, body: dict[str, Any]) -> None:
        if count % 2:
            body.update(boot="another", pid=4712)

    rewrite_polls(page, take_turns)
    expect(page.locator("#notice-several")).to_contain_text("A difference between processes is not a race")
    expect(page.locator("#notice-several")).to_contain_text("4712")
    expect(page.locator("#verdict")).to_contain_text("Cannot tell: several processes answer.")
    expect(page.locator("#notice-restarted")).to_be_hidden()


def test_a_restart_is_not_shown_as_several_processes(page: Page) -> None:
    """A restarted process gives a notice that can be hidden."""

    def restart(_: int, body: dict[str, Any]) -> None:
        body.update(boot="later", pid=4712)

    rewrite_polls(page, restart)
    notice = page.locator("#notice-restarted")
    expect(notice).to_contain_text("The server was restarted")
    expect(page.locator("#notice-several")).to_be_hidden()
    expect(page.locator("#age")).to_contain_text("live")
    notice.get_by_role("button", name="Hide this").click()
    expect(notice).to_be_hidden()


def test_rows_of_an_earlier_start_are_no_error_of_this_one(tmp_path: Path, browser: Browser) -> None:
    """One line tells of the rows of a killed process, they are on no count, and its button clears them."""
    with Server(tmp_path) as first:
        for variant in ("buggy", "fixed"):
            for name in ("ada", "bob"):
                first.fetch(f"/{variant}/api/login", {"username": name, "password": "lab"})
        os.killpg(first.process.pid, signal.SIGKILL)  # the worker too
    with Server(tmp_path) as second:
        page = browser.new_page()
        page.goto(second.url)
        earlier, gap = page.locator("#verdict-earlier"), page.locator("[data-panel=buggy] [data-gap]")
        expect(earlier).to_contain_text("From before this start: 2 rows on buggy; 2 sessions on fixed.")
        expect(page.locator("#verdict-lead")).to_contain_text("Nothing measured yet.")
        expect(gap).to_have_text("nothing counted yet")
        database = page.locator("[data-panel=buggy] [data-count=database]")
        expect(database.locator("[data-figure]")).to_have_text("0")
        expect(database).to_contain_text("and 2 left over")
        expect(page.locator("[data-panel=fixed] [data-count=store]")).to_contain_text("taken over")
        expect(page.locator("[data-queue-word]").filter(visible=True)).to_have_count(0)
        expect(page.locator("[data-bug] [data-word]").filter(has_not_text="not measured yet")).to_have_count(0)
        earlier.get_by_role("button").click()
        expect(earlier).to_be_hidden()
        expect(database).not_to_contain_text("left over")
        expect(page.locator("[data-panel=fixed] [data-count=store] [data-figure]")).to_have_text("0")
        page.close()


def test_a_page_at_rest_asks_for_little_and_a_paused_one_for_nothing(page: Page) -> None:
    """Under a kilobyte a second with nothing going on; paused nothing; and whoever presses a button sees it at once."""
    polls: list[str] = []
    page.clock.install()
    with page.expect_response("**/lab/poll*"):
        page.reload()
    page.on("request", lambda request: polls.append(request.url) if "/lab/poll" in request.url else None)
    sizes: list[int] = []
    while len(sizes) < 5:
        with page.expect_response("**/lab/poll*") as answered:
            page.clock.run_for(1_000)
        if answered.value.json()["again_ms"] == REST_MS:
            sizes.append(len(answered.value.body()))
        assert len(polls) < 30, "it never rests"
    assert sum(sizes[1:]) < 1024 * len(sizes[1:]), sizes
    page.get_by_role("button", name="Pause").click()
    polls.clear()
    page.clock.run_for(10_000)
    assert polls == []
    with page.expect_response("**/lab/poll*"):
        page.get_by_role("button", name="New run").click()
    expect(page.locator("#notice-paused")).to_be_hidden()
    expect(page.locator("#age")).to_contain_text("live")


def test_the_first_page_is_small(page: Page) -> None:
    """With its files and its first poll: nothing that a phone on a bad network would wait for."""
    arrived: list[Request] = []
    page.on("requestfinished", lambda request: arrived.append(request))  # noqa: PLW0108 # the library wants a function
    with page.expect_response("**/lab/poll*"):
        page.reload()
    page.wait_for_load_state("networkidle")
    first_poll = next(place for place, one in enumerate(arrived) if "/lab/poll" in one.url)
    sizes = [one.sizes() for one in arrived[: first_poll + 1]]
    assert len(sizes) > 30
    assert sum(one["responseHeadersSize"] + one["responseBodySize"] for one in sizes) < 150_000


def test_a_silent_server_is_shown_with_the_age_of_the_numbers(page: Page, trouble: list[str]) -> None:
    """Nothing can be told to it while it is silent: each such button is off, and on when it answers."""
    page.route("**/lab/poll*", lambda route: route.abort())
    expect(page.locator("#notice-gone")).to_contain_text("The server is not answering. The numbers below are")
    expect(page.locator("#let-in")).to_be_disabled()
    writers = page.locator("#reset, #no-wait, #settle, [data-dead-do=retry]")
    assert [one.get_attribute("aria-disabled") for one in writers.all()] == ["true"] * 4
    page.locator("#no-wait").dispatch_event("click")
    expect(page.locator("#no-wait-said")).to_be_hidden()
    expect(page.locator("#load-reason")).to_contain_text("not answering")
    page.unroute("**/lab/poll*")
    expect(page.locator("#notice-gone")).to_be_hidden()
    expect(page.locator("#let-in")).to_be_enabled()
    assert [one.get_attribute("aria-disabled") for one in writers.all()] == ["false"] * 4
    assert all("ERR_FAILED" in text for text in trouble)
    trouble.clear()


def test_a_hidden_tab_does_not_poll(page: Page) -> None:
    """A hidden tab does not poll, and polls again when it is shown."""
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    polls: list[str] = []
    page.clock.install()
    page.reload()
    with page.expect_request_finished(lambda request: "/lab/poll" in request.url):
        pass
    page.evaluate(hide, True)
    page.on("request", lambda request: polls.append(request.url) if "/lab/poll" in request.url else None)
    page.clock.run_for(10_000)
    assert polls == []
    with page.expect_request("**/lab/poll*"):
        page.evaluate(hide, False)


def test_polls_never_overlap(page: Page) -> None:
    """The page sends the next poll after the answer to the last one."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/lab/poll*", hold)
    with page.expect_request("**/lab/poll*"):
        pass
    page.clock.install()
    page.clock.run_for(5_000)
    assert len(held) == 1
    with page.expect_request("**/lab/poll*"):
        held[0].continue_()
        page.clock.run_for(5_000)


def test_an_open_page_keeps_a_bounded_number_of_samples(page: Page) -> None:
    """The history keeps at most 1200 samples."""
    kept = page.evaluate(
        """async () => {
          const { History } = await import('/static/js/history.js');
          const history = new History();
          for (let seq = 0; seq < 5000; seq += 1) history.add([{ seq, at: seq / 10 }]);
          return [history.samples.length, history.newest.seq, history.last(60).length];
        }"""
    )
    assert kept == [1200, 4999, 601]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("AAA", ["same", "same", "same"]),
        ("ABB", ["same", "restarted", "same"]),
        ("ABAB", ["same", "restarted", "other", "same"]),
        ("ABCA", ["same", "restarted", "restarted", "other"]),
    ],
)
def test_the_page_follows_one_process(page: Page, server: Server, answers: str, expected: list[str]) -> None:
    """A change in one direction is a restart; one that comes back is two processes."""
    told = page.evaluate(
        """async (answers) => {
          const { Origin } = await import('/static/js/origin.js');
          const origin = new Origin();
          return [...answers].map((boot, at) => origin.note({ boot, pid: 1, next: 1 }, at * 250));
        }""",
        answers,
    )
    assert told == expected


def test_the_page_opens_while_the_engine_is_away_and_goes_on(tmp_path: Path, browser: Browser) -> None:
    """It says in words since when the engine is away, and is live again without a reload."""
    with started(RedisServer, tmp_path, persistent=True) as engine:
        environ = of_managers(["redis-fixed"], engine.url)
        with Server(tmp_path / "lab", threads=20, environ=environ) as lab:
            engine.kill()
            page = browser.new_page()
            page.goto(lab.url)
            expect(page.locator("#notice-gone")).to_contain_text("The engine has been away since")
            engine.restart()
            expect(page.locator("#age")).to_contain_text("live", timeout=20_000)
            expect(page.locator("#notice-gone")).to_be_hidden()
            page.close()
