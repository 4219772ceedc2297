"""The columns of the page: hidden and shown, remembered, and what is said of those that are hidden."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_load import be_done, run_users

PLACES = (
    "[data-verdict={}]",
    "[data-panel={}]",
    "[data-bug=lost_updates] [data-result={}]",
    "#mirror [data-column={}]",
)
LINE = "async ([hidden, said]) => (await import('/static/js/columns.js')).hiddenLine(hidden, said)"
READ = "async (kept) => [...(await import('/static/js/columns.js')).keptHidden(kept, ['buggy', 'fixed'])].join()"


def see_columns(page: Page, shown: tuple[str, ...], hidden: tuple[str, ...]) -> None:
    """Each section has the columns of these, and none of those."""
    for names, visible in ((shown, True), (hidden, False)):
        for place in (each.format(name) for name in names for each in PLACES):
            expect(page.locator(place).first, place).to_be_visible(visible=visible)
    expect(page.locator("#verdict-pair")).to_have_attribute("data-managers", str(len(shown)))
    expect(page.locator("#mirror tbody tr").first.locator("td")).to_have_count(5 * len(shown))


def tick(page: Page, name: str, on: bool) -> None:
    """Show or hide a manager."""
    page.locator("#columns-menu summary").click()
    page.locator(f"#columns-menu [value={name}]").set_checked(on)
    page.keyboard.press("Escape")


def test_a_hidden_manager_is_hidden_everywhere_and_its_loss_is_said(page: Page) -> None:
    """All sections follow, a reload remembers, and the line has the loss; of a correct manager there is none."""
    line, beside = page.locator("#columns-said"), page.locator("#columns-hidden")
    page.locator("#mirror summary").click()
    tick(page, "buggy", on=False)
    expect(beside).to_have_text("1 manager hidden: buggy. Show all")
    expect(line).to_be_hidden()
    stands, menu = beside.bounding_box(), page.locator("#columns-menu").bounding_box()
    assert stands is not None
    assert menu is not None
    assert 0 <= menu["x"] - (stands["x"] + stands["width"]) < 16, "the words stand at the control"
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    see_columns(page, ("fixed",), ("buggy",))
    expect(line).to_contain_text("1 manager hidden: buggy (do not agree, ")
    expect(line).to_contain_text(" vanished).")
    expect(page.locator("#load [value=buggy]")).to_be_checked()
    expect(page.locator("#columns-menu [value=fixed]")).to_be_disabled()

    page.reload()
    page.locator("#mirror summary").click()
    expect(line).to_contain_text("1 manager hidden: buggy (do not agree, ")
    see_columns(page, ("fixed",), ("buggy",))
    row = page.locator(f"#runs-table tr[data-run='{page.locator('#fact-run').inner_text()}']")
    page.get_by_role("button", name="New run").click()
    expect(row.locator("[data-of=fixed]")).to_contain_text("agree")
    expect(row.locator("[data-of=buggy]")).to_have_count(0)

    beside.get_by_role("button", name="Show all").click()
    expect(line).to_be_hidden()
    expect(beside).to_be_hidden()
    expect(row.locator("[data-of=buggy]")).to_contain_text("do not agree")
    expect(page.locator("[data-panel=buggy]")).to_be_visible()


GOOD = {"tone": "good", "word": "agree", "vanished": 0}
BAD = {"tone": "bad", "word": "do not agree", "vanished": 1601}
LIVE = {"tone": "busy", "word": "cannot tell yet", "vanished": 3}
LINES: tuple[tuple[list[str], dict[str, Any], str, str], ...] = (
    (["b"], {}, "1 manager hidden: b.", "none"),
    (["b"], {"a": BAD, "b": GOOD}, "1 manager hidden: b (agree).", "none"),
    (["a", "b"], {"a": BAD, "b": GOOD}, "2 managers hidden: a (do not agree, 1,601 vanished) and b (agree).", "bad"),
    (["a"], {"a": LIVE}, "1 manager hidden: a (at least 3 missing).", "bad"),
    (["a"], {"a": {**LIVE, "vanished": 0}}, "1 manager hidden: a.", "none"),
    (["a"], {"a": {**BAD, "vanished": 0}}, "1 manager hidden: a (do not agree).", "bad"),
)
KEPT = {"": "", '["buggy"]': "buggy", '["buggy", "fixed"]': "", '["redis-fixed", 7]': "", "null": "", '["*"]': "*"}


def test_what_is_said_of_hidden_managers_and_what_is_kept(page: Page) -> None:
    """A loss is in the line, a correct manager is calm; what was kept never hides all, nor what is not served."""
    for hidden, said, text, tone in LINES:
        assert page.evaluate(LINE, [hidden, said]) == {"text": text, "tone": tone}
    assert {kept: page.evaluate(READ, kept) for kept in KEPT} == KEPT
