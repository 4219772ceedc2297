"""Stepping by hand: order loses the update, whoever waits says for whom, and every way can be gone back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from racelab.explorer.fixture import Explorer
from racelab.server import Server
from racelab.web.hints import WAYS
from racelab.web.replay.trace_json import as_json
from tests.browser.test_page import OVERFLOW, background
from tests.explorer.toys import Manager, toy

pytestmark = pytest.mark.blank

STUCK = WAYS["create-and-delete"]
LOST = "scenario=lost-update&variant=buggy&schedule=A1+B3+A2"


def open_replay(page: Page, server: Server, asked: str) -> None:
    """Open a replay, and wait until the server's first answer is shown."""
    page.goto(f"{server.url}/replay?{asked}")
    expect(page.locator("[data-reason]").first).not_to_be_empty()


def step(page: Page, tasks: str) -> None:
    """Press the steppers one after another, each when the one before is shown."""
    taken = page.locator("#trail [data-kind]:not([data-kind=''])")
    for task in tasks:
        count = taken.count()
        page.get_by_role("button", name=f"Step {task}", exact=True).click()
        expect(taken).to_have_count(count + 1)


def next_line(page: Page, task: str) -> Locator:
    """The line that is lit in a column."""
    return page.locator(f"[data-column={task}] [data-code] [aria-current]")


def test_from_a_bug_card_to_a_lost_update_by_hand(page: Page, server: Server) -> None:
    """A reads, B does everything, A writes: B was told 'done', and its key is gone."""
    page.goto(server.url)
    page.locator("#bug-lost_updates").get_by_role("link", name="Replay it, step by step").click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")
    expect(next_line(page, "A")).to_contain_text("with self._state.store.read() as sessions:")
    step(page, "A")
    expect(page.locator("[data-column=A] [data-values]")).to_contain_text("count=1, theme=dark")
    expect(next_line(page, "A")).to_contain_text("with self._state.store.write() as sessions:")
    step(page, "BBB")
    expect(page.locator("[data-tile=store]")).to_contain_text("language=de")
    expect(page.locator("[data-column=B] [data-operations]")).to_contain_text("done")
    step(page, "AA")
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    expect(page.locator("#outcome")).to_have_attribute("data-tone", "bad")
    expect(page.locator("#words")).to_contain_text("B's key 'language' was saved as 'de' and is not stored")
    expect(page.locator("[data-tile=store]")).not_to_contain_text("language")
    for task in "AB":
        expect(page.get_by_role("button", name=f"Step {task}", exact=True)).to_be_disabled()
        expect(page.locator(f"#reason-{task}")).to_have_text(f"{task} has ended.")


def test_the_other_order_loses_nothing_and_says_so(page: Page, server: Server) -> None:
    """Words for not losing, and what to try."""
    open_replay(page, server, "scenario=lost-update&variant=buggy")
    step(page, "AAABBB")
    expect(page.locator("#headline")).to_have_text("Nothing was lost this time.")
    expect(page.locator("#words")).to_contain_text("A had finished before B began")
    expect(page.locator("#outcome")).to_have_attribute("data-tone", "good")


def test_what_happens_when_all_have_ended_is_shown(page: Page, server: Server) -> None:
    """The verdict is about the state after cleanup, where odd is a dead letter."""
    open_replay(page, server, "scenario=cleanup-leak&variant=fixed")
    note, queue = page.locator("#afterwards"), page.locator("[data-tile=queue]")
    expect(note).to_be_hidden()
    page.get_by_role("button", name="To the end").click()
    expect(note).to_have_text(
        "After the last step cleanup ran until its queue was empty, at most 20 times. This is the state after that."
    )
    expect(queue).to_contain_text("odd dead letter")
    page.get_by_role("button", name="Back").click()
    expect(note).to_be_hidden()
    expect(queue).not_to_contain_text("dead letter")


def test_a_step_that_is_not_possible_says_for_whom_it_waits(page: Page, server: Server) -> None:
    """On the fixed manager the order that loses cannot be taken."""
    open_replay(page, server, "scenario=lost-increment&variant=fixed")
    step(page, "AAB")
    button = page.get_by_role("button", name="Step B", exact=True)
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description("B waits for A's lock of the session.")
    expect(page.locator("[data-tile=held]")).to_contain_text("A holds the session")
    step(page, "A")
    expect(button).to_be_enabled()
    page.get_by_role("button", name="To the end").click()
    expect(page.locator("#headline")).to_have_text("Nothing was lost this time.")


def in_a_thread(self: Manager, session_id: str) -> int:
    """An increment that a thread of the manager's own does."""
    answers: list[int] = []
    self._runtime.start("counts", lambda: answers.append(Manager.increment_access(self, session_id))).join()
    return answers[0]


def start_threads(page: Page) -> None:
    """Replay a manager with a thread of its own in the place of the lab's."""
    threads, asked = toy(increment_access=in_a_thread), Explorer()

    def answer(route: Route) -> None:
        schedule = re.findall(r"schedule=([^&]*)", route.request.url.replace("+", " "))
        trace = asked.replay(["increment_access s1"] * 2, threads, "".join(schedule), "end=1" in route.request.url)
        route.fulfill(content_type="application/json", body=json.dumps(as_json(trace, {})))

    page.route("**/lab/replay?*", answer)


def test_a_thread_that_the_manager_starts_has_a_column_while_it_is_there(page: Page, server: Server) -> None:
    """A started thread has a column, a button and a key, and none before its start."""
    start_threads(page)
    open_replay(page, server, "scenario=lost-increment&variant=buggy")
    third = page.get_by_role("button", name="Step C", exact=True)
    expect(third).to_have_count(0)
    step(page, "AA")
    expect(third).to_be_enabled()
    expect(page.locator("[data-stepper=C] h3")).to_have_text("Task C: a thread")
    expect(page.locator(".lane-name")).to_have_text(["A", "B", "C"])
    step(page, "C")
    page.keyboard.press("c")
    expect(page.locator("#order-heading")).to_have_text("Schedule: A2 C2")
    expect(page.locator("[data-column=C] [data-operations]")).to_contain_text("counts()")
    assert page.evaluate(OVERFLOW) <= 0
    page.get_by_role("button", name="Start over").click()
    expect(third).to_have_count(0)
    expect(page.locator(".lane-name")).to_have_text(["A", "B"])


def test_back_and_the_trail_lead_to_earlier_steps(page: Page, server: Server) -> None:
    """What was taken back stays to come, until another way is gone."""
    open_replay(page, server, LOST)
    to_come = page.locator("#trail [data-kind='']")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#order-heading")).to_have_text("Schedule: A1 B3 A1")
    expect(to_come).to_have_count(1)
    page.locator("#trail button").first.click()
    expect(page.locator("#order-heading")).to_have_text("Schedule: A1")
    expect(to_come).to_have_count(5)
    step(page, "A")
    expect(to_come).to_have_count(0)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")
    expect(page.get_by_role("button", name="Back")).to_be_disabled()


def test_the_address_holds_the_order(page: Page, server: Server) -> None:
    """Sent to somebody else, it shows the same; what is still to come as well."""
    open_replay(page, server, "scenario=lost-update&variant=buggy")
    step(page, "ABB")
    expect(page).to_have_url(re.compile(r"schedule=A1\+B2&answer=hidden$"))
    page.get_by_role("button", name="Back").click()
    expect(page).to_have_url(re.compile(r"schedule=A1\+B2&at=2&answer=hidden$"))
    page.reload()
    expect(page.locator("#order-heading")).to_have_text("Schedule: A1 B1")
    expect(page.locator("#trail [data-kind='']")).to_have_count(1)
    other = page.locator("[data-choice=fixed]")
    expect(other).to_have_attribute("href", re.compile(r"variant=fixed&schedule=A1\+B2&at=2&answer=hidden$"))


def test_keys_are_enough(page: Page, server: Server) -> None:
    """Letters and digits step, the arrow goes back, Home and End go all the way."""
    open_replay(page, server, "scenario=lost-update&variant=buggy")
    heading = page.locator("#order-heading")
    page.locator("#player").focus()
    for key, order in (("a", "A1"), ("2", "A1 B1"), ("b", "A1 B2"), ("ArrowLeft", "A1 B1"), ("Backspace", "A1")):
        page.keyboard.press(key)
        expect(heading).to_have_text(f"Schedule: {order}")
    page.keyboard.press("Home")
    expect(heading).to_have_text("Schedule")
    page.keyboard.press("End")
    expect(heading).to_have_text("Schedule: A1 B3 A2")


def test_a_task_that_waits_is_not_stepped_by_its_key(page: Page, server: Server) -> None:
    """As little as by its button."""
    open_replay(page, server, "scenario=lost-increment&variant=fixed&schedule=A2+B1")
    page.locator("#player").focus()
    page.keyboard.press("b")
    page.keyboard.press("a")
    expect(page.locator("#order-heading")).to_have_text("Schedule: A2 B1 A1")


def test_play_takes_a_step_at_a_time(page: Page, server: Server) -> None:
    """First as the address says, then in turns; and it stops at the end."""
    page.clock.install(time=datetime(2030, 1, 1, tzinfo=UTC))
    open_replay(page, server, f"{LOST}&at=0")
    page.clock.pause_at(datetime(2030, 1, 1, 1, tzinfo=UTC))
    taken = page.locator("#trail [data-kind]:not([data-kind=''])")
    page.get_by_role("button", name="Play").click()
    for count in range(1, 7):
        page.clock.run_for(750)
        expect(taken).to_have_count(count)
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    expect(page.get_by_role("button", name="Play again")).to_be_visible()


def test_hints_open_one_after_another_and_the_last_one_loses(page: Page, server: Server) -> None:
    """They stay when it is over."""
    open_replay(page, server, "scenario=lost-update&variant=buggy")
    button, shown = page.locator("#hint"), page.locator("#hints li").filter(visible=True)
    for count in range(1, 5):
        button.click()
        expect(shown).to_have_count(count)
    expect(button).to_be_disabled()
    shown.last.get_by_role("link").click()
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    expect(shown).to_have_count(4)


@pytest.mark.parametrize(
    ("asked", "headline"),
    [
        ("scenario=lost-update&variant=atomic-counter&schedule=A1+B3+A2", "A change was lost."),
        (f"scenario=create-and-delete&variant={STUCK.variant}&schedule={STUCK.schedule}", "Deadlock."),
        ("scenario=lost-update&variant=one-write-lock&schedule=A2+B2", "Nothing was lost this time."),
        ("scenario=lost-update&variant=fixed&schedule=A1+B3+A2", "Nothing was lost this time."),
    ],
)
def test_a_half_fix_still_loses_and_a_fix_does_not(page: Page, server: Server, asked: str, headline: str) -> None:
    """The same page for every manager; what a fix changed is marked."""
    open_replay(page, server, asked)
    expect(page.locator("#headline")).to_have_text(headline)


def test_changed_lines_of_a_fix_are_marked(page: Page, server: Server) -> None:
    """By a sign, not by colour alone."""
    open_replay(page, server, "scenario=lost-update&variant=one-write-lock")
    changed = page.locator("[data-column=A] [data-changed=true]")
    expect(changed.first.locator(".sign")).to_have_text(re.compile(r"[+▶]"))
    expect(page.locator("[data-column=A] [data-place]")).to_contain_text("session_manager/fixes/lost_update.py")


def test_an_order_that_this_manager_does_not_allow_is_told(page: Page, server: Server) -> None:
    """With the steps that could be taken."""
    open_replay(page, server, "scenario=lost-update&variant=fixed&schedule=A2+B3")
    expect(page.locator("#diverged")).to_contain_text("Step 4: B waits for A's lock of the session.")
    expect(page.locator("#order-heading")).to_have_text("Schedule: A2 B1")


def test_a_bad_schedule_in_the_address_is_told_in_words(page: Page, server: Server) -> None:
    """And the page works all the same."""
    open_replay(page, server, "scenario=lost-update&variant=buggy&schedule=nonsense")
    expect(page.locator(".problem").first).to_contain_text("is no turn")
    step(page, "A")


def test_the_trace_is_copied_as_text(page: Page, server: Server) -> None:
    """The same text as on the command line."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_replay(page, server, LOST)
    page.get_by_role("button", name="Copy the trace").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("lost-update on buggy: A1 B3 A2\n")


@pytest.mark.parametrize(
    "path", [f"/replay?{LOST}", "/replay?scenario=stale-clock&variant=fixed&schedule=A2+B3", "/fixes"]
)
def test_nothing_sticks_out_at_any_width(page: Page, server: Server, path: str) -> None:
    """With the chooser and all hints open; the matrix scrolls in a box of its own."""
    page.goto(server.url + path)
    if "replay" in path:
        expect(page.locator("[data-reason]").first).not_to_be_empty()
    page.evaluate(
        "document.querySelectorAll('details, #hints li').forEach((one) => { one.hidden = false; one.open = true; })"
    )
    for width in (320, 390, 860, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(OVERFLOW) <= 0, width


def test_on_a_phone_both_steps_are_in_sight_until_the_end(page: Page, server: Server) -> None:
    """Wherever a reader is on a phone, both buttons are in sight; at the end neither covers anything."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_replay(page, server, "scenario=lost-update&variant=buggy")
    for place in ("window.scrollTo(0, 0)", "window.scrollTo(0, document.body.scrollHeight / 2)"):
        page.evaluate(place)
        for task in "AB":
            expect(page.get_by_role("button", name=f"Step {task}", exact=True)).to_be_in_viewport()
    open_replay(page, server, LOST)
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    expect(page.locator(".steps")).to_have_css("position", "static")


@pytest.mark.parametrize("path", ["/replay", "/fixes"])
def test_dark_is_dark_on_every_page(browser: Browser, server: Server, path: str) -> None:
    """As the system says, until the button is pressed."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(server.url + path)
    assert background(page) < 60
    page.get_by_role("button", name="Light").click()
    assert background(page) > 200
    context.close()
