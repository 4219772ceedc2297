"""The first run: five steps that move on by what really happens; skipped, remembered, and taken again."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from racelab.server import Server
from tests.browser.test_charts import SHIFTS
from tests.browser.test_load import be_done, run_users
from tests.browser.test_replay import step as step_tasks
from tests.subject.cases import Cases

AFTER = """async ([kept, before, now]) => {
  const { begun, between, loaded, NOTHING_SEEN, restOf, words } = await import('/static/js/guide-steps.js');
  const rest = ({ boot, run, kind, number, buggy, fixed }) => restOf(
    { settled: true, variants: { buggy, fixed } },
    { boot, run, outside: null, burst: { run: kind ? run : 0, kind, number, state: kind ? "done" : "idle" } },
  );
  const load = between(before ? rest(before) : NOTHING_SEEN, rest(now));
  const next = load ? loaded({ ...begun(), ...kept }, load, "buggy") : { ...begun(), ...kept };
  return [next.step, words(next, { buggy: "buggy", fixed: "fixed", replayed: true }, true).sentence];
}"""

MOVED = """() => {
  localStorage.setItem('race-lab-first-run', '{"step": 6}');
  dispatchEvent(new StorageEvent('storage', { key: 'race-lab-first-run' }));
}"""
"""What another tab does, and the browser tells."""


def begin(page: Page) -> None:
    """Take the first run from its beginning."""
    page.locator("#guide-again").click()
    expect(page.locator("#guide")).to_be_visible()


def be_at(page: Page, step: int) -> None:
    """Wait until the first run has come to a step."""
    expect(page.locator("#guide-at")).to_have_text(f"Step {step} of 5")


def test_the_first_run_of_five_steps(page: Page) -> None:
    """Predict, one user, twenty, one loss, one of one's own; a load without a loss moves nothing on.

    Where a load has shown already what is lost, a clean page comes first. The keyboard stays where the next step is.
    """
    said, do, go = (page.locator(f"#guide-{name}") for name in ("said", "do", "go"))
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    begin(page)
    expect(page.locator("#guide-name")).to_have_text("Begin clean")
    expect(page.locator("#guide-at")).to_have_text("Before step 1")
    expect(page.locator("[name=guess]")).to_be_hidden()
    expect(do).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#guide-name")).to_have_text("Predict")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.locator("#load").evaluate("form => form.getBoundingClientRect().bottom") <= 800
    expect(page.locator("[name=guess]")).to_be_focused()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(do).to_be_focused()
    page.evaluate(SHIFTS)
    do.click()
    be_at(page, 3)
    expect(said).to_have_text(re.compile(r"One user alone lost 0 of \d+ on buggy\. Now 20 users, and the same code\."))

    page.locator("[name=visitors]").fill("1")
    page.locator("[name=seconds]").fill("1")
    page.locator("#let-in").click()
    expect(said).to_have_text(re.compile(r"You said 10 of 2,000\. This load lost 0 of [\d,]+ on buggy.*once more\."))
    be_at(page, 3)
    assert sum(page.evaluate("shifts")) < 0.02

    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(said).to_contain_text("once more.")
    page.locator("[name=seconds]").fill("1")
    page.evaluate(SHIFTS)
    do.focus()
    page.keyboard.press("Enter")
    be_at(page, 4)
    be_done(page)
    expect(go).to_be_focused()
    assert sum(page.evaluate("shifts")) < 0.02
    told = re.search(r"This load lost ([\d,]+) of ([\d,]+) on buggy.*, and 0 of [\d,]+ on fixed\.", said.inner_text())
    assert told is not None
    lost = told[1]
    expect(page.locator("[data-verdict=buggy] [data-sentence]")).to_contain_text(f" {lost} vanished.")

    page.add_init_script(f"({SHIFTS})()")
    go.click()
    expect(page.locator("#loss-heading")).to_be_visible()
    on = page.get_by_role("link", name="Go on with the first run")
    expect(on).to_be_visible()
    assert sum(page.evaluate("shifts")) < 0.02
    on.click()
    be_at(page, 5)
    expect(said).to_contain_text(f"That was one of {lost} changes that have vanished.")

    go.click()
    thread = page.locator("#guide-thread")
    expect(thread).to_contain_text("step until a change is lost")
    expect(page.locator("#outcome")).to_contain_text("No step taken yet")
    assert sum(page.evaluate("shifts")) < 0.02
    step_tasks(page, "ABBBAA")
    expect(thread).to_contain_text("You have lost a change yourself")
    expect(thread.get_by_role("link", name="Next: judge a fix")).to_have_attribute("href", "/fixes")
    page.get_by_role("link", name="See").click()
    expect(page.locator("#guide-again")).to_be_visible()
    expect(page.locator("#guide")).to_be_hidden()


def test_the_first_run_is_offered_once_and_can_be_skipped(browser: Browser, server: Server) -> None:
    """A first visit sees it, Skip by keyboard ends it also after a reload, and a small link begins it again."""
    page = browser.new_page()
    page.goto(server.url)
    guide, again = page.locator("#guide"), page.locator("#guide-again")
    expect(guide.get_by_role("heading")).to_contain_text("First run: ")
    page.locator("#guide-skip").press("Enter")
    expect(again).to_be_focused()
    page.reload()
    expect(page.locator("#age")).to_contain_text("live")
    expect(guide).to_be_hidden()
    again.click()
    page.reload()
    expect(guide).to_be_visible()
    page.evaluate(MOVED)
    expect(again).to_be_visible()
    expect(guide).to_be_hidden()
    page.close()


NOTHING = {"promised": 0, "vanished": 0}
EMPTY = {"boot": "b", "run": 1, "kind": "", "number": 0, "buggy": NOTHING, "fixed": NOTHING}
Run = dict[str, Any]


def after(lost: int, **more: Any) -> Run:
    """The run after a load of which so many changes were lost on buggy."""
    totals = {"buggy": {"promised": 4000, "vanished": lost}, "fixed": {"promised": 4100, "vanished": 0}}
    return EMPTY | {"kind": "lost_updates", "number": 1} | totals | more


BOTH = "lost 400 of 4,000 on buggy, which is 200 of 2,000, and 0 of 4,100 on fixed."
SECOND = after(400, number=2, buggy={"promised": 6000, "vanished": 400})
LOADS: dict[str, tuple[int, Run | None, Run, int, str]] = {
    "lost": (3, EMPTY, after(400), 4, BOTH),
    "nothing lost": (3, EMPTY, after(0), 3, "lost 0 of 4,000 on buggy"),
    "many at once": (2, EMPTY, after(400), 4, BOTH),
    "one alone lost": (2, EMPTY, after(3, kind="one_visitor"), 3, "One user alone lost 3 of 4,000 on buggy."),
    "no prediction": (1, EMPTY, after(400), 1, "how many will be lost"),
    "second load": (3, after(100), SECOND, 4, "lost 300 of 2,000 on buggy."),
    "two at once": (3, after(100), SECOND | {"number": 3}, 4, "This run lost 400 of 6,000 on buggy"),
    "opened late": (3, None, after(400), 4, "This run lost 400 of 4,000 on buggy"),
    "one alone, opened late": (2, None, after(3, kind="one_visitor"), 2, "First one user alone"),
    "new run": (3, after(100, run=12), after(400), 4, BOTH),
    "no load": (3, after(400), after(400), 3, "Now 20 users"),
    "outside": (3, EMPTY, after(400, kind=""), 3, "Now 20 users"),
    "no change": (3, EMPTY, EMPTY | {"kind": "cleanup_leak", "number": 1}, 3, "No change was acknowledged on buggy"),
}
"""By name: the step, the run before and after, the step that follows, and what it says."""


def test_a_step_is_moved_on_by_its_own_load_alone(page: Page) -> None:
    """It says what the load has added, and claims no loss of one that lost nothing, nor of a load from outside."""
    with Cases() as cases:
        for name, (step, before, now, wanted, sentence) in LOADS.items():
            with cases.case(name):
                came_to, said = page.evaluate(AFTER, [{"step": step}, before, now])
                assert came_to == wanted
                assert sentence in said


KEPT = """async (text) => {
  localStorage.setItem('race-lab-first-run', text);
  return (await import('/static/js/guide-kept.js')).kept()?.step ?? null;
}"""
LOST = '{"step": 4, "guess": 5, "alone": null, "many": {"of": {"buggy": {"promised": 9, "vanished": 4}}}}'
BROKEN = (
    "{",
    "null",
    "[4]",
    '{"step": "4"}',
    '{"step": 4}',
    '{"step": 3, "many": 5}',
    LOST.replace("9", '"9"'),
    LOST.replace("5", "null"),
    LOST.replace('{"promised": 9, "vanished": 4}', "null"),
)


def test_what_another_has_written_there_is_a_first_visit(page: Page) -> None:
    """Broken words of the browser's storage neither stop the page nor become numbers that nobody has measured."""
    assert page.evaluate(KEPT, LOST) == 4
    assert page.evaluate(KEPT, '{"step": 6}') == 6
    with Cases() as cases:
        for text in BROKEN:
            with cases.case(text):
                assert page.evaluate(KEPT, text) is None
