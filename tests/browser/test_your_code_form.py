"""The form of one's own code: its closed part, classes to pick, errors, what was chosen, and other visitors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from racelab.server import Server
from racelab.web.your_code import opened
from tests.browser.test_page import OVERFLOW
from tests.browser.test_your_code import grade, see_form
from tests.web.test_grades import FINDS_AND_SPINS
from tests.web.test_your_code import EXAMPLES, FOR_EVER
from tests.web.test_your_code_given import BOX, STORE

pytestmark = pytest.mark.blank


@pytest.fixture(autouse=True)
def calm(server: Server) -> Iterator[None]:
    """A grade that a test leaves is over before the next."""
    yield
    server.fetch("/lab/grade/stop", {})


def paste(page: Page, server: Server, source: str) -> None:
    """Grade a source."""
    page.goto(f"{server.url}/grade")
    see_form(page)
    page.locator("#source").fill(source)
    page.locator("#grade").click()


def test_more_is_closed_and_says_what_is_set(page: Page, server: Server) -> None:
    """A program of one's own is graded, and a closed part hides no setting."""
    page.goto(f"{server.url}/grade")
    see_form(page)
    expect(page.locator("#more")).to_have_js_property("open", False)
    page.locator("#more summary").click()
    for field, text in {"#name": "Box", "#new": "Box(1)", "#tasks": "it.put(1)\nit.put(2)", "#then": "len(it)"}.items():
        page.locator(field).fill(text)
    page.locator("#more summary").click()
    expect(page.locator("#more-set")).to_have_text("set: class, the object, or one program, observed at the end")
    page.locator("#source").fill(BOX)
    page.locator("#grade").click()
    expect(page.locator("#headline")).to_have_text("Check-then-act")
    expect(page.locator("#made")).to_have_text("it = Box(1)")
    expect(page.locator("#program > li")).to_have_text(["Thread Ait.put(1)", "Thread Bit.put(2)"])
    page.locator("#again").click()
    expect(page.locator("#spent")).to_contain_text("The last grade: your_code.py:Box")
    page.locator("[data-example=lost]").click()
    expect(page.locator("#more-set")).to_contain_text("the grader chooses")
    expect(page.locator("#result, #finding, #tried, #called").filter(visible=True)).to_have_count(0)


def test_several_classes_are_buttons(page: Page, server: Server) -> None:
    """One press grades the class."""
    paste(page, server, BOX)
    expect(page.locator("#headline")).to_have_text("Which one?")
    page.get_by_role("button", name="Grade Box").click()
    expect(page.locator("#headline")).to_have_text("Check-then-act")
    expect(page.locator("#spent")).to_contain_text("your_code.py:Box")


def test_an_error_in_the_source_is_selected(page: Page, server: Server) -> None:
    """The sentence names the line, and the line is marked."""
    paste(page, server, "class Box:\n    def put(self)\n        pass\n")
    expect(page.locator("#words")).to_contain_text("line 2")
    expect(page.locator("#source")).to_be_focused()
    selected = page.evaluate(
        "((e) => e.value.slice(e.selectionStart, e.selectionEnd))(document.querySelector('#source'))"
    )
    assert selected == "    def put(self)"


def test_keys_step_only_inside_the_player(page: Page, server: Server) -> None:
    """Elsewhere the arrows do nothing; in the player they step, also from a button of it."""
    page.goto(f"{server.url}/grade")
    grade(page, "lost")
    page.locator("#again").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#said")).to_contain_text("Nothing has run yet")
    page.locator("#play").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#said")).to_contain_text("takes self._lock")
    page.keyboard.press("Home")
    expect(page.locator("#said")).to_contain_text("Nothing has run yet")


def test_several_findings_are_buttons(page: Page, server: Server) -> None:
    """Each has its own headline, program and schedule."""
    paste(page, server, STORE)
    buttons = page.locator("#findings button")
    expect(buttons).to_have_count(2)
    for button in reversed(buttons.all()):
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        name = (button.text_content() or "").partition(". ")[2]
        expect(page.locator("#headline")).to_have_text(name.partition(" it.")[0].capitalize())
        call = name.partition("it.")[2].partition("(")[0]
        expect(page.locator("#program [data-task=A]")).to_contain_text(f"it.{call}(")
        expect(page.locator("[data-column=A] [data-calls]")).to_contain_text(f"it.{call}(")


def test_what_was_chosen_can_be_kept_and_edited(page: Page, server: Server) -> None:
    """The file is the one of --save; edited in the form, only these calls are made."""
    page.goto(f"{server.url}/grade")
    grade(page, "lost")
    with page.expect_download() as downloading:
        page.locator("#download").click()
    assert downloading.value.suggested_filename == "grade_me.py"
    text = Path(downloading.value.path()).read_text(encoding="utf-8")
    assert text == page.locator("#file").text_content()
    assert "CALLS = [\n    'it.seen(\"a\")'," in text
    page.locator("#refine").click()
    expect(page.locator("#calls")).to_have_value('it.seen("a")\nit.seen("b")\nit.total()')
    page.locator("#calls").fill("it.total()")
    page.locator("#grade").click()
    expect(page.locator("#headline")).to_have_text("No interleaving goes wrong")


def test_stop_leaves_what_was_found(page: Page, server: Server) -> None:
    """Verdicts are shown as they come, and the finding after Stop."""
    paste(page, server, FINDS_AND_SPINS)
    expect(page.locator("#verdict")).to_have_text("1 found so far")
    expect(page.locator("#stages")).to_contain_text("left")
    page.locator("#stop").click()
    expect(page.locator("#headline")).to_have_text("Lost update")
    expect(page.locator("#spent")).to_contain_text("stopped")


def test_a_second_visitor_is_told_and_can_watch(page: Page, server: Server, trouble: list[str]) -> None:
    """The refusal names the class that is graded, keeps what was typed, and leads to it."""
    page.goto(f"{server.url}/grade")
    see_form(page)
    page.locator("#source").fill(EXAMPLES["right"])
    server.fetch("/lab/grade", {"source": FOR_EVER})
    page.locator("#grade").click()
    expect(page.locator("#problem")).to_contain_text("your_code.py:Never is being graded here")
    expect(page.locator("#source")).to_have_value(EXAMPLES["right"])
    expect(page.locator("#result")).to_be_hidden()
    page.get_by_role("button", name="Show that one").click()
    expect(page.locator("#headline")).to_have_text("Grading your_code.py:Never")
    page.locator("#stop").click()
    expect(page.locator("#headline")).to_have_text("Stopped")
    expect(page.locator("#source")).to_have_value(EXAMPLES["right"])
    assert len(trouble) == 1
    assert "409" in trouble.pop()


def test_a_restart_of_the_lab_is_told(page: Page, server: Server, trouble: list[str]) -> None:
    """While it is away the page asks on; a new lab knows nothing of the grade, and the source is still here."""
    away = False
    another = False

    def answer(route: Route) -> None:
        if away:
            route.abort()
            return
        response = route.fetch()
        told: Any = response.json()
        route.fulfill(response=response, json={**told, "lab": "another", "state": "none"} if another else told)

    page.route("**/lab/grade", lambda route: route.continue_() if route.request.method == "POST" else answer(route))
    paste(page, server, FOR_EVER)
    expect(page.locator("#headline")).to_have_text("Grading your_code.py:Never")
    away = True
    expect(page.locator("#headline")).to_have_text("The lab does not answer")
    away, another = False, True
    expect(page.locator("#headline")).to_have_text("The lab was restarted")
    expect(page.locator("#source")).to_have_value(FOR_EVER)
    expect(page.locator("#grade")).to_be_visible()
    assert all("ERR_FAILED" in line for line in trouble)
    trouble.clear()


def test_what_was_typed_survives_a_reload(page: Page, server: Server) -> None:
    """So that a restart costs nothing."""
    paste(page, server, "class Box:\n    pass pass\n")
    expect(page.locator("#headline")).to_have_text("This cannot be graded")
    page.reload()
    expect(page.locator("#source")).to_have_value("class Box:\n    pass pass\n")


def test_what_is_kept_is_said_and_can_be_forgotten(page: Page, server: Server) -> None:
    """Only a source that was kept has the line; forgotten, neither the browser nor the lab has it."""
    page.goto(f"{server.url}/grade")
    see_form(page)
    page.locator("#source").fill("class Box:\n    pass pass\n")
    kept = page.locator("#kept-source")
    expect(kept).to_be_hidden()
    page.locator("#grade").click()
    expect(page.locator("#headline")).to_have_text("This cannot be graded")
    expect(kept).to_contain_text("was graded last")
    page.locator("#source").press_sequentially("x")
    expect(kept).to_be_hidden()
    page.reload()
    with page.expect_response("**/lab/grade/forget"):
        kept.get_by_role("button", name="Forget it").click()
    expect(page.locator("#source")).to_be_focused()
    page.reload()
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#source")).to_have_value("")
    expect(page.locator("#result, #kept-source").filter(visible=True)).to_have_count(0)
    assert server.fetch("/lab/grade")["state"] == "none"


def test_while_it_runs_nothing_looks_like_a_verdict(page: Page, server: Server) -> None:
    """No mark and no tone of a verdict stands beside a program that was tried."""
    stage = {"name": "pairs", "programs": 64, "done": 36, "found": 0, "undecided": 0}
    told = {**server.fetch("/lab/grade"), "state": "running", "target": "a.py:A", "seconds": 30, "stages": [stage]}
    page.route("**/lab/grade", lambda route: route.fulfill(json=told))
    page.goto(f"{server.url}/grade")
    expect(page.locator("#stages li")).to_have_text("pairs36 of 64 tried, 28 leftnothing found so far")
    expect(page.locator("#result .word, #result [data-tone=good]").filter(visible=True)).to_have_count(0)


def test_the_code_is_above_the_fold(page: Page, server: Server) -> None:
    """At 1280 by 800 the form is whole, and a finding has buttons and lines in sight."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/grade")
    see_form(page)
    page.locator("[data-example=deadlock]").click()
    box = page.locator("#grade").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 800
    page.locator("#grade").click()
    for task in "AB":
        expect(page.locator(f"[data-column={task}] [aria-current]")).to_be_in_viewport(ratio=1)
    expect(page.locator("#step")).to_be_in_viewport(ratio=1)


def test_the_trace_has_a_column_for_each_thread(page: Page, server: Server) -> None:
    """Each line that ran stands in its thread's column with what it did; the current one is marked."""
    page.goto(f"{server.url}/grade")
    grade(page, "lost")
    rows = page.locator("#trace tbody tr")
    expect(rows.nth(1)).to_contain_text("13 count = self._counts.get(page, 0)")
    expect(rows.nth(1).locator("td").nth(1)).to_contain_text("finds no self._counts")
    expect(rows.nth(2).locator("td").nth(1)).to_be_empty()
    expect(rows.nth(2).locator("td").nth(2)).to_contain_text("interrupts A")
    expect(rows.last).to_have_text("endit.total() → 1")
    page.locator("#player").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#trace [aria-current]")).to_contain_text("12 with self._lock:")


def test_a_source_that_is_too_long_is_refused_whole(page: Page, server: Server) -> None:
    """It is not cut; the sentence has the limit and the length, and a shorter one is taken."""
    paste(page, server, "#" * 100_001)
    expect(page.locator("#problem")).to_have_text(
        "A pasted source may have at most 100,000 characters; this one has 100,001."
    )
    page.locator("#source").fill(EXAMPLES["lost"])
    page.locator("#grade").click()
    expect(page.locator("#headline")).to_have_text("Lost update")


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_a_telephone(page: Page, server: Server, width: int) -> None:
    """The open form, a question, a finding and its end, and a refusal with a long line."""
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{server.url}/grade")
    see_form(page)
    page.evaluate("document.querySelector('#more').open = true")
    assert page.evaluate(OVERFLOW) <= 0
    paste(page, server, BOX)
    expect(page.locator("#names button")).to_have_count(2)
    assert page.evaluate(OVERFLOW) <= 0
    paste(page, server, f"class Box:\n    x = {'y' * 200} {'z' * 200}\n")
    expect(page.locator("#headline")).to_have_text("This cannot be graded")
    assert page.evaluate(OVERFLOW) <= 0
    paste(page, server, EXAMPLES["lost"].replace("_counts", "_counts_of_each_page_of_the_whole_site_since_it_began"))
    expect(page.locator("#headline")).to_have_text("Lost update")
    page.locator("#end").click()
    assert page.evaluate(OVERFLOW) <= 0
    trace = page.locator(".trace .table-wrap")
    assert trace.evaluate("(wrap) => wrap.scrollWidth - wrap.clientWidth") <= 0
    assert page.locator("#trail .chip").evaluate_all("(all) => all.every((one) => one.scrollWidth <= one.clientWidth)")


def test_another_browser_edits_what_was_graded(page: Page, server: Server, browser: Browser) -> None:
    """The form holds the source that was graded, wherever it was pasted; and the name of a class that was named."""
    paste(page, server, EXAMPLES["lost"])
    expect(page.locator("#headline")).to_have_text("Lost update")
    other = browser.new_page()
    other.goto(f"{server.url}/grade")
    other.locator("#again").click()
    expect(other.locator("#source")).to_have_value(EXAMPLES["lost"])
    other.locator("[name=kind][value=name]").check(force=True)
    other.locator("#target").fill("examples/cache.py:Cache")
    other.locator("#grade").click()
    expect(other.locator("#headline")).to_have_text("Check-then-act")
    other.close()
    page.reload()
    page.locator("#again").click()
    expect(page.locator("#target")).to_have_value("examples/cache.py:Cache")


def test_a_finding_of_the_command_line_looks_the_same(page: Page, server: Server, browser: Browser) -> None:
    """The small server shows the player, the program and the file, and nothing to grade with."""
    page.goto(f"{server.url}/grade")
    grade(page, "lost")
    small = opened.serving(server.fetch("/lab/grade"))
    thread = Thread(target=small.serve_forever)
    thread.start()
    other = browser.new_page()
    failed: list[str] = []
    other.on("pageerror", lambda error: failed.append(str(error)))
    try:
        other.goto(f"http://127.0.0.1:{small.server_port}/grade")
        expect(other.locator("#headline")).to_have_text("Lost update")
        other.locator("#end").click()
        expect(other.locator("#said")).to_have_text("In the end: it.total() → 1.")
        expect(other.locator("#file")).to_contain_text("CALLS = [")
        expect(other.locator("#ask, #again, #refine, #stop").filter(visible=True)).to_have_count(0)
    finally:
        other.close()
        small.shutdown()
        thread.join()
        small.server_close()
    assert not failed
