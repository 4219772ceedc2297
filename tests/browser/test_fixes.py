"""The page of the fixes: its matrix, the cells that lead to a replay, and the verdicts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from racelab.explorer import SCENARIOS
from racelab.server import Server
from racelab.web.fixes import cell_of, to_judge
from session_manager.fixes import CATALOGUE
from tests.browser.test_replay import LOST, open_replay, step

pytestmark = pytest.mark.blank

FIX = "check-twice"
FAILS = {
    name: next(
        (
            variant
            for variant in ("buggy", *CATALOGUE)
            if (cell_of(variant, name) or {}).get("losing")
            and (variant == "buggy" or CATALOGUE[variant].bug == scenario.bug)
        ),
        None,
    )
    for name, scenario in SCENARIOS.items()
}
"""Of each scenario a manager that its page offers and on which it fails."""
VERDICTS = re.compile("fixes it|partial fix|breaks something else|Replay the failing|interleavings fail")
MARKS = re.compile("BUG|FIX")


def test_a_matrix_that_goes_on_beside_the_window_says_so(page: Page, server: Server) -> None:
    """Until it is scrolled to its end, or the window is wide enough."""
    page.set_viewport_size({"width": 900, "height": 844})
    page.goto(f"{server.url}/fixes#matrix-heading")
    hint, matrix = page.locator("#more-aside"), page.locator("#matrix")
    expect(hint).to_be_visible()
    expect(matrix).to_have_attribute("data-cut", "true")
    matrix.evaluate("(matrix) => { matrix.scrollLeft = matrix.scrollWidth; }")
    expect(matrix).to_have_attribute("data-cut", "false")
    page.set_viewport_size({"width": 1920, "height": 844})
    expect(hint).to_be_hidden()


def test_a_cell_of_the_matrix_leads_to_its_replay(page: Page, server: Server) -> None:
    """A failing cell of the matrix leads to its replay, and a passing cell too."""
    page.goto(server.url)
    page.get_by_role("link", name="Fixes").click()
    page.get_by_role("button", name="Show all answers").click()
    page.get_by_role("link", name=re.compile("^atomic-counter on lost-update: .* fail")).click()
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    page.go_back()
    page.get_by_role("link", name=re.compile("^compare-and-set on lost-update: none of")).click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")


def test_a_click_before_the_scripts_have_run_is_done_once_they_have(page: Page, server: Server) -> None:
    """The page is visible before its modules have come: a button clicked by then acts later, once, the last last."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/fixes.js", hold)
    page.goto(f"{server.url}/fixes", wait_until="commit")
    page.evaluate("addEventListener('click', ({ target }) => (window.done ??= []).push(target.closest('button').id))")
    for name in ("Show all answers", "Dark", "Show all answers"):
        page.get_by_role("button", name=name).click()
    expect(page.locator("#tally")).to_be_hidden()
    held.pop().continue_()
    expect(page.get_by_role("button", name="Hide the answers")).to_be_visible()
    assert page.evaluate("window.done") == ["theme", "all"]
    expect(page.locator("#tally")).to_be_visible()
    page.get_by_role("button", name="Hide the answers").click()
    expect(page.locator("#tally")).to_be_hidden()


def test_the_whole_matrix_is_seen_at_once(page: Page, server: Server) -> None:
    """From 1280 px on the whole matrix is visible; below, a hint says to scroll."""
    page.goto(f"{server.url}/fixes#matrix-heading")
    beside = "() => { const wrap = document.querySelector('#matrix'); return wrap.scrollWidth - wrap.clientWidth }"
    for width, cut in ((1280, False), (1791, False), (1792, False), (1920, False), (900, True)):
        page.set_viewport_size({"width": width, "height": 800})
        assert (page.evaluate(beside) > 1) is cut, width
        expect(page.locator("#more-aside")).to_be_visible(visible=cut)


def test_the_verdicts_of_fixes_are_explained_at_full_width(page: Page, server: Server) -> None:
    """An explanation stands beside its verdict, or below it in a narrow window."""
    page.goto(f"{server.url}/fixes#matrix-heading")
    for width, beside in ((390, False), (1280, True)):
        page.set_viewport_size({"width": width, "height": 800})
        word, meaning = (page.locator(f".worths {tag}").last.bounding_box() for tag in ("dt", "dd"))
        assert word is not None
        assert meaning is not None
        assert meaning["width"] > 300, width
        assert (meaning["x"] > word["x"]) is beside, width


def test_every_fix_that_breaks_shows_the_order_that_does_it(page: Page, server: Server) -> None:
    """The link on its card."""
    page.goto(f"{server.url}/fixes")
    broken = page.locator("[data-breaks]")
    hrefs = [link.get_attribute("href") for link in broken.all()]
    assert len(hrefs) > 5
    for href in hrefs:
        page.goto(f"{server.url}{href}")
        expect(page.locator("#outcome")).to_have_attribute("data-tone", "bad")


def kept(page: Page) -> dict[str, Any]:
    """What this browser has kept."""
    told: dict[str, Any] = json.loads(page.evaluate("localStorage.getItem('race-lab-progress')"))
    return told


def test_a_verdict_is_hidden_until_it_is_guessed(page: Page, server: Server) -> None:
    """No text and no name tells it before; afterwards the card has it, and whether the guess was right."""
    page.goto(f"{server.url}/fixes")
    main, card = page.locator("main"), page.locator(f"#{FIX}")
    for told in (main.inner_text(), main.aria_snapshot()):
        assert not VERDICTS.search(told)
    card.get_by_role("button", name="It breaks").click()
    expect(card).to_contain_text("partial fix You were right.")
    expect(card.get_by_role("link", name="Replay the failing interleaving")).to_be_visible()
    expect(card.locator("[data-verdict-said]")).to_be_focused()
    page.locator("#one-write-lock").get_by_role("button", name="It breaks").click()
    expect(page.locator("#one-write-lock")).to_contain_text("fixes it You were wrong.")
    expect(page.locator("#kept")).to_contain_text(f"2 of {len(CATALOGUE)} fixes judged, 1 right")
    page.reload()
    expect(card).to_contain_text("You were right.")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Yes, forget it").click()
    assert not VERDICTS.search(main.inner_text())


def test_all_answers_are_behind_one_button(page: Page, server: Server) -> None:
    """Remembered, on both pages; a link to the table opens it."""
    page.goto(f"{server.url}/fixes")
    expect(page.locator("#matrix")).to_be_hidden()
    page.get_by_role("button", name="Show all answers").click()
    expect(page.locator("#matrix")).to_be_visible()
    open_replay(page, server, f"scenario=lost-update&variant={FIX}")
    expect(page.locator("#judge")).to_contain_text("partial fix")
    page.goto(f"{server.url}/fixes")
    page.get_by_role("button", name="Hide the answers").click()
    expect(page.locator("#matrix")).to_be_hidden()
    page.evaluate("location.hash = 'matrix-heading'")
    expect(page.locator("#matrix")).to_be_visible()


def test_a_fix_shows_its_marks_when_it_is_judged(page: Page, server: Server) -> None:
    """Its verdict and the comments in its code are hidden until then; a given schedule asks for them."""
    open_replay(page, server, "scenario=cleanup-and-delete&variant=lock-through-the-cycle")
    main = page.locator("main")
    assert not VERDICTS.search(main.aria_snapshot())
    assert not MARKS.search(page.locator("#stage").inner_text())
    page.get_by_role("button", name="It holds").click()
    expect(page.locator("#judge")).to_contain_text("breaks something else You were wrong.")
    expect(page.locator("#stage")).to_contain_text(MARKS)
    open_replay(page, server, "scenario=lost-update&variant=one-write-lock&schedule=A1")
    expect(page.locator("#judge")).to_contain_text("fixes it")
    open_replay(page, server, "scenario=lost-update&variant=one-write-lock&schedule=A1&answer=hidden")
    expect(page.locator("#judge")).not_to_contain_text(VERDICTS, use_inner_text=True)


def test_a_scenario_broken_by_hand_is_ticked(page: Page, server: Server) -> None:
    """And only that: an address that was followed to its end breaks nothing, but shows the gap."""
    open_replay(page, server, f"{LOST}&at=4&answer=hidden")
    expect(page.locator("#stage")).not_to_contain_text(MARKS)
    step(page, "AA")
    expect(page.locator("#headline")).to_have_text("A change was lost.")
    expect(page.locator("#stage")).to_contain_text(MARKS)
    expect(page.locator("#kept")).to_contain_text(f"0 of {len(SCENARIOS)} scenarios done")
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")
    step(page, "BA")
    page.get_by_role("button", name="To the end").click()
    expect(page.locator("#kept")).to_contain_text(f"1 of {len(SCENARIOS)} scenarios done")
    assert kept(page)["broken"] == {"lost-update": True}
    page.locator("#scenarios summary").click()
    expect(page.locator("[data-done=lost-update]")).to_be_visible()
    expect(page.locator("[data-done=lost-increment]")).to_be_hidden()


def test_a_scenario_that_cannot_be_broken_is_done_at_an_end_of_ones_own(page: Page, server: Server) -> None:
    """The page says which one that is. What is only played is nobody's own."""
    open_replay(page, server, "scenario=double-delete&variant=buggy")
    expect(page.locator("#judge")).to_contain_text("Buggy does not fail here. Break a fix")
    open_replay(page, server, "scenario=lazy-once&variant=buggy")
    expect(page.locator("#judge")).to_contain_text("No manager fails here.")
    page.get_by_role("button", name="To the end").click()
    expect(page.locator("#headline")).not_to_have_text("No step taken yet.")
    expect(page.locator("#kept")).to_contain_text(f"0 of {len(SCENARIOS)} scenarios done")
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#headline")).to_have_text("No step taken yet.")
    step(page, "B")
    page.get_by_role("button", name="To the end").click()
    expect(page.locator("#kept")).to_contain_text(f"1 of {len(SCENARIOS)} scenarios done")
    order = "async (own) => new (await import('/static/js/replay-order.js')).Order([]).step('A', own).own"
    assert [page.evaluate(order, own) for own in (True, False)] == [True, False]


def test_without_scripts_every_answer_is_shown(browser: Browser, server: Server) -> None:
    """And no button that would do nothing."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/fixes")
    expect(page.locator("#matrix")).to_be_visible()
    expect(page.locator(f"#{FIX}")).to_contain_text("partial fix")
    expect(page.locator("main button").filter(visible=True)).to_have_count(0)
    page.context.close()


def test_the_matrix_is_one_tab_stop(page: Page, server: Server) -> None:
    """Arrow keys, Home and End go from cell to cell; Tab goes on behind it, and comes back to the same cell."""
    page.goto(f"{server.url}/fixes#matrix-heading")
    cells = page.locator("#matrix .cell")
    expect(page.locator("#matrix [tabindex='0']")).to_have_count(1)
    cells.first.focus()
    for key, name in (
        ("ArrowDown", "one-write-lock on lost-increment"),
        ("ArrowRight", "one-write-lock on lost-update"),
        ("End", "one-write-lock on lazy-once"),
        ("Control+End", "fixed on lazy-once"),
        ("ArrowDown", "fixed on lazy-once"),
        ("Home", "fixed on lost-increment"),
        ("Control+Home", "buggy on lost-increment"),
    ):
        page.keyboard.press(key)
        expect(page.locator("#matrix :focus")).to_have_accessible_name(re.compile(f"^{name}:"))
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#matrix :focus")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("scenario=lost-increment&variant=buggy"))


def test_progress_is_read_with_care(page: Page, server: Server) -> None:
    """What another version kept, or something else, is as nothing; and only what is known is counted."""
    page.goto(f"{server.url}/fixes")
    told = page.evaluate("""async () => {
        const { parsed, sentence } = await import("/static/js/progress.js");
        const verdicts = { f: "fixes it", g: "partial fix", h: "fixes it" };
        const known = { scenarios: ["a", "b"], never: ["b"], verdicts };
        const kept = [
            null, "nonsense", "7", '{"version": 2, "broken": {"a": true}}',
            '{"version": 1, "broken": {"a": 1}, "guesses": 3}',
            '{"version": 1, "broken": {"a": true, "c": true}, "guesses": {"f": "holds", "g": "holds", "h": "shown"}}',
        ];
        return kept.map((text) => sentence(parsed(text), known));
    }""")
    nothing = "0 of 2 scenarios done · 0 of 3 fixes judged"
    assert told == [*[nothing] * 5, "1 of 2 scenarios done · 2 of 3 fixes judged, 1 right"]


def test_every_scenario_can_be_done(page: Page, server: Server) -> None:
    """One that fails somewhere by being broken, and only so; one that fails nowhere by an end on buggy, and only so."""
    page.goto(f"{server.url}/fixes")
    told = page.evaluate(
        """async ({ known, ends }) => {
        const { ended, parsed, sentence } = await import("/static/js/progress.js");
        return ends.map((one) => {
            const progress = parsed(null);
            for (const [scenario, variant, fails] of one) ended(progress, known, scenario, variant, fails);
            return sentence(parsed(JSON.stringify(progress)), known).split(" · ")[0];
        });
    }""",
        {
            "known": to_judge(),
            "ends": [
                [(name, "buggy", False) for name in SCENARIOS],
                [(name, "fixed", False) for name in SCENARIOS],
                [(name, fails or "buggy", fails is not None) for name, fails in FAILS.items()],
            ],
        },
    )
    many, hold = len(SCENARIOS), len(to_judge()["never"])
    assert told == [
        f"{hold} of {many} scenarios done",
        f"0 of {many} scenarios done",
        f"{many} of {many} scenarios done",
    ]
