"""The command `class`: the plan in the terminal and in docs/class.md, and who reaches what it serves."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest
from click.testing import CliRunner

from racelab.cli import demo, klass
from racelab.cli.commands import cli
from racelab.lesson import MINUTES, STEPS, timed
from racelab.server import LOOPBACK, listen

ROOT = Path(__file__).resolve().parent.parent
OWN = [
    one.address
    for each in psutil.net_if_addrs().values()
    for one in each
    if one.family == socket.AF_INET and not one.address.startswith("127.")
]


def test_the_document_has_the_steps_of_the_lesson() -> None:
    """Each step with its minutes, in order; they last 45 minutes together."""
    text = (ROOT / "docs" / "class.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == [
        f"{begins} to {ends}: {step.title}" for begins, ends, step in timed()
    ]
    assert MINUTES == 45


def test_the_plan_fits_into_half_a_screen() -> None:
    """A line for each step, and the addresses; none is longer than a terminal is wide."""
    lines = klass.plan("http://127.0.0.1:8000/class", 20, ["http://192.0.2.2:8000/class"])
    assert len(lines) <= 14
    assert max(map(len, lines)) <= 110
    assert [step.title for step in STEPS if not any(step.title in line for line in lines)] == []
    assert "The board is at http://127.0.0.1:8000/class" in lines


def test_help_teaches_and_a_wrong_number_is_refused() -> None:
    """It names the board, the document, and what others may do."""
    told = CliRunner().invoke(cli, ["class", "--help"]).output
    assert [word for word in ("docs/class.md", "/class", "--share", "--no-browser", "read") if word not in told] == []
    assert CliRunner().invoke(cli, ["class", "--students", "0"]).exit_code == 2


@pytest.mark.parametrize(("options", "host", "remote"), [([], LOOPBACK, "0"), (["--share"], klass.EVERYWHERE, "1")])
def test_others_are_let_in_only_with_share(
    monkeypatch: pytest.MonkeyPatch, options: list[str], host: str, remote: str
) -> None:
    """Without it the lab stays on loopback, also where the environment says otherwise."""
    seen: dict[str, Any] = {}

    def served(*_arguments: Any, **options: Any) -> Any:
        seen.update(options)
        raise KeyboardInterrupt

    monkeypatch.setenv("RACELAB_ALLOW_REMOTE", "1")
    monkeypatch.setattr(demo, "served", served)
    CliRunner().invoke(cli, ["class", "--no-browser", *options])
    assert (seen["host"], seen["environ"]["RACELAB_ALLOW_REMOTE"]) == (host, remote)
    assert ("RACELAB_HOSTS" in seen["environ"]) == bool(options)


def ask(address: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """Status and text of an answer; a header whose name ends in _ has a - for each _."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
    connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.commands
@pytest.mark.skipif(not OWN, reason="this computer has no address but loopback")
def test_a_shared_lesson_is_read_only_for_others_and_ends_with_a_summary() -> None:
    """Real requests from loopback and from this computer's own address, which counts as another's."""
    with listen(0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "racelab", "class", "--share", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        said = "".join(
            iter(process.stdout.readline, "Ctrl-C ends the lesson and prints a summary. Save the board first.\n")
        )
        here, there = f"http://{LOOPBACK}:{port}", f"http://{OWN[0]}:{port}"
        assert "Warning: with --share every computer" in said
        assert f"read only: {there}/class" in said
        assert ask(here, "/class/guesses", {"lost": 7})[0] == 200
        assert ask(there, "/class")[0] == ask(there, "/lab/poll")[0] == 200
        assert ask(there, "/class", Host=f"{socket.gethostname()}:{port}")[0] == 200
        assert ask(there, "/class", Host=f"evil.example:{port}")[0] == 400
        refused = [
            ask(there, "/class/guesses", {"lost": 8}),
            ask(there, "/class/guesses", {"lost": 8}, Host=f"127.0.0.1:{port}"),
            ask(there, "/class/guesses", {"lost": 8}, X_Forwarded_For=LOOPBACK, Forwarded=f"for={LOOPBACK}"),
            ask(there, "/lab/burst", {}),
            ask(there, "/buggy/api/login", {"username": "eve", "password": "x"}),
        ]
        assert [(status, "may read the pages" in text) for status, text in refused] == [(403, True)] * 5
        process.send_signal(signal.SIGINT)
        summary = process.stdout.read()
        assert process.wait(30) == 0
        assert "1 guess of 20: 7 of 100." in summary
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
