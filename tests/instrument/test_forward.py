"""A worker that hands a question on to the judge, who may be away."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from racelab.web.serving import forward
from racelab.web.serving.forward import Forward
from racelab.web.serving.guard import FOR_THE_REST, guard
from racelab.web.serving.hosts import Hosts
from tests.instrument.labs import CALM


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


def test_a_passed_answer_has_each_header_once(tmp_path: Path) -> None:
    """The judge and the worker both guard their answers, and a client sees one header of each kind."""
    app = Flask(__name__)
    app.register_blueprint(Forward(tmp_path / "judge.sock").blueprint())
    guard(app, Hosts(frozenset(), remote=False))
    judge = Flask("judge")
    judge.add_url_rule("/ready", view_func=lambda: {"status": "ready"})
    guard(judge, Hosts(frozenset(), remote=False))
    with make_server(f"unix://{tmp_path / 'judge.sock'}", 0, judge) as listening:
        thread = threading.Thread(target=listening.handle_request, daemon=True)
        thread.start()
        answer = app.test_client().get("/ready")
        thread.join(20)
    assert answer.get_json() == {"status": "ready"}
    names = [name for name, _ in answer.headers]
    assert sorted(names) == sorted(set(names))
    assert {name for name, _ in FOR_THE_REST} <= set(names)


def test_what_is_passed_on_has_a_name_of_its_own_in_the_metrics(tmp_path: Path) -> None:
    """No route of the judge is timed under a name of the forwarding itself, nor twice under its own."""
    app = Flask(__name__)
    app.register_blueprint(Forward(tmp_path / "none.sock").blueprint())
    ours = {str(rule): rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    assert set(ours) == {"/", "/metrics", "/ready", "/runs/<path:path>", "/lab/<path:path>"}
    assert set(ours.values()) == {"lab.passed_to_judge"}


def test_every_page_of_the_judge_is_passed_on(tmp_path: Path) -> None:
    """Whatever the lab of one process answers, a worker passes on, by the same method."""
    app = Flask(__name__)
    app.register_blueprint(Forward(tmp_path / "none.sock").blueprint())
    passed = app.url_map.bind("localhost")
    routes = [rule for rule in create_app(CALM).url_map.iter_rules() if rule.endpoint.startswith("lab.")]
    assert len(routes) > 20
    for rule in routes:
        for method in (rule.methods or set()) & {"GET", "POST"}:
            assert passed.test(re.sub("<.*?>", "1", rule.rule), method), rule
