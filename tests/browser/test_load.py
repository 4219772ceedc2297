"""The page during a load, and after it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from racelab.bugs import BUGS
from racelab.server import Server
from tests.browser.labs import rewrite_polls

DISTINCT_FIGURES = """(wanted) => {
  const seen = (window.seenFigures ??= new Set());
  seen.add(document.querySelector('[data-panel=buggy] [data-count=store] [data-figure]').textContent);
  return seen.size >= wanted;
}"""

NONE_VANISHED = re.compile(r"agree: [1-9][\d,]* overlapped, 0 vanished")
AGREED = {
    "cleanup_leak": re.compile(r"agree: [1-9][\d,]* came up for cleanup, none stuck"),
    "phantom_sessions": re.compile(r"agree: [1-9][\d,]* logins and logouts, the counts agree"),
}


UNTIL_STOPPED = 60  # seconds: the maximum, for tests that look at the page during the load


def run_users(page: Page, seconds: int = 2, kind: str = "mixed") -> None:
    """Run twenty users. A short load may end before the page shows it, so the page is not asked here."""
    page.locator("[name=seconds]").fill(str(seconds))
    page.locator("[name=kind]").select_option(kind)
    with page.expect_response("**/lab/burst") as started:
        page.locator("#let-in").click()
    assert started.value.ok


def be_done(page: Page) -> None:
    """Wait until the verdict is given."""
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "done")


def test_counts_move_during_a_load(page: Page) -> None:
    """The store count takes several values during a load."""
    run_users(page, seconds=UNTIL_STOPPED)
    page.wait_for_function(DISTINCT_FIGURES, arg=4, polling=100)
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "measuring")
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#load-message")).to_contain_text("requests so far")
    buggy, fixed = (page.locator(f"[data-verdict={name}] [data-sentence]") for name in ("buggy", "fixed"))
    expect(buggy).to_have_text(re.compile(r"acknowledged so far\. At least [1-9][\d,]* missing\."))
    expect(fixed).to_have_text(re.compile(r"acknowledged so far\.\s*$"))
    page.locator("#stop").click()
    be_done(page)


def test_a_load_from_outside_is_told_and_can_be_stopped(page: Page, server: Server) -> None:
    """Its users are named, no load of the page starts beside it, no verdict is given, and Stop asks it to end."""
    message, stop = page.locator("#load-message"), page.locator("#stop")
    session = server.fetch("/fixed/api/login", {"username": "ada", "password": "x"})["session_id"]
    server.fetch("/lab/lease", {"seconds": 60, "users": 24, "begins": True})
    expect(message).to_have_text(re.compile(r"24 users from outside: [\d,]+ calls? per second\."))
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "measuring")
    expect(page.locator("#let-in")).to_be_disabled()
    expect(page.locator("#dials-summary")).to_contain_text("for the running load")
    stop.click()
    expect(message).to_contain_text("was asked to stop")
    expect(stop).to_be_disabled()
    assert server.fetch("/lab/lease", {"seconds": 60, "users": 24})["stop"]
    server.fetch("/lab/lease", {"seconds": 0})
    expect(message).to_have_text("No load is running.")
    be_done(page)
    server.fetch(f"/fixed/api/session/{session}")


def test_it_is_not_staged(page: Page) -> None:
    """One button saves without any added delay, and says after how many saves the first vanished."""
    page.locator("#no-wait").click()
    expect(page.locator("#no-wait-said")).to_have_text(
        re.compile(r"After [\d,]+ saves without any added delay or fault, [1-9].* vanished\. On fixed, .* 0 vanished\.")
    )
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "empty")


def test_the_same_load_loses_changes_on_buggy_and_none_on_fixed(page: Page) -> None:
    """All four cards show their bug on buggy and agree on fixed."""
    run_users(page, seconds=4)
    be_done(page)
    buggy, fixed = page.locator("[data-verdict=buggy]"), page.locator("[data-verdict=fixed]")
    expect(buggy.locator("[data-word]")).to_have_text("do not agree")
    expect(buggy.locator("[data-sentence]")).to_have_text(
        re.compile(r"[\d,]+ saves and [\d,]+ counted reads acknowledged\. .*[1-9][\d,]* vanished\.")
    )
    expect(fixed.locator("[data-word]")).to_have_text("agree")
    expect(fixed.locator("[data-sentence]")).to_have_text(re.compile(r"(?<!\d)0 vanished\."))
    for bug in BUGS:
        card = page.locator(f"[data-bug={bug.key}]")
        expect(card.locator("[data-result=buggy]")).to_contain_text(
            re.compile(r"seen [\d,]+ times?, first seen \d\d:\d\d:\d\d")
        )
        expect(card.locator("[data-result=buggy] [data-evidence]")).to_be_visible()
        expect(card.locator("[data-result=fixed]")).to_contain_text(AGREED.get(bug.key, NONE_VANISHED))
    expect(page).to_have_title(re.compile(r"^[\d,]+ vanished on buggy"))
    expect(page.locator("[data-panel=buggy] [data-queue-word]")).to_contain_text("while idle")
    expect(page.locator("[data-panel=fixed] [data-gap]")).to_have_text("counts agree")


def test_one_user_alone_loses_nothing(page: Page) -> None:
    """One user loses nothing, and the page proposes many users next."""
    page.get_by_role("button", name="One user, 50 updates").click()
    be_done(page)
    expect(page.locator("[data-verdict=buggy] [data-sentence]")).to_contain_text("acknowledged. 0 vanished.")
    expect(page.locator("#verdict-aside")).to_contain_text("One user alone loses nothing")


def test_one_manager_alone_leaves_the_other_not_measured(page: Page) -> None:
    """A manager without requests is not measured."""
    page.get_by_role("checkbox", name="fixed").uncheck()
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    expect(page.locator("[data-verdict=buggy] [data-word]")).to_have_text("do not agree")
    expect(page.locator("[data-verdict=fixed] [data-word]")).to_have_text("not measured yet")


def test_a_disabled_button_has_a_reason(page: Page) -> None:
    """A running load, no ticked manager and a number out of range each disable it."""
    button, why = page.locator("#let-in"), page.locator("#load-reason")
    for box in ("buggy", "fixed"):
        page.get_by_role("checkbox", name=box).uncheck()
    expect(why).to_have_text("Tick at least one manager.")
    expect(button).to_be_disabled()
    page.get_by_role("checkbox", name="buggy").check()
    page.locator("[name=visitors]").fill("65")
    expect(why).to_have_text("Users: a whole number from 1 to 64.")
    page.locator("[name=visitors]").fill("2")
    expect(button).to_have_text("Run 2 users")
    run_users(page, seconds=UNTIL_STOPPED)
    expect(why).to_contain_text("A load is running")
    expect(button).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    be_done(page)
    expect(page.locator("#stop")).to_be_disabled()
    expect(button).to_be_enabled()


def test_a_number_out_of_range_stops_only_what_it_is_for(page: Page) -> None:
    """The headline keeps the last valid number; one user needs no number."""
    page.locator("[name=visitors]").fill("999999")
    why = page.locator("#load-reason")
    expect(why).to_have_text("Users: a whole number from 1 to 64.")
    expect(why).to_have_attribute("data-tone", "bad")
    expect(page.locator("#let-in")).to_have_text("Run 20 users")
    expect(page.locator("#verdict-lead")).to_contain_text("Press Run 20 users.")
    expect(page.locator("#let-in")).to_be_disabled()
    one = page.locator("#one-visitor")
    expect(one).to_be_enabled()
    one.click()
    be_done(page)
    expect(page.locator("[data-verdict=fixed] [data-sentence]")).to_contain_text("acknowledged. 0 vanished.")


def test_after_stop_the_page_says_one_thing_at_a_time(page: Page, server: Server) -> None:
    """The page shows that it is stopping, and then that the load has ended."""
    state, stop = page.locator(".load-state"), page.locator("#stop")
    run_users(page, seconds=UNTIL_STOPPED)
    expect(state).to_contain_text("A load is running")
    page.route("**/lab/burst/stop", lambda _: None)  # held back, so that the moment can be seen
    stop.click()
    expect(state).to_have_text("Stopping…")
    expect(stop).to_be_disabled()
    page.unroute("**/lab/burst/stop")
    rewrite_polls(page, say_settling)
    left = "The load has ended. Cleanup is running; the verdict follows."
    expect(state).to_have_text(left)
    expect(page.locator("#verdict-aside")).to_have_text(left)
    page.unroute("**/lab/poll*")
    server.fetch("/lab/burst/stop", {})
    be_done(page)


def say_settling(_poll: int, body: dict[str, Any]) -> None:
    """The server's own answer to a poll, with the load settling."""
    body["status"]["burst"]["state"] = "settling"


def test_a_run_without_changes_is_measured_all_the_same(page: Page) -> None:
    """The table shows the verdict on logins and logouts, and counts no changes."""
    run_users(page, kind="phantom_sessions", seconds=1)
    be_done(page)
    page.get_by_role("button", name="New run").click()
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "empty")
    expect(page.locator("#load-message")).to_have_text("No load is running.")
    ended = page.locator("#runs-table tbody tr").nth(1)
    expect(ended.locator("[data-of=fixed] .word")).to_have_text("agree")
    expect(ended.locator("[data-of=fixed]")).not_to_contain_text("vanished")
    expect(ended.locator("[data-of=buggy]")).not_to_contain_text("vanished")


def test_a_refusal_of_the_server_is_shown_in_its_words(page: Page, trouble: list[str]) -> None:
    """A refusal of the server stands beside the button that was pressed."""

    def refuse(route: Route) -> None:
        body = json.dumps({"title": "Conflict", "status": 409, "detail": "A load is running."})
        route.fulfill(status=409, content_type="application/problem+json", body=body)

    page.route("**/lab/burst", refuse)
    page.locator("#let-in").click()
    expect(page.locator("#load-problem")).to_have_text("A load is running.")
    expect(page.locator("#let-in")).to_be_enabled()
    assert all("409" in text for text in trouble)
    trouble.clear()


def test_a_new_run_has_the_next_number_and_keeps_the_last(page: Page, server: Server) -> None:
    """A new run starts empty, and the table keeps the ended run."""
    run = server.fetch("/lab/status")["run"]
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    page.get_by_role("button", name="New run").click()
    expect(page.locator("#fact-run")).to_have_text(str(run + 1))
    expect(page.locator("#verdict")).to_have_attribute("data-phase", "empty")
    expect(page.locator("[data-panel=buggy] [data-count=store] [data-figure]")).to_have_text("0")
    newest = page.locator("#runs-table tbody tr").nth(1)
    expect(newest).to_contain_text(f"Run {run}")
    expect(newest).to_contain_text("do not agree")


def test_dead_letters_can_be_seen_and_discarded(page: Page, server: Server) -> None:
    """Dead letters are listed until they are discarded."""
    run_users(page, kind="cleanup_leak", seconds=2)
    be_done(page)
    dead = len(server.fetch("/lab/dead-letters/fixed")["dead_letters"])
    assert dead > 0
    letters = page.locator("[data-dead-letters=fixed]")
    letters.locator("summary").click()
    expect(letters.locator("summary")).to_contain_text(f"({dead})")
    expect(letters.locator("li").first).to_contain_text("3 attempts")
    letters.get_by_role("button", name="Discard all").click()
    expect(letters).to_contain_text(f"{dead} id")
    expect(letters.locator("summary")).to_contain_text("(0)")
    expect(letters.locator("li")).to_have_count(0)


def test_a_dial_set_by_keyboard_reaches_the_server(page: Page, server: Server) -> None:
    """A dial set by keyboard reaches the server, and the next load uses it."""
    page.locator("#dials > summary").click()
    page.get_by_label("Added delay").focus()
    with page.expect_response("**/lab/dials"):
        page.keyboard.press("ArrowRight")
    assert server.fetch("/lab/status")["dials"]["window_ms"] == 0.1
    expect(page.locator("[data-output=window_ms]")).to_have_text("0.1 ms")
    expect(page.get_by_label("Use these settings")).to_be_checked()
    expect(page.locator("#dials-summary")).to_contain_text("added delay 0.1 ms")


def test_the_verdict_has_its_own_conditions_beside_the_present_dials(page: Page) -> None:
    """After a load the verdict keeps its added delay, and the dials say what is set now and for which load."""
    conditions, summary = page.locator("#verdict-conditions"), page.locator("#dials-summary")
    expect(conditions).to_be_hidden()
    expect(summary).to_contain_text("now: added delay 0 ms")
    expect(summary).to_contain_text("each workload sets its own")
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    expect(conditions).to_have_text("Measured with an added delay of up to 2 ms and no faults.")
    expect(summary).to_contain_text("now: added delay 0 ms")
    page.locator("#dials > summary").click()
    page.get_by_role("button", name="Wide gaps").click()
    expect(summary).to_contain_text("now: added delay 4 ms")
    expect(summary).to_contain_text("the next load uses these")
    page.locator("[name=kind]").select_option("mixed")
    expect(page.get_by_label("Use these settings")).not_to_be_checked()
    expect(summary).to_contain_text("each workload sets its own")
    expect(conditions).to_have_text("Measured with an added delay of up to 2 ms and no faults.")


def test_the_table_of_runs_fits(page: Page) -> None:
    """No column is cut at 1280 pixels, and none at 390, where each run is a card."""
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    page.get_by_role("button", name="New run").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator("#runs-table")).to_have_attribute("data-cut", "false")
        expect(page.locator("#runs-wide")).to_be_hidden()


def test_a_dial_out_of_range_is_refused_in_words(page: Page) -> None:
    """The refusal names the dial, the dial keeps its value, and a correction works."""
    page.locator("#dials > summary").click()
    dial = page.get_by_label("Cleanup pause")
    dial.fill("-1")
    dial.press("Enter")
    expect(page.locator("#dials-problem")).to_have_text(
        "Cleanup pause is from 0.05 to 3,600 seconds. No dial was changed."
    )
    expect(dial).to_have_value("0.5")
    dial.fill("1")
    expect(page.locator("#dials-problem")).to_be_hidden()


def test_the_measurements_can_be_exported(page: Page, tmp_path: Path) -> None:
    """Both exported files contain the present run."""
    for name in ("HTML", "JSON"):
        with page.expect_download() as started:
            page.get_by_role("link", name=f"Save all as {name}").click()
        started.value.save_as(tmp_path / name)
    assert json.loads((tmp_path / "JSON").read_text())["runs"]
    assert "<html" in (tmp_path / "HTML").read_text()
