"""Every page in every state passes the rules of axe for WCAG A and AA: light, dark, and in a narrow window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from racelab.server import Server
from tests.browser.test_guide import begin
from tests.browser.test_load import UNTIL_STOPPED, be_done, run_users
from tests.browser.test_loss import first_loss
from tests.browser.test_own_store import file, made
from tests.browser.test_replay import LOST, open_replay
from tests.browser.test_runs import ended_and_present, run_two
from tests.browser.test_your_code import grade, see_form
from tests.subject.cases import Cases

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
GROUNDS: dict[str, tuple[Literal["light", "dark"], int]] = {
    "light and wide": ("light", 1280),
    "dark and narrow": ("dark", 390),
}
State = Callable[[Page, Server], None]


def empty(page: Page, _server: Server) -> None:
    """Before the first load."""
    expect(page.locator("#verdict-lead")).to_contain_text("Nothing measured yet.")


def first_run(page: Page, _server: Server) -> None:
    """Before the first load of a first visit."""
    begin(page)


def running(page: Page, _server: Server) -> None:
    """In the middle of a load."""
    run_users(page, seconds=UNTIL_STOPPED)
    expect(page.locator("#progress")).to_be_visible()


def done(page: Page, _server: Server) -> None:
    """With everything that can be opened."""
    run_users(page)
    be_done(page)
    for each in page.locator("main details").all():
        each.evaluate("details => { details.open = true; }")


def gone(page: Page, _server: Server) -> None:
    """The server does not answer."""
    page.route("**/lab/poll*", lambda route: route.fulfill(status=503, json={"detail": "Nothing is measured now."}))
    expect(page.locator("#notice-gone")).to_be_visible()


def paused(page: Page, _server: Server) -> None:
    """Frozen numbers."""
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#notice-paused")).to_be_visible()


def loss(page: Page, _server: Server) -> None:
    """One loss, drawn."""
    run_users(page, kind="lost_updates", seconds=1)
    be_done(page)
    first_loss(page, "lost_updates")


def one_run(page: Page, server: Server) -> None:
    """A run on its page, with the field for its name."""
    run_two(page)
    page.goto(f"{server.url}/runs/{ended_and_present(server)[0]}")
    page.get_by_role("button", name="Rename").click()


def two_runs(page: Page, server: Server) -> None:
    """Two runs side by side, from the table."""
    run_two(page)
    for tick in page.locator("#runs-table tbody input").all()[:2]:
        tick.check()
    page.get_by_role("button", name="Side by side").click()
    expect(page.get_by_role("heading", name="Two runs, side by side")).to_be_visible()


def report(page: Page, _server: Server) -> None:
    """Two reports of `check`, opened, and a file that is none; with a hidden manager."""
    page.locator("#own-file").set_input_files([file(made()), file(made()), file(made())])
    expect(page.locator("#own-problem")).to_be_visible()
    page.locator("#columns-menu summary").click()
    page.locator("#columns-menu [value=buggy]").uncheck()
    for each in page.locator("#own-store details").all():
        each.evaluate("details => { details.open = true; }")


def replay(page: Page, server: Server) -> None:
    """After the step that loses."""
    open_replay(page, server, LOST)


def guess(page: Page, server: Server) -> None:
    """The fixes, one of them judged."""
    page.goto(f"{server.url}/fixes")
    page.get_by_role("button", name="It breaks").first.click()


def fixes(page: Page, server: Server) -> None:
    """The matrix: a few of its rows, for all are alike, and axe takes long for each."""
    page.goto(f"{server.url}/fixes#matrix-heading")
    expect(page.get_by_role("grid")).to_be_visible()
    page.evaluate("document.querySelectorAll('#matrix tbody:nth-of-type(n + 3)').forEach((rows) => rows.remove())")
    page.evaluate("scrollTo(0, 0)")  # else the bar at the top lies over a link


def stores(page: Page, server: Server) -> None:
    """The survey, with the causes of a finding."""
    page.goto(f"{server.url}/stores#why-rows")
    expect(page.locator("#why-rows .cause").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def form(page: Page, server: Server) -> None:
    """Before anything is graded."""
    page.goto(f"{server.url}/grade")
    see_form(page)


def found(page: Page, server: Server) -> None:
    """A finding, ready to be stepped."""
    page.goto(f"{server.url}/grade")
    grade(page, "lost")


def right(page: Page, server: Server) -> None:
    """No finding."""
    page.goto(f"{server.url}/grade")
    grade(page, "right")


STATES: tuple[State, ...] = (
    empty,
    first_run,
    running,
    done,
    gone,
    paused,
    loss,
    one_run,
    two_runs,
    report,
    replay,
    guess,
    fixes,
    stores,
    form,
    found,
    right,
)


def violations(page: Page) -> list[str]:
    """What axe has against the page, a line each."""
    told = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in told for node in one["nodes"]]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_has_nothing_against_a_page(page: Page, server: Server, trouble: list[str], state: State) -> None:
    """In each of its states, on every ground."""
    state(page, server)
    page.emulate_media(reduced_motion="reduce")
    with Cases() as cases:
        for ground, (scheme, width) in GROUNDS.items():
            with cases.case(ground):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 800})
                assert violations(page) == []
    if state is gone:
        page.unroute_all()
        expect(page.locator("#notice-gone")).to_be_hidden()
        assert all("503" in text for text in trouble)
        trouble.clear()


@pytest.mark.parametrize(
    ("spoilt", "rule"),
    [
        ("find('#verdict-lead').style.color = '#ccc'", "color-contrast"),
        ("find('[name=seconds]').closest('label').replaceWith(find('[name=seconds]'))", "label"),
    ],
)
def test_a_page_that_is_spoilt_is_noticed(page: Page, spoilt: str, rule: str) -> None:
    """A text that nobody can read, and a field without a name."""
    page.evaluate(f"const find = (what) => document.querySelector(what); {spoilt}")
    assert any(text.startswith(rule) for text in violations(page))
