"""A row of the survey from end to end, with what the environment of the tests has."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from racelab import home, server
from racelab.bugs import ExitCode
from racelab.grading.check import Settings
from racelab.grading.survey import environments
from racelab.grading.survey.measure import Measuring
from racelab.grading.survey.rows import ADAPTERS, rows
from racelab.grading.survey.serving import UNTIL_THE_PIPE_ENDS, NotServed, served

if TYPE_CHECKING:
    from tests.engines import RedisServer

COOKIE, STORED = rows()["flask-cookie"], rows()["flask-session-redis"]


@pytest.fixture(autouse=True)
def _this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests have the packages of these rows themselves."""
    monkeypatch.setattr(environments, "python", lambda _: sys.executable)


def refuses(address: str) -> bool:
    """Whether no program listens there."""
    port = urlsplit(address).port
    with socket.socket() as client:
        return client.connect_ex((server.LOOPBACK, port or 0)) != 0


def test_an_app_is_served_until_the_end_of_the_block() -> None:
    """The app answers inside, and no program listens there afterwards."""
    with served(COOKIE, None) as address:
        assert server.fetch(f"{address}/race/read")["n"] == 0
        assert not refuses(address)
    assert refuses(address)


def test_an_app_that_ends_at_once_is_told_with_its_last_words() -> None:
    """An app that cannot be imported is an error with the end of its output."""
    with pytest.raises(NotServed, match=r"(?s)flask-cookie ended while it started.*no_such_app"):
        served(replace(COOKIE, app="no_such_app"), None).__enter__()


def test_an_app_that_only_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An app that answers with an error is not measured."""
    monkeypatch.setattr("racelab.grading.survey.serving.START_PATIENCE", 2.0)
    monkeypatch.setattr("racelab.grading.survey.serving.ADAPTERS", tmp_path)
    (tmp_path / "failing.py").write_text("def app(environ, start):\n    start('500 No', [])\n    return []\n")
    with pytest.raises(NotServed, match=r"did not answer within 2 s.*500"):
        served(replace(COOKIE, app="failing"), None).__enter__()


def test_each_start_has_a_fresh_folder_and_no_setting_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of an earlier server, and the reader's variables have no effect."""
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--no-such-option")
    row = rows()["django-file"]
    for _ in range(2):
        with served(row, None) as address:
            assert server.fetch(f"{address}/race/rows")["rows"] == 0
            server.fetch(f"{address}/race/count", {})
            assert server.fetch(f"{address}/race/rows")["rows"] == 1


def test_a_lifetime_reaches_the_store(redis_server: RedisServer) -> None:
    """Sessions expire after the lifetime that is given, or as shipped."""
    for lifetime, told in ((2, 2.0), (None, 31 * 86_400.0)):
        with served(STORED, redis_server.url, lifetime) as address:
            assert server.fetch(f"{address}/race/rows")["lifetime"] == told


def test_a_server_that_fails_a_control_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server that keeps no session gets no answer, and the reason."""
    monkeypatch.setattr(environments, "is_ready", lambda _: True)
    monkeypatch.setattr("racelab.grading.survey.serving.ADAPTERS", tmp_path)
    lines = ["from flask_cookie import app", "app.config['SESSION_COOKIE_DOMAIN'] = 'elsewhere.example'"]
    (tmp_path / "forgetful.py").write_text("\n".join([f"import sys; sys.path.append({str(ADAPTERS)!r})", *lines]))
    found = Measuring(Settings(seconds=1), 1, lambda _: None, None).row(replace(COOKIE, app="forgetful"))
    cell = found["cells"]["increments"]
    assert (cell["answer"], cell["runs"][0]["tested"]) == ("cannot tell", 0)
    assert "a cookie that a browser ignores" in cell["why"]


@pytest.mark.stress
def test_two_rows_from_end_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command finds keys lost in both stores, and in one of them to readers."""
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path))
    python = tmp_path / "flask" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environments._stamp("flask").write_text(environments._fingerprint("flask"))
    command = [sys.executable, "-m", "racelab", "survey", "run", COOKIE.name, STORED.name, "--runs", "1"]
    done = subprocess.run(
        [*command, "--seconds", "3", "--json", "-"],
        cwd=home.ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == ExitCode.AS_EXPECTED, done.stderr
    cookie, stored = json.loads(done.stdout)["rows"]
    assert cookie["versions"].keys() == {"flask", "itsdangerous", "gunicorn"}
    assert stored["environment"]["redis"]
    asked = ("increments", "keys", "keys_while_reading", "other_visitor", "rows")
    assert [stored["cells"][key]["answer"] for key in asked] == ["yes", "yes", "yes", "no", "no"]
    assert [cookie["cells"][key]["answer"] for key in asked] == ["yes", "yes", "no", "no", "not asked"]
    assert "flask-session-redis, run 1 of 1: " in done.stderr


def test_the_server_ends_with_whoever_started_it() -> None:
    """The pipe that ends with the lab ends the server, also if nobody stops it."""
    read, write = os.pipe()
    serve = "import socket, sys, time; kept = socket.socket(fileno=int(sys.argv[1])); print('up', flush=True); "
    serve += "time.sleep(99)"
    with server.listen(0) as listener:
        address = f"http://{server.LOOPBACK}:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            ["/bin/sh", "-c", UNTIL_THE_PIPE_ENDS, "sh", sys.executable, "-c", serve, str(listener.fileno())],
            stdin=read,
            stdout=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
    os.close(read)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    assert not refuses(address)
    os.close(write)
    assert process.wait(10) != 0
    process.stdout.close()
    assert refuses(address)
