"""The page of one's own code: paste, grade, step; and the right one, of which nothing is found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from racelab.server import Server
from tests.browser.test_page import OVERFLOW
from tests.web.test_your_code import EXAMPLES

TOP = "(one) => one.offsetTop"
LINE = "[data-column={}] [data-code] [aria-current]"


def see_form(page: Page) -> None:
    """Wait until the page shows the form, or the last grade; and then the form, for a source."""
    expect(page.locator("#ask, #again").filter(visible=True)).to_have_count(1)
    if page.locator("#again").is_visible():
        page.locator("#again").click()
    page.locator("[name=kind][value=paste]").check(force=True)


def grade(page: Page, example: str) -> None:
    """Press an example and Grade, and wait for the end."""
    see_form(page)
    page.locator(f"[data-example={example}]").click()
    page.locator("#grade").click()
    expect(page.locator("#headline")).not_to_contain_text("Grading")
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#again")).to_be_visible()


def test_a_lost_update_is_stepped_through(page: Page, server: Server) -> None:
    """A stops between reading and writing, B writes, and what A has read is stale."""
    page.get_by_role("link", name="Your code").click()
    grade(page, "lost")
    expect(page.locator("#headline")).to_have_text("Lost update")
    expect(page.locator(LINE.format("A"))).to_contain_text("with self._lock:")
    expect(page.locator("#player")).to_be_focused()
    top = page.locator("#sides").evaluate(TOP)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#said")).to_contain_text("B interrupts A")
    expect(page.locator("#locks")).to_contain_text("B holds")
    for _ in range(3):
        page.locator("#step").click()
    expect(page.locator("#shared")).to_contain_text("nothing → 1")
    expect(page.locator("[data-column=A] [data-stale=true]")).to_contain_text("now 1")
    expect(page.locator(LINE.format("B"))).to_contain_text("self._counts[page] = count")
    assert page.locator("#sides").evaluate(TOP) == top
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-column=A] [data-stale=true]")).to_have_count(0)
    page.keyboard.press("End")
    expect(page.locator("#said")).to_have_text("In the end: it.total() → 1.")
    expect(page.locator("#step")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#command")).to_contain_text("--replay 'A1 B2 A1'")


def test_a_store_is_raced_for_one_session(page: Page, server: Server) -> None:
    """The program shows what came first, and More has it to be edited."""
    page.goto(f"{server.url}/grade")
    grade(page, "store")
    expect(page.locator("#headline")).to_have_text("Lost update")
    expect(page.locator("#made")).to_contain_text('sid = it.create("a")')
    page.locator("#refine").click()
    expect(page.locator("#first")).to_have_value('sid = it.create("a")')


def test_the_right_one_is_told_as_such(page: Page, server: Server) -> None:
    """No stepper, and what the answer covers."""
    page.goto(f"{server.url}/grade")
    grade(page, "right")
    expect(page.locator("#headline")).to_have_text("No interleaving goes wrong")
    expect(page.locator("#tried")).to_contain_text("Nothing is said of longer programs")
    expect(page.locator("#tried")).to_contain_text("so a plain count += 1 is one step.")
    expect(page.locator("#file")).to_contain_text("from your_code import Visits")
    expect(page.locator("#finding")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1400])
def test_a_deadlock_fits_the_window(page: Page, server: Server, width: int) -> None:
    """Both threads wait, and nothing is wider than the window."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/grade")
    grade(page, "deadlock")
    page.keyboard.press("End")
    for task, other in ("AB", "BA"):
        expect(page.locator(f"[data-column={task}] [data-reason]")).to_contain_text(f"which {other} holds")
    assert not page.evaluate(OVERFLOW)


def test_markup_in_a_source_stays_text(page: Page, server: Server) -> None:
    """A source is shown, and never becomes part of the page."""
    page.goto(f"{server.url}/grade")
    source = EXAMPLES["lost"].replace("How often each page was seen.", "<img src=x onerror=alert(1)>")
    see_form(page)
    page.locator("#source").fill(source)
    page.locator("#grade").click()
    expect(page.locator("[data-column=A] [data-code]")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#finding img").count() == 0
