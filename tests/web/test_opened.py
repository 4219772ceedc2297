"""`grade --open`: a finding in a browser, from a server of its own that runs nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from racelab.server import fetch
from racelab.web.your_code import opened
from racelab.web.your_code.grades import nothing
from tests.web.test_your_code import EXAMPLES, ROOT


def command(folder: Path, example: str, *options: str) -> subprocess.Popen[str]:
    """`grade` on a class in that folder, as a process; its browser is a command that does nothing."""
    (folder / "mine.py").write_text(EXAMPLES[example], encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "BROWSER": "true", "RACELAB_CACHE": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "racelab", "grade", "mine.py", *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_finding_is_served_until_ctrl_c(tmp_path: Path) -> None:
    """On a free port of the loopback address; the exit code is the verdict's."""
    with command(tmp_path, "lost", "--open") as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("The finding is at"))
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+", line)
        told: Any = fetch(f"{address}/lab/grade")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 3
    assert told["report"]["findings"][0]["name"] == "lost update"
    assert "CALLS = [" in told["file"]
    assert [frame["task"] for frame in told["findings"][0]["stepped"]["frames"]][:4] == ["", "A", "A", "B"]
    with pytest.raises(OSError, match="refused"):
        fetch(f"{address}/lab/grade")


def test_without_a_finding_nothing_is_served(tmp_path: Path) -> None:
    """The right class ends with 0 and no server."""
    with command(tmp_path, "right", "--open") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "The finding is at" not in said


@pytest.mark.parametrize("other", ["--stress", "--watch"])
def test_it_goes_with_a_grading_only(tmp_path: Path, other: str) -> None:
    """Real threads and watching have no finding that could be opened."""
    with command(tmp_path, "lost", "--open", other) as process:
        _, said = process.communicate(timeout=60)
    assert (process.returncode, "it does not go with" in said) == (2, True)


def test_the_small_server_runs_nothing() -> None:
    """It shows one page without a form to send, and refuses other names and every order."""
    client = opened.create_app(nothing()).test_client()
    page = client.get("/grade")
    assert 'data-alone="true"' in page.text
    assert 'href="/replay"' not in page.text
    assert client.post("/lab/grade", json={"source": "x = 1"}).status_code == 405
    assert client.get("/grade", headers={"Host": "evil.example"}).status_code == 400
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
