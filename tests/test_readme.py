"""Every command of the README and of the pages under docs/ is run as it stands there, and does what the text says."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.server import Server, fetch, listen

pytestmark = pytest.mark.commands

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ADDRESS = "http://127.0.0.1:8000"
THE_TESTS = "python3 lab.py test"
SERVERS = ("python3 lab.py serve", ".venv/bin/gunicorn app:app")
THE_DEMO = "python3 lab.py demo"
DIFFERENT = 1
PATIENCE = 100.0


def commands() -> list[str]:
    """Each line of each `sh` block, once."""
    found: dict[str, None] = {}
    for page in (README, *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            found.update(dict.fromkeys(block.strip().splitlines()))
    return list(found)


OTHER_HOSTS = (".venv/bin/flask --app app run", ".venv/bin/gunicorn --bind")
"""They serve too: see test_deploying.py."""
INSTALLING = ("pip install ", "python -m build ")
"""They change an environment, which has to be a new one: see test_package.py."""
ENDING = [
    command
    for command in commands()
    if command not in (THE_TESTS, THE_DEMO, *SERVERS) and not command.startswith((*OTHER_HOSTS, *INSTALLING))
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, for the commands that need one."""
    with Server(tmp_path_factory.mktemp("readme")) as lab:
        yield lab


def test_the_readme_is_short() -> None:
    """The README has under 120 lines, and its first command is before line 30."""
    lines = README.read_text().splitlines()
    assert lines.index(THE_DEMO) < 30
    assert len(lines) < 120


def test_continuous_integration_runs_the_readme_s_own_test_command() -> None:
    """Continuous integration runs the test command of the README."""
    assert THE_TESTS in README.read_text().splitlines()
    assert THE_TESTS in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("command", ENDING)
def test_a_command_does_what_the_page_says(command: str, server: Server) -> None:
    """Each command ends with 0; `diff` ends with 1, because the files differ."""
    done = subprocess.run(
        shlex.split(command.replace(ADDRESS, server.url)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == (DIFFERENT if command.startswith("diff ") else 0), done.stdout + done.stderr


@pytest.mark.parametrize("command", SERVERS)
def test_a_server_command_serves_until_it_is_stopped(command: str, tmp_path: Path) -> None:
    """A server command answers at its port, and Ctrl-C ends it with 0."""
    assert command in commands()
    with listen(0) as taken:
        port = taken.getsockname()[1]
    words = shlex.split(command) + (["--port", str(port)] if "lab.py" in command else [])
    environment = {**os.environ, "RACELAB_PORT": str(port), "RACELAB_INSTANCE": str(tmp_path)}
    process = subprocess.Popen(words, cwd=ROOT, env=environment, start_new_session=True)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", process)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_the_demo_shows_all_four_bugs_and_keeps_serving(tmp_path: Path) -> None:
    """It says what fails on purpose, prints the verdict, serves until Ctrl-C, and keeps its run."""
    words, environment = shlex.split(THE_DEMO), {**os.environ, "RACELAB_INSTANCE": str(tmp_path)}
    with (tmp_path / "said").open("w+") as said:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while "Still serving" not in (text := (tmp_path / "said").read_text()):
                assert time.monotonic() < deadline, text
                assert process.poll() is None, text
                _pause(process)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
    assert "vanished" in text
    assert text.index("Faults are injected") < text.index("ended by an injected fault (HTTP 500)")
    assert text.count("0 other requests failed.") == 2, "as the README says of both managers"
    assert (tmp_path / "runs" / "run-1.json").stat().st_size


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            assert fetch(url + "/health", timeout=1)["status"] == "healthy"
        except OSError:
            _pause(process)
        else:
            return
    pytest.fail(f"{url} did not answer")


def _pause(process: subprocess.Popen[bytes]) -> None:
    """A tenth of a second, or less if the process ends."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return
