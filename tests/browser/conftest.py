"""A real Chromium on a real server. Where no browser is found the tests are skipped, and the summary says so in red."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, expect

from racelab.cli.selftest import find_chromium
from racelab.server import Server

HERE = Path(__file__).parent
CHROMIUM = find_chromium()
NO_BROWSER = (
    "No Chromium found, so no test has looked at the page. Install one (Debian: apt-get install chromium), or"
    " set RACELAB_CHROMIUM to the path of one."
)
PATIENCE_MS = 20_000
FIRST_RUN_OVER = (
    "try { localStorage['race-lab-first-run'] ??= '{\"step\": 6}'; } catch { /* a page that stores nothing */ }"
)
CALM_DIALS = {"window_ms": 0, "fault_rate": 0, "db_latency_ms": 10, "cache_ttl_s": 60, "cleanup_interval_s": 0.5}

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and skip it where there is none."""
    for item in items:
        if item.path.is_relative_to(HERE) and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skip that nobody sees would read as a pass."""
    if not CHROMIUM:
        terminalreporter.write_line(f"BROWSER TESTS SKIPPED. {NO_BROWSER}", red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's own browser, which keeps to itself."""
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu")
    switches = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    return {"executable_path": CHROMIUM, "args": switches}


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests: starting it is what takes long."""
    with Server(tmp_path_factory.mktemp("instance")) as lab:
        yield lab


@pytest.fixture
def server(running_server: Server) -> Server:
    """The server as if it had just been started: a run of its own, calm dials."""
    running_server.fetch("/lab/reset", {}, timeout=30)
    running_server.fetch("/lab/dials", CALM_DIALS)
    return running_server


@pytest.fixture
def trouble() -> list[str]:
    """What went wrong in the browser. A test that provokes an error takes it out."""
    return []


@pytest.fixture
def page(context: BrowserContext, server: Server, trouble: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """The dashboard after the first run, or a page that a test marked `blank` opens itself.

    Always: no error in the console, no breach of the policy, no other host.
    """

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            trouble.append(message.text)

    def see(asked: Request) -> None:
        if not asked.url.startswith((server.url, "data:")):
            trouble.append(f"asked another host: {asked.url}")

    def fail(error: Error) -> None:
        trouble.append(str(error))

    page = context.new_page()
    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", fail)
    page.add_init_script(FIRST_RUN_OVER)
    if request.node.get_closest_marker("blank") is None:
        page.goto(server.url)
        expect(page.locator("#age")).to_contain_text("live")
    yield page
    page.unroute_all(behavior="ignoreErrors")  # or an answer that is still being changed outlives the page
    assert not trouble
