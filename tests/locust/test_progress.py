"""How far a load is: drawn in a terminal, one line for each phase elsewhere, and nothing of it on stdout."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from locustfiles._progress import WAITING, Progress
from racelab.server import Server
from tests.locust.conftest import end

ROOT = Path(__file__).resolve().parents[2]
ERASED = "\r\x1b[2K"


def drawn(terminal: bool) -> list[str]:
    """What is written, for a load of ten seconds that is seen after three and then waits."""
    file, now = io.StringIO(), 100.0
    progress = Progress(Console(file=file, force_terminal=terminal, width=100), 10.0, lambda: now)
    now += 3
    assert progress.show(24, 1234)
    progress.wait()
    progress.wait()
    assert progress.show(0, 1300)
    progress.end()
    progress.end()
    assert not progress.show(0, 1300)
    return file.getvalue().split(ERASED)


def test_a_terminal_shows_users_requests_and_seconds_and_then_waiting() -> None:
    """The line is redrawn, and erased once before the verdict."""
    assert drawn(terminal=True) == ["", "24 users, 1,234 requests so far, 7 s left", WAITING, WAITING, ""]


def test_a_file_gets_one_line_for_each_phase() -> None:
    """The front door prints the first one."""
    assert drawn(terminal=False) == [f"{WAITING}\n"]


@pytest.mark.locust
def test_a_load_through_the_front_door_tells_its_phases_on_stderr(lab: Server) -> None:
    """Two lines on stderr where it is no terminal, and the verdict alone on stdout."""
    load = ("load", "lost_updates", "--variant", "fixed", "--url", lab.url, "--seconds", "1", "--users", "8")
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "racelab", *load]
    ended = end(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True))
    assert ended.code == 0, ended
    assert ended.log.splitlines() == [f"lost_updates: 8 users for 1 s at {lab.url}", WAITING]
    assert ended.said.lstrip().startswith("fixed: agree")
