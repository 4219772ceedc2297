"""Locust's verdict page in a browser: the lab's own look, on a narrow screen and a wide one."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from locustfiles._judgement import Conclusion
from locustfiles._look import Theme, Told, page, with_verdict
from locustfiles._verdict import Report
from racelab.bugs import ExitCode
from racelab.server import Server
from tests.subject.cases import Cases

WIDTHS = (390, 1280)


@pytest.fixture
def told(server: Server) -> Told:
    """The result of a load, with numbers as long as a crowd makes them."""
    verdict = server.fetch("/lab/verdict")
    for card in verdict["variants"]["buggy"]["cards"].values():
        card.update(dict.fromkeys(("promised", "present", "count", "either"), 1_234_567))
    conclusion = Conclusion(ExitCode.AS_EXPECTED, "As expected: no anomaly on fixed.")
    return Told("", "", server.url, Report(conclusion, verdict, ["buggy: " + "x" * 99]))


@pytest.fixture
def blank(context: BrowserContext) -> Page:
    """A page of no server."""
    return context.new_page()


def test_locusts_verdict_page_fits_and_leads_to_the_lab(blank: Page, server: Server, told: Told) -> None:
    """No phase of the page scrolls sideways, and it links to See and Replay."""
    phases = {"before": Told("No test was started yet.", "Press Start.", server.url), "done": told}
    with Cases() as cases:
        for (phase, shown), width in ((phase, width) for phase in phases.items() for width in WIDTHS):
            with cases.case(phase, width):
                blank.set_viewport_size({"width": width, "height": 900})
                blank.set_content(page(shown))
                assert blank.evaluate("document.documentElement.scrollWidth") <= width
                for name, path in (("See", "/"), ("Replay", "/replay")):
                    link = blank.get_by_role("navigation").get_by_role("link", name=name)
                    expect(link).to_have_attribute("href", server.url + path)


def test_the_verdict_in_locusts_report_keeps_its_style_to_itself(blank: Page, told: Told) -> None:
    """The section has the lab's look in the report's theme, and the report keeps its own."""
    report = '<p id="theirs">Theirs</p><div id="root"></div>'
    blank.set_content(report)
    theirs = blank.evaluate("getComputedStyle(document.querySelector('#theirs')).font")
    inks: dict[Theme, str] = {"light": "rgb(22, 24, 29)", "dark": "rgb(242, 241, 238)"}
    with Cases() as cases:
        for theme, ink in inks.items():
            with cases.case(theme):
                blank.set_content(with_verdict(report, told, theme))
                expect(blank.locator(".racelab")).to_have_css("color", ink)
                assert blank.evaluate("getComputedStyle(document.querySelector('#theirs')).font") == theirs
