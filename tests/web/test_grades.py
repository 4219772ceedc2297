"""A grade's own process: Stop leaves what was found, and an end that nobody asked for is told."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from racelab.grading.classes.running import apart
from racelab.web.your_code.grades import Grade, Grades
from tests.instrument.labs import until
from tests.web.test_your_code import EXAMPLES, FOR_EVER, ORDER, client

__all__ = ["client"]
SPINS = """
    def spin(self) -> None:
        while type(self._lock).__name__ != "lock":  # for ever, where locks are modelled
            pass
"""
FINDS_AND_SPINS = EXAMPLES["lost"] + SPINS
ONLY_SPINS = f"import threading\n\n\nclass Spins:\n    _lock = threading.Lock()\n{SPINS}"


def stopped(client: FlaskClient, source: str, found: int) -> Any:
    """What is told by a grade that is stopped when so many programs have been found to end badly."""
    assert client.post("/lab/grade", json={"source": source, "seconds": 200}).status_code == 202
    until(lambda: _reached(client.get("/lab/grade").get_json(), found), "the first verdicts", 60)
    assert client.post("/lab/grade/stop", json={}).get_json()["state"] in ("running", "done")
    client.application.extensions["racelab_grades"]._now.followed()
    return client.get("/lab/grade").get_json()


def _reached(told: Any, found: int) -> bool:
    assert told["state"] == "running", told["why"]
    return bool(told["file"]) and sum(stage["found"] for stage in told["stages"]) >= found


def test_stop_leaves_what_was_found(client: FlaskClient) -> None:
    """A finding is told though other programs were under way."""
    told = stopped(client, FINDS_AND_SPINS, 1)
    assert (told["state"], told["stopping"], told["report"]["verdict"]) == ("done", True, "found")
    assert told["findings"][0]["stepped"]["threads"] == ["A", "B"]
    assert told["stages"][0]["done"] < told["stages"][0]["programs"]
    assert told["report"]["reasons"] == []


def test_news_are_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop between a line and its end would put two on one line, and the grade would be lost."""
    written: list[bytes] = []

    def write(_: int, line: bytes) -> int:
        written.append(line)
        return len(line)

    monkeypatch.setattr(os, "write", write)
    apart._say({"refused": "é\n"})
    assert written == [b'{"refused": "\\u00e9\\n"}\n']


def test_what_was_stopped_is_never_called_right(client: FlaskClient) -> None:
    """Without a finding, and with programs left, nothing can be told."""
    told = stopped(client, ONLY_SPINS, 0)
    assert (told["state"], told["findings"]) in [("done", []), ("stopped", [])]
    if told["report"]:
        assert told["report"]["verdict"] == "cannot tell"
        assert told["report"]["sentence"].startswith("Interrupted")


def test_one_that_is_refused_says_what_runs(client: FlaskClient) -> None:
    """A second visitor is told which class is graded, and the first one's goes on."""
    client.post("/lab/grade", json={"source": FOR_EVER})
    answer = client.post("/lab/grade", json={"source": EXAMPLES["right"]})
    assert answer.status_code == 409
    assert answer.get_json()["detail"].startswith("your_code.py:Never is being graded here since ")
    assert client.get("/lab/grade").get_json()["target"] == "your_code.py:Never"


def test_a_killed_process_is_told(client: FlaskClient) -> None:
    """The page says by what, and that nothing is known; the next grade is possible."""
    client.post("/lab/grade", json={"source": FOR_EVER})
    grade: Grade = client.application.extensions["racelab_grades"]._now
    os.kill(grade._process.pid, signal.SIGKILL)
    grade.followed()
    told = client.get("/lab/grade").get_json()
    assert told["state"] == "failed"
    assert "was ended by SIGKILL" in told["why"]
    assert "Nothing can be said" in told["why"]
    assert not Path(grade._folder).exists()
    assert client.post("/lab/grade", json={"source": FOR_EVER}).status_code == 202


@pytest.mark.parametrize(
    ("says", "then", "why"),
    [
        ('{"refused": "half', "true", "ended with 0"),
        ('{"refused": "half"\\n', "exec cat", "could not be read"),
        ('{"report": {}}\\n', "exec cat", "could not be read"),
    ],
)
def test_what_cannot_be_read_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, then: str, why: str
) -> None:
    """Half a line, and one without sense, is a failure that is told."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nprintf '{says}'\n{then}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    grade = Grade(1, ORDER, 60.0)
    grade.followed()
    told = grade.told()
    assert (told["state"], why in told["why"]) == ("failed", True), told["why"]
    assert grade._process.poll() is not None


def test_each_server_has_a_name_of_its_own() -> None:
    """So a page knows that its grade ended with the server before."""
    assert Grades().told()["lab"] != Grades().told()["lab"] != ""
