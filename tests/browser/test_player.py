"""The player of the replay page: what has to be seen together is in one window, and nothing moves but by a step."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from racelab.server import Server
from tests.browser.test_replay import next_line, open_replay, start_threads, step

STAGE: ViewportSize = {"width": 1280, "height": 800}
BOXES = """() => [...document.querySelectorAll("button, .code, [data-tile], #headline, #trail, [aria-current=step]")]
    .map((one) => [one.id || one.className, JSON.stringify(one.getBoundingClientRect())])"""


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
    page.set_viewport_size(STAGE)
    open_replay(page, server, f"scenario={scenario}&variant={variant}")
    for task in tasks:
        step(page, task)
        see_all(page, "AB")


def test_three_tasks_are_seen_together(page: Page, server: Server) -> None:
    """A thread of the manager's own has its column in the same window."""
    page.set_viewport_size(STAGE)
    start_threads(page)
    open_replay(page, server, "scenario=lost-increment&variant=buggy")
    step(page, "AAC")
    see_all(page, "ABC")


def test_a_hint_that_opens_moves_nothing(page: Page, server: Server) -> None:
    """Hints stand beside; only the words on their button change."""
    page.set_viewport_size(STAGE)
    open_replay(page, server, "scenario=lost-update&variant=buggy&schedule=A1+B2")
    still = [box for box in boxes(page) if box[0] != "hint"]
    for _ in range(4):
        page.locator("#hint").click()
    expect(page.locator("#hints li").last).to_be_in_viewport()
    assert [box for box in boxes(page) if box[0] != "hint"] == still
