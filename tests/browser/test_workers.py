"""The page of a lab that several processes serve: those that share their sessions, and those that do not."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from racelab.server import Server
from tests.browser.labs import THREADS, of_managers, opened, rewrite_polls
from tests.browser.test_charts import nothing_moves_while_it_comes
from tests.engines import RedisServer
from tests.test_workers import stopped

WORKERS = 3
SEVERAL = {"RACELAB_WORKERS": str(WORKERS)}
SPLIT = {**SEVERAL, "RACELAB_ALLOW_SPLIT_BRAIN": "1"}
NOTE = """async (polls) => {
  const { Roster } = await import('/static/js/roster.js');
  const roster = new Roster();
  for (const [nowS, workers] of polls) roster.note(workers, nowS);
  return roster.members.map((one) => [one.pid, one.threads, one.cameS, one.goneS]);
}"""


def pids_of(lab: Server) -> set[int]:
    """The processes that serve now, in the server's words."""
    return {worker["pid"] for worker in lab.fetch("/lab/status")["workers"]}


def be_all(page: Page, lab: Server) -> set[int]:
    """Wait until all workers are there. Returns their processes."""
    expect(page.locator("#fact-workers")).to_contain_text(f"{WORKERS} workers of {THREADS} threads")
    return pids_of(lab)


def run_users(page: Page, seconds: int = 2) -> None:
    """Run users who change the same sessions, and wait for the end."""
    page.locator("[name=seconds]").fill(str(seconds))
    page.locator("#let-in").click()
    expect(page.locator("#load")).to_have_attribute("data-state", "done")


def test_workers_that_share_sessions_are_listed_and_judged_together(
    browser: Browser, tmp_path: Path, redis_server: RedisServer
) -> None:
    """Every worker is listed, there is one verdict, and a dead one and its successor are noticed."""
    managers = of_managers(["redis-buggy", "redis-fixed"], redis_server.url)
    with opened(browser, tmp_path, managers | SEVERAL) as (page, lab):
        pids = be_all(page, lab)
        listed = page.locator("[data-worker]")
        assert {int(one.get_attribute("data-worker") or 0) for one in listed.all()} == pids
        expect(listed.first).to_contain_text(f"{THREADS} threads")
        for alone in page.locator("[data-alone]").all():
            expect(alone).to_be_hidden()
        expect(page.locator("#split")).to_be_hidden()
        listed.first.evaluate("(one) => { one.marked = true; }")
        run_users(page)
        expect(page.locator("[data-verdict=redis-buggy] [data-word]")).to_have_text("do not agree")
        expect(page.locator("[data-verdict=redis-fixed] [data-word]")).to_have_text("agree")
        assert listed.first.evaluate("(one) => one.marked"), "made anew at a poll"
        for name, counts in lab.fetch("/lab/poll")["samples"][-1].items():
            if name.startswith("redis-"):
                calls = page.locator(f"[data-calls={name}] dd").all_inner_texts()
                assert sum(int(each.replace(",", "")) for each in calls) == counts["acknowledged"] > 0
        nothing_moves_while_it_comes(page)

        victim = min(pids)
        os.kill(victim, signal.SIGKILL)
        expect(page.locator(f"[data-worker='{victim}']")).to_have_text(re.compile(r"ended \d\d:\d\d:\d\d"))
        be_all(page, lab)
        (new,) = pids_of(lab) - pids
        expect(page.locator(f"[data-worker='{new}']")).to_contain_text("new, since")
        expect(listed).to_have_count(WORKERS + 1)
        lab.fetch("/lab/reset", {}, timeout=30)
        expect(page.locator("#runs-table")).to_contain_text(f"{WORKERS} workers of {THREADS} threads")
        page.locator("#runs-table tbody tr").nth(1).get_by_role("link").click()
        expect(page.locator(".run-facts")).to_contain_text(f"{WORKERS} workers of {THREADS}")
        expect(page.locator(".run-chart svg").first).to_contain_text("redis-buggy")


def test_while_the_judge_is_away_the_page_says_that_sessions_are_served(
    browser: Browser, tmp_path: Path, redis_server: RedisServer
) -> None:
    """The server answers, only without numbers; they come back with the judge."""
    with opened(browser, tmp_path, of_managers(["redis-fixed"], redis_server.url) | SEVERAL) as (page, lab):
        be_all(page, lab)
        judge = psutil.Process(lab.fetch("/lab/status")["environment"]["pid"]).parent()
        assert judge is not None
        notice = page.locator("#notice-gone")
        with stopped(lab.process.pid):  # it would start another judge at once
            judge.kill()
            expect(notice).to_contain_text("The judge of this lab is being started again. The workers serve sessions")
            expect(page.locator("#age")).to_contain_text("not measured")
            expect(page.locator("#load-reason")).to_have_text("Nothing is measured now, so no load can start.")
            assert lab.fetch("/redis-fixed/api/login", {"username": "ada", "password": "x"})["session_id"]
        expect(notice).to_be_hidden()
        expect(page.locator("#notice-restarted")).to_be_visible()


def test_processes_that_share_nothing_are_no_measurement(browser: Browser, tmp_path: Path) -> None:
    """Each process has its column, the sum is theirs, 404s are counted, and no verdict is shown."""
    with opened(browser, tmp_path, SPLIT) as (page, lab):
        pids = be_all(page, lab)
        lead = page.locator("#verdict-lead")
        expect(lead).to_have_text("Each session exists in one process only.")
        expect(page.locator("#verdict-aside")).to_contain_text("two of three requests for a session")
        expect(page.locator("#split")).to_contain_text("lab.py serve --redis --workers 3")
        run_users(page)
        burst = lab.fetch("/lab/status")["burst"]
        expect(lead).to_contain_text(f"{burst['failed']:,} of {burst['requests']:,} requests failed.")
        assert burst["failed"] > 0
        for name in ("buggy", "fixed"):
            each = [figure(page.locator(f"[data-process='{pid}']"), name) for pid in pids]
            assert figure(page.locator("#split-sum"), name) == sum(each) > 0
        for hidden in ("[data-verdict]", "[data-panel]", "[data-bug]", "#reset", "#no-wait", "#workers"):
            expect(page.locator(hidden).first).to_be_hidden()

        victim = max(pids, key=lambda pid: figure(page.locator(f"[data-process='{pid}']"), "fixed"))
        os.kill(victim, signal.SIGKILL)
        expect(page.locator(f"[data-process='{victim}']")).to_contain_text("ended with the process")
        be_all(page, lab)
        left = sum(figure(page.locator(f"[data-process='{pid}']"), "fixed") for pid in pids - {victim})
        assert figure(page.locator("#split-sum"), "fixed") == left


def figure(card: Locator, name: str) -> int:
    """The open sessions of one manager on a card."""
    return int(card.locator(f"[data-own={name}] [data-store]").inner_text().replace(",", ""))


def test_a_session_is_found_in_one_process_of_three(browser: Browser, tmp_path: Path) -> None:
    """What the headline says is so: other processes answer 404 for a session, and it counts as failed."""
    with opened(browser, tmp_path, SPLIT) as (page, lab):
        be_all(page, lab)
        session = lab.fetch("/fixed/api/login", {"username": "ada", "password": "x"})["session_id"]
        request = page.context.request
        found: Counter[int] = Counter()
        for _ in range(200):  # one in four or more went to another process: 0.75**200 is below 1e-24
            answer = request.get(f"{lab.url}/fixed/api/session/{session}", headers={"Connection": "close"})
            found[answer.status] += 1
            if len(found) > 1:
                break
        assert found.keys() == {200, 404}
        expect(page.locator("#split-sum [data-own=fixed] [data-store]")).to_have_text("1")


def test_another_lab_is_a_reason_that_no_rest_cures(page: Page) -> None:
    """The headline has the reason, and does not promise a verdict at rest."""

    def share(_: int, body: dict[str, Any]) -> None:
        body["verdict"] |= {"settled": False, "waiting_for": "another lab serves the same sessions"}

    rewrite_polls(page, share)
    expect(page.locator("#verdict-aside")).to_have_text("No verdict now: another lab serves the same sessions.")


@pytest.mark.parametrize(
    ("silent_s", "chip", "notice"),
    [(0.9, "", False), (1.4, "silent for 1.4 s", False), (3.2, "silent for 3.2 s", True)],
)
def test_a_silent_worker_is_named(page: Page, silent_s: float, chip: str, notice: bool) -> None:
    """Its silence is shown after one second, and after two the page says what that means."""

    def fall_silent(_: int, body: dict[str, Any]) -> None:
        body["status"]["workers"] = [
            worker(4711),
            worker(4712) | {"silent_s": silent_s},
        ]

    rewrite_polls(page, fall_silent)
    expect(page.locator("#fact-workers")).to_have_text("Workers2 workers of 20 threads")
    expect(page.locator("[data-worker='4712'] [data-state]")).to_have_text(chip)
    expect(page.locator("[data-worker='4711'] [data-state]")).to_have_text("")
    if notice:
        expect(page.locator("#notice-silent")).to_contain_text("Worker 4712: nothing heard for 3.2 s.")
    else:
        expect(page.locator("#notice-silent")).to_be_hidden()


def worker(pid: int, threads: int = 20) -> dict[str, Any]:
    """What the server tells of a worker."""
    return {"pid": pid, "threads": threads, "silent_s": 0.0, "own": {}, "acknowledged": {}}


@pytest.mark.parametrize(
    ("polls", "members"),
    [
        ([(0, [worker(1), worker(2)])], [[1, 20, None, None], [2, 20, None, None]]),
        ([(0, [worker(1)]), (5, [worker(1, 0)])], [[1, 20, None, None]]),  # read half-way
        ([(0, [worker(1)]), (5, [worker(2)]), (9, [worker(2)])], [[1, 20, None, 5], [2, 20, 5, None]]),
        ([(0, [worker(1)]), (5, [worker(2)]), (66, [worker(2)])], [[2, 20, 5, None]]),
        ([(0, [worker(1)]), (5, []), (6, [worker(1)])], [[1, 20, 6, None]]),  # its number was given again
        ([(pid, [worker(pid)]) for pid in range(6)], [[2, 20, 2, 3], [3, 20, 3, 4], [4, 20, 4, 5], [5, 20, 5, None]]),
    ],
)
def test_workers_come_and_go_in_the_roster(page: Page, polls: list[Any], members: list[Any]) -> None:
    """Those that have gone are kept for a minute, three at most, and a half-read one is as before."""
    assert page.evaluate(NOTE, polls) == members
