"""The board of a class: guesses by keyboard, an export that is dropped on it, and the same in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from racelab.server import Server
from tests.browser.labs import THREADS
from tests.browser.test_axe import GROUNDS, violations
from tests.instrument.labs import until
from tests.subject.cases import Cases

DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, {type: "application/json"}));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
}"""

LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab with a class of three."""
    with Server(tmp_path_factory.mktemp("class"), threads=THREADS, environ={"RACELAB_CLASS": "3"}) as lab:
        yield lab


def measured(lab: Server) -> tuple[Any, int]:
    """The export of a short load, and how many changes buggy has lost."""
    lab.fetch("/lab/burst", {"kind": "lost_updates", "seconds": 1})
    until(lambda: lab.fetch("/lab/status")["burst"]["state"] == "done", "the end of the load")
    until(lambda: lab.fetch("/lab/verdict")["settled"], "the verdict")
    return lab.fetch("/lab/export.json"), lab.fetch("/lab/verdict")["variants"]["buggy"]["vanished"]


def guess(board: Page) -> None:
    """Three students, by keys alone."""
    board.locator("#next").click()
    expect(board.locator("[aria-current=step]")).to_contain_text("Guess")
    board.locator("#lost").focus()
    for number, lost in enumerate(("0", "12,5", "50 %"), 1):
        board.keyboard.type(lost)
        board.keyboard.press("Enter")
        expect(board.locator("#counted")).to_have_text(f"{number} of 3")
    expect(board.locator("#lost")).to_be_focused()
    board.keyboard.type("none")
    board.keyboard.press("Enter")
    expect(board.locator("#guess-problem")).to_contain_text("A guess is a number")
    board.locator("#lost").fill("")
    expect(board.locator("#guess-problem")).to_be_hidden()


def see_that_nobody_answers(board: Page) -> None:
    """The board says so, and its clock stands, until the server answers again."""
    gone, clock = board.locator("#gone"), board.locator("#timer")
    board.route("**/class/board*", lambda route: route.abort())
    board.evaluate(LOOK)
    expect(gone).to_contain_text("The server is not answering. The board and its clock are as they were at")
    stood = clock.inner_text()
    assert violations(board) == []
    assert clock.inner_text() == stood
    board.unroute("**/class/board*")
    board.evaluate(LOOK)
    expect(gone).to_be_hidden()
    expect(clock).not_to_have_text(stood, use_inner_text=True)


def see_what_fits(board: Page, lesson: Server) -> None:
    """On a projector the result and the buttons of See stand above the fold, in type that is a third bigger."""
    board.set_viewport_size({"width": 1280, "height": 800})
    board.goto(lesson.url)
    expect(board.locator("#verdict-pair .vanished").first).to_contain_text("vanished.")
    for width, height in ((1280, 800), (1920, 1080)):
        board.set_viewport_size({"width": width, "height": height})
        bottoms = (
            "[...document.querySelectorAll('.vanished, #let-in, #reset')].map(x => x.getBoundingClientRect().bottom)"
        )
        assert max(board.evaluate(bottoms)) <= height
        assert board.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize) >= 1.34 * 16")


def see_what_others_may(browser: Browser, lesson: Server) -> None:
    """Through a proxy, which counts as another computer: what would change something is off, and described by why."""
    theirs = browser.new_page(extra_http_headers={"Via": "1.1 proxy"})
    theirs.goto(lesson.url)
    expect(theirs.locator("#verdict-pair .vanished").first).to_contain_text("vanished.")
    for control in ("#let-in", "#reset", "[name=visitors]"):
        expect(theirs.locator(control)).to_be_disabled()
        expect(theirs.locator(control)).to_have_attribute("aria-describedby", "read-only")
    expect(theirs.locator("#pause")).to_be_enabled()
    assert violations(theirs) == []
    theirs.goto(f"{lesson.url}/runs/1")
    expect(theirs.locator("#rename")).to_be_disabled()
    expect(theirs.get_by_role("link", name="Save as JSON")).to_be_visible()
    lesson.fetch("/lab/reset", {})
    theirs.goto(lesson.url)
    expect(theirs.locator("#verdict-lead")).to_have_text("Nothing measured yet. A load is shown here once it runs.")
    theirs.close()


def test_a_class_guesses_and_drops_what_it_has_measured(browser: Browser, lesson: Server) -> None:
    """An export is drawn once, a file that is none says why, a reload keeps all; axe has nothing against it."""
    trouble: list[str] = []
    board = browser.new_page(viewport={"width": 1280, "height": 800})
    board.on("pageerror", lambda error: trouble.append(str(error)))
    board.goto(f"{lesson.url}/class")
    guess(board)
    export, vanished = measured(lesson)
    for name, text in (("ada.json", json.dumps(export)), ("copy.json", json.dumps(export)), ("<b>.json", "[]")):
        board.evaluate(DROP, [name, text])
    expect(board.locator("#told li")).to_have_count(3)
    expect(board.locator("#told li[data-tone=bad]")).to_contain_text("<b>.json: it is no export of this lab.")
    expect(board.locator("#told")).to_contain_text("It counts once.")
    board.reload()
    words = board.locator("figcaption")
    expect(words).to_contain_text("3 guesses of 3: median 12.5 of 100, from 0 to 50.")
    expect(words).to_contain_text(f"vanished, {vanished:,} of")
    assert (board.locator("#class-picture").text_content() or "").startswith("3 guesses of 3: median 12.5")
    assert board.locator("#board rect").count() == 2
    board.locator("#board summary").click()
    with Cases() as cases:
        for ground, (scheme, width) in GROUNDS.items():
            with cases.case(ground):
                board.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                board.set_viewport_size({"width": width, "height": 800})
                assert violations(board) == []
                assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")
    see_that_nobody_answers(board)
    see_what_fits(board, lesson)
    see_what_others_may(browser, lesson)
    board.close()
    assert not trouble
