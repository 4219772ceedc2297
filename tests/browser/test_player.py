"""The player of the replay page: what has to be seen together is in one window, and nothing moves but by a step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from racelab.server import Server
from tests.browser.test_replay import LOST, next_line, open_replay, start_threads, step

pytestmark = pytest.mark.blank

BOXES = """() => [...document.querySelectorAll("button, .code, [data-tile], #headline, #trail, [aria-current=step]")]
    .map((one) => [one.id || one.className, JSON.stringify(one.getBoundingClientRect())])"""


def on_a_stage(page: Page, server: Server, asked: str) -> None:
    """Open a replay as a projector shows it."""
    page.set_viewport_size({"width": 1280, "height": 800})
    open_replay(page, server, asked)


def boxes(page: Page) -> list[Any]:
    """Where everything stands that is pressed or read."""
    told: list[Any] = page.evaluate(BOXES)
    return told


def see_all(page: Page, tasks: str) -> None:
    """Without scrolling: the next lines, whole, the buttons, what is shared, the schedule and the headline."""
    assert page.evaluate("scrollY") == 0
    for task in tasks:
        expect(page.get_by_role("button", name=f"Step {task}", exact=True)).to_be_in_viewport(ratio=1)
        for line in next_line(page, task).all():
            expect(line).to_be_in_viewport(ratio=1)
    for tile in page.locator("[data-tile]").all():
        expect(tile).to_be_in_viewport(ratio=1)
    for each in ("#headline", "#back", "#end", "#order-heading", "#trail [aria-current]", "#hint"):
        expect(page.locator(each)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("scenario", "variant", "tasks"),
    [
        ("lost-update", "buggy", "ABBA"),
        ("stale-then-saved", "one-write-lock", "BBBAA"),
        ("failed-step", "check-then-decrement", "A"),
    ],
)
def test_code_steps_and_state_are_seen_together(
    page: Page, server: Server, scenario: str, variant: str, tasks: str
) -> None:
    """After each of several steps, on a stage of 1280 by 800."""
    on_a_stage(page, server, f"scenario={scenario}&variant={variant}")
    for task in tasks:
        step(page, task)
        see_all(page, "AB")


def test_the_gap_is_seen_where_a_replay_has_ended(page: Page, server: Server) -> None:
    """No line comes next then; before, it is the next line that is in view."""
    on_a_stage(page, server, "scenario=lost-update&variant=buggy")
    step(page, "ABBBAA")
    for task in "AB":
        expect(page.locator(f"[data-column={task}] [data-mark=BUG]").first).to_be_in_viewport(ratio=1)


def test_three_tasks_are_seen_together(page: Page, server: Server) -> None:
    """A thread of the manager's own has its column in the same window."""
    start_threads(page)
    on_a_stage(page, server, "scenario=lost-increment&variant=buggy")
    step(page, "AAC")
    see_all(page, "ABC")


def test_a_hint_that_opens_moves_nothing(page: Page, server: Server) -> None:
    """Hints stand beside; only the words on their button change."""
    on_a_stage(page, server, "scenario=lost-update&variant=buggy&schedule=A1+B2")
    still = [box for box in boxes(page) if box[0] != "hint"]
    for _ in range(4):
        page.locator("#hint").click()
    expect(page.locator("#hints li").last).to_be_in_viewport()
    assert [box for box in boxes(page) if box[0] != "hint"] == still


def test_keys_act_only_in_the_player_and_can_be_switched_off(page: Page, server: Server) -> None:
    """Not elsewhere and not in a field; a click into the player is enough; the switch is remembered."""
    on_a_stage(page, server, "scenario=lost-update&variant=buggy")
    heading, switch = page.locator("#order-heading"), page.get_by_role("checkbox", name=re.compile("^Keys"))
    page.keyboard.press("a")
    switch.press("a")
    page.locator("#headline").click()
    page.keyboard.press("b")
    expect(heading).to_have_text("Schedule: B1")
    switch.uncheck()
    page.reload()
    expect(heading).to_have_text("Schedule: B1")
    expect(switch).not_to_be_checked()
    page.locator("#player").focus()
    page.keyboard.press("a")
    step(page, "B")
    expect(heading).to_have_text("Schedule: B2")


def test_a_step_is_announced_and_a_play_only_where_it_stops(page: Page, server: Server) -> None:
    """What happened, and what has changed of what is shared; one announcement for a whole play."""
    on_a_stage(page, server, f"{LOST}&at=2")
    told = page.locator("#announced")
    page.evaluate("""() => {
        const told = document.querySelector("#announced");
        window.heard = [];
        new MutationObserver(() => window.heard.push(told.textContent)).observe(told, { childList: true });
    }""")
    expect(told).to_have_attribute("role", "status")
    step(page, "B")
    expect(told).to_contain_text("Step 3, B: take the write lock")
    expect(told).to_contain_text("Store: s1 count 1, language=de. A or B can go on.")
    page.get_by_role("button", name="Play").click()
    expect(told).to_contain_text("A change was lost.")
    assert len(page.evaluate("window.heard")) == 2
