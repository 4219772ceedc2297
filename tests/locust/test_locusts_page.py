"""Locust's own page, and the one run that its verdict page, its report, the lab and the files tell of."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from markupsafe import escape

from locustfiles._look import Told, page
from racelab.bugs import Verdict
from racelab.server import Server, listen, stop
from tests.locust.conftest import command, get, last_run, wait_for_calls, wait_for_connection, wait_for_line
from tests.subject.cases import Cases

pytestmark = pytest.mark.locust


def test_the_verdict_is_on_locusts_own_page(lab: Server) -> None:
    """Locust's page is local to this computer and shows the verdict of each test."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    page = f"http://127.0.0.1:{port}"
    words = command("lost_updates.py", lab.url, "--web-port", str(port))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True)
    try:
        wait_for_connection(process, port)
        assert "No test was started yet" in get(page + "/verdict")
        assert 'href="/verdict"' in get(page + "/")
        for variant, code in (("buggy", 3), ("fixed", 0)):
            swarm = {"user_count": 12, "spawn_rate": 12, "host": lab.url, "variant": variant, "expect": "consistent"}
            run = last_run(lab)
            get(page + "/swarm", urlencode(swarm).encode())
            wait_for_calls(lab, process, run, 200)
            get(page + "/stop", b"")
            wait_for_line(process, b"exit code")
            told = get(page + "/verdict")
            assert f"(exit code {code})" in told
            assert f"{variant}: client ledger and server ledger agree." in told
        assert listening_addresses(port) == {"127.0.0.1"}
        process.terminate()
        process.communicate(timeout=20)
        assert process.returncode == 0
    finally:
        stop(process, 1.0)
        process.communicate()


def test_one_run_has_the_same_numbers_everywhere(lab: Server, tmp_path: Path) -> None:
    """Locust's page, its report, the lab, the export and the JSON agree on one run."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    page, told, report = f"http://127.0.0.1:{port}", tmp_path / "verdict.json", tmp_path / "report.html"
    options = ("--web-port", str(port), "--verdict-json", str(told), "--html", str(report))
    process = subprocess.Popen(command("mixed.py", lab.url, *options), stdout=subprocess.PIPE, start_new_session=True)
    try:
        wait_for_connection(process, port)
        assert "racelab" not in get(page + "/stats/report")  # there is no verdict yet
        run = last_run(lab)
        get(page + "/swarm", urlencode({"user_count": 16, "spawn_rate": 16, "host": lab.url}).encode())
        wait_for_calls(lab, process, run, 400)
        get(page + "/stop", b"")
        wait_for_line(process, b"exit code")
        pages = {"page": get(page + "/verdict"), "download": get(page + "/stats/report?download=1&theme=dark")}
        verdict = lab.fetch("/lab/verdict")
        export = lab.fetch("/lab/export.json")["runs"][-1]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    finally:
        stop(process, 1.0)
        process.communicate()
    pages["report"] = report.read_text()
    assert verdict["variants"]["buggy"]["verdict"] == Verdict.DISAGREE
    assert verdict["variants"]["fixed"]["verdict"] == Verdict.AGREE
    assert json.loads(told.read_text())["verdict"] == verdict
    assert {name: export[name] for name in verdict} == verdict
    with Cases() as cases:
        for name, html in pages.items():
            with cases.case(name):
                assert numbers_on(html) == numbers_of(verdict)
                for result in verdict["variants"].values():
                    headline = result["cards"][verdict["card"]] if verdict["card"] else result
                    for sentence in (headline, *result["cards"].values()):
                        for part in sentence["parts"]:
                            assert escape(part["text"]) in html
    assert 'data-theme="dark"' in pages["download"]


def numbers_of(verdict: Any) -> dict[tuple[str, str], list[int]]:
    """The numbers of each card, by manager and bug, where something was measured."""
    cards = {(v, bug): card for v, result in verdict["variants"].items() for bug, card in result["cards"].items()}
    numbers = {key: [card["promised"], card["count"], card["either"]] for key, card in cards.items()}
    return {key: row[:2] + [n for n in row[2:] if n] for key, row in numbers.items() if any(row)}


def numbers_on(html: str) -> dict[tuple[str, str], list[int]]:
    """The same from a page."""
    found = re.findall(r'<dl class="figures" data-variant="(\w+)" data-bug="(\w+)">(.*?)</dl>', html, re.DOTALL)
    numbers = {(v, bug): re.findall(r"<dd>([\d,]+)</dd>", figures) for v, bug, figures in found}
    return {key: [int(number.replace(",", "")) for number in row] for key, row in numbers.items()}


OTHER_SITES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/", {"Host": "evil.example"}),
    ("/swarm", {"Origin": "http://evil.example"}),
    ("/swarm", {"Sec-Fetch-Site": "cross-site"}),
    ("/stop", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}),
    ("/stats/reset", {"Sec-Fetch-Site": "same-site"}),
    ("/stats/requests", {"Sec-Fetch-Site": "cross-site"}),
)


def test_locusts_own_page_is_guarded_as_the_lab_is(lab: Server) -> None:
    """No other site starts, stops or reads a load; a link to the page, and the page itself, work."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(command("lost_updates.py", lab.url, "--web-port", str(port)), start_new_session=True)
    try:
        wait_for_connection(process, port)
        for path, headers in OTHER_SITES:
            status, _ = ask(port, "POST" if path == "/swarm" else "GET", path, headers)
            assert status in (400, 403), (path, headers, status)
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        for headers in ({}, link, {"Sec-Fetch-Site": "none"}):
            status, frames = ask(port, "GET", "/", headers)
            assert (status, frames) == (200, "DENY"), headers
        assert ask(port, "GET", "/stats/requests", {"Sec-Fetch-Site": "same-origin"})[0] == 200
    finally:
        stop(process, 10.0)


def ask(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, str | None]:
    """The status of an answer, and whether it may be framed."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["X-Frame-Options"]


def listening_addresses(port: int) -> set[str]:
    """Where this port is open, going by the kernel's table."""
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = [row[1].split(":") for row in table if row[3] == "0A"]
    return {".".join(str(b) for b in bytes.fromhex(a)[::-1]) for a, p in local if int(p, 16) == port}


def test_the_link_to_the_lab_is_an_address_or_none() -> None:
    """A host that is no address of a site makes no link, so no script either."""
    hosts = {"http://127.0.0.1:8000/": "http://127.0.0.1:8000", "javascript:alert(1)": "", "": ""}
    assert {host: Told("", "", host).lab for host in hosts} == hosts
    assert "javascript:" not in page(Told("", "", "javascript:alert(1)"))
