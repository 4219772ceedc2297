"""The card "Your own store": reports of `check`, opened in the browser; and files that are none."""

from __future__ import annotations

import json
from itertools import starmap
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from racelab.bugs import Verdict
from racelab.cli.check import in_words
from racelab.grading.check import Column, Report, Settings, check
from tests.grading.plain import Faults, plain

CONDITIONS = """async (content) => {
  const { readReport } = await import('/static/js/own-store-read.js');
  return readReport(content).conditions;
}"""
READ = """async (content) => {
  const { readReport } = await import('/static/js/own-store-read.js');
  try { return readReport(content).sentence; } catch (problem) { return problem.message; }
}"""
FEW = Settings(clients=8, seconds=0.2, columns=("increments",))
DROP = """([name, content]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([content], name));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}"""


def file(content: object, name: str = "result.json") -> FilePayload:
    """A file for the field."""
    text = content if isinstance(content, str) else json.dumps(content)
    return {"name": name, "mimeType": "application/json", "buffer": text.encode()}


def made(**changes: Any) -> dict[str, Any]:
    """A report with each verdict, and changes to it."""
    columns = (
        Column("increments", Verdict.DISAGREE, 96, 84, 1, 2, "84 of 96 are missing.", "88 %", {"rounds": 1}),
        Column("keys", Verdict.AGREE, 96, 0, 0, 0, "All 96 are stored.", "under 1 in 32 (95 %)"),
        Column("rows", Verdict.CANNOT_TELL, sentence="The route is missing."),
    )
    words = "The store does not keep what it acknowledges: increments."
    report = Report("http://127.0.0.1:5000", "routes", Verdict.DISAGREE, words, columns, ("One.",), {"clients": 8})
    return {**report.as_json(), **changes}


def test_real_reports_stand_side_by_side_until_they_are_closed(page: Page) -> None:
    """A server that loses and its correct twin, as `check` has found them, also after a reload."""
    told = []
    for faults in (Faults(blobs=True), Faults()):
        with plain(faults) as server:
            told.append(check(server.url, FEW).as_json())
    field, cards = page.locator("#own-file"), page.locator(".own-result")
    field.set_input_files(file(told[0], "wrong.json"))
    expect(cards.locator("h3")).to_be_focused()
    page.evaluate(DROP, ["right.json", json.dumps(told[1])])
    expect(cards).to_have_count(2)
    page.reload()
    for card, report, name in zip(cards.all(), told, ("wrong.json", "right.json"), strict=True):
        expect(card.locator("h3")).to_have_text(f"{report['url']} {report['verdict']}")
        expect(card.locator(".sentence")).to_have_text(report["sentence"])
        said = ", ".join(starmap(in_words, report["conditions"].items()))
        expect(card).to_contain_text(f"{name}: {said}.")
        for place, (key, column) in zip(card.locator(".own-column").all(), report["columns"].items(), strict=True):
            expect(place).to_contain_text(f"{key}{column['verdict']}")
            expect(place.locator(".own-figure")).to_have_text(f"{column['wrong']:,} of {column['tested']:,}")
            expect(place.locator(".bug-sentence")).to_have_text(column["sentence"])
            said = ", ".join(starmap(in_words, column["conditions"].items()))
            expect(place.locator("dd").last).to_have_text(said)
    assert [report["verdict"] for report in told] == ["do not agree", "agree"]

    page.evaluate(DROP, ["third.json", json.dumps(told[1])])
    expect(page.locator("#own-problem")).to_contain_text("third.json was not opened. Two reports are open already.")
    cards.first.get_by_role("button", name="Close").click()
    expect(page.locator("#own-problem")).to_be_hidden()
    expect(cards.locator(".word").first).to_have_text("agree")


def test_conditions_have_the_words_of_the_terminal(page: Page) -> None:
    """Each kind of them: counts, one, measures with a unit, texts; and names that JavaScript's own objects have."""
    given = {"requests": 6596, "rounds": 1, "seconds": 10.0, "took_s": 1234.5, "s": 2, "python": "3.13.1"}
    given |= {"system": "Linux x86_64", "store_s": "x", "constructor": "x", "hold_ms": 5}
    said = page.evaluate(CONDITIONS, json.dumps(made(conditions=given)))
    assert said == list(starmap(in_words, given.items()))


def test_what_is_in_a_file_is_text(page: Page) -> None:
    """Markup in any of its texts is shown as it is typed, and makes no element."""
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    columns = {
        markup: {**made()["columns"]["keys"], "sentence": markup, "odds": markup, "conditions": {markup: markup}}
    }
    hostile = made(url=markup, sentence=markup, notes=[markup], columns=columns, conditions={markup: markup})
    page.locator("#own-file").set_input_files(file(hostile, markup.replace("/", "")))
    card = page.locator(".own-result")
    expect(card.locator(".sentence")).to_have_text(markup)
    expect(card.locator("img, b, script")).to_have_count(0)


OTHERS = (
    ("", "It is empty."),
    ("  <testsuite/>", "It is HTML or XML"),
    ('{"url": "http', "It is not JSON"),
    ("[]", "It is JSON, but no report of check"),
    ("{}", "it has no columns"),
    ('{"runs": [], "samples": []}', "It is an export of the runs of this page."),
    ('{"findings": [], "graded": {}}', "It is a report of grade"),
    ('{"rows": [], "columns": {}}', "It is a survey of stores"),
)
CHANGES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"schema": "racelab-check/2"}, "version 2 of the format, and this page reads version 1. Update this lab"),
    ({"schema": "shop/1"}, "something else than a report of check"),
    ({"verdict": "fine"}, "“verdict” is none of agree, do not agree, cannot tell"),
    ({"columns": {"keys": {**made()["columns"]["keys"], "wrong": -1}}}, "“columns.keys.wrong” is not a count"),
    ({"columns": {"keys": {**made()["columns"]["keys"], "wrong": 1}}}, "“columns.keys” agrees, and its counts do not"),
    ({"columns": {"keys": {**made()["columns"]["keys"], "tested": 0}}}, "“columns.keys” agrees, and its counts do not"),
    ({"verdict": "agree"}, "“verdict” agrees, and its columns do not say so"),
    ({"verdict": "agree", "columns": {}}, "“verdict” agrees, and its columns do not say so"),
    ({"verdict": "agree", "columns": {"keys": made()["columns"]["keys"]}}, "The store does not keep"),
    ({"columns": {"keys": None}}, "“columns.keys” is not a table"),
    ({"columns": {str(number): {} for number in range(21)}}, "has more than 20 entries"),
    ({"notes": "x"}, "“notes” is not a list"),
    ({"conditions": {"clients": []}}, "“conditions.clients” is neither a text nor a number"),
    ({}, "The store does not keep what it acknowledges: increments."),
    ({"schema": None}, "something else"),
    ({"sentence": "x" * 10_000}, "x" * 600 + "…"),
)


def test_other_files_are_refused_with_a_reason(page: Page) -> None:
    """What it is, why it cannot be opened, what to do; a report without a schema is of an earlier lab."""
    for content, words in (*OTHERS, *((json.dumps(made(**change)), words) for change, words in CHANGES)):
        said = page.evaluate(READ, content)
        assert words in said, content[:80]
        assert said.endswith((".", "…")), said
    earlier = made()
    del earlier["schema"]
    assert page.evaluate(READ, json.dumps(earlier)) == earlier["sentence"]

    problem = page.locator("#own-problem")
    page.locator("#own-file").set_input_files(file(made(), "large.json") | {"buffer": b" " * 300_000})
    expect(problem).to_contain_text("large.json was not opened. It has 293 KB")
    page.locator("#own-file").set_input_files(file("{", "broken.json"))
    expect(problem).to_contain_text("broken.json was not opened. It is not JSON")
    expect(page.locator(".own-result")).to_have_count(0)


def test_the_routes_of_a_framework_are_shown(page: Page) -> None:
    """The source of the chosen framework, and of no other."""
    page.get_by_text("The routes for Flask").click()
    page.locator("#own-frameworks").get_by_text("Express").click()
    expect(page.locator(".own-source pre:visible")).to_have_count(1)
    expect(page.locator(".own-source pre:visible")).to_contain_text("for Express:")


def test_a_finding_leads_to_its_causes(page: Page) -> None:
    """Only a column that does not agree has the link; on Stores the causes of that finding are open, and no others."""
    page.locator("#own-file").set_input_files(file(made()))
    links = page.locator(".own-causes a")
    expect(links).to_have_count(1)
    links.click()
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator("#why-increments summary")).to_be_in_viewport(ratio=1)
    expect(page.locator("#why-increments .cause").first).to_contain_text("What helps:")
