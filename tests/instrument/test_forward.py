"""A worker that hands a question on to the judge, who may be away."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from flask import Flask

from racelab.web import forward
from racelab.web.forward import Forward


def said(place: Path) -> str:
    """The answer to a poll, which is a refusal."""
    app = Flask(__name__)
    app.register_blueprint(Forward(place).blueprint())
    answer = app.test_client().get("/lab/poll?since=0")
    assert answer.status_code == 503
    assert "The workers serve sessions" in answer.text
    return answer.text


def test_a_judge_that_has_ended_is_being_started_again(tmp_path: Path) -> None:
    """Nobody listens at its socket, or there is none."""
    assert "is being started again" in said(tmp_path / "none.sock")
    with socket.socket(socket.AF_UNIX) as ended:
        ended.bind(str(tmp_path / "ended.sock"))
        assert "is being started again" in said(tmp_path / "ended.sock")


def test_a_judge_that_is_silent_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll hears so before the page gives up, which would blame the server."""
    monkeypatch.setattr(forward, "POLL_SECONDS", 0.1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        assert "does not answer" in said(tmp_path / "silent.sock")
