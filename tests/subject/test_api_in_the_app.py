"""The routes in the whole app: what it adds to every answer, and what it refuses before a route is reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from session_manager.web.extension import Registered
from tests.subject.cases import Cases
from tests.subject.test_api_bad_input import JSON, LOGIN, assert_problem, everything, login


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The lab's app, with managers in memory that share nothing with other tests."""
    monkeypatch.setenv("RACELAB_INSTANCE", str(tmp_path))
    settings = {"DATABASE": "memory://", "GLOBAL": False, "DB_LATENCY": 0.0}
    app = create_app({f"SESSION_MANAGER_{name}": value for name, value in settings.items()})
    yield app
    registered: Registered = app.extensions["session_manager"]
    registered.stop()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Asks it as a program would."""
    return app.test_client()


def test_the_six_routes_answer(client: FlaskClient) -> None:
    """The routes answer as they do without the lab around them."""
    with Cases() as cases:
        for prefix, opened in (("", 1), ("/buggy", 2), ("/fixed", 1)):
            with cases.case(prefix):
                session_id = login(client, prefix)
                session = f"{prefix}/api/session/{session_id}"
                assert client.put(f"{session}/prefs", json={"key": "a", "value": "1"}).get_json()["success"] is True
                assert client.get(session).get_json()["metadata"] == {"a": "1"}
                assert client.get(session).get_json()["access_count"] == 2
                assert client.delete(f"{prefix}/api/logout/{session_id}").get_json()["success"] is True
                assert client.get(f"{prefix}/api/stats").get_json()["total_sessions"] == opened
                assert client.get(f"{prefix}/health").get_json()["status"] == "healthy"


BAD: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "no such path": ("GET", "/api/nothing", {}, 404),
    "no such session": ("GET", "/api/session/nobody", {}, 404),
    "wrong method": ("GET", "/api/login", {}, 405),
    "too large": ("POST", "/api/login", {"data": json.dumps({**LOGIN, "x": "x" * 20_000}), "content_type": JSON}, 413),
    "no json": ("POST", "/api/login", {"data": "username=ann", "content_type": "text/plain"}, 415),
    "malformed": ("POST", "/api/login", {"data": "{", "content_type": JSON}, 400),
    "an array": ("POST", "/api/login", {"json": []}, 422),
    "wrong host": ("POST", "/api/login", {"json": LOGIN, "base_url": "http://evil.example"}, 400),
    "another site": ("POST", "/api/login", {"json": LOGIN, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    "another origin": ("POST", "/api/login", {"json": LOGIN, "headers": {"Origin": "http://evil.example"}}, 403),
}


def test_the_app_refuses_in_problem_json_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    """Errors of Flask's own look like the subject's, and say that nothing was changed."""
    before = everything(app)
    with Cases() as cases:
        for what, (method, path, how, status) in BAD.items():
            with cases.case(what):
                answer = client.open(path, method=method, **how)
                assert_problem(answer, status)
                assert everything(app) == before
                assert status != 405 or "POST" in answer.headers["Allow"]


def test_a_login_from_the_labs_own_page_is_let_in(client: FlaskClient) -> None:
    """The guard looks at where a request comes from, not at whether it says so."""
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/api/login", json=LOGIN, headers=own).status_code == 200


def test_an_error_of_ours_does_not_claim_that_nothing_was_changed(app: Flask, client: FlaskClient) -> None:
    """A bug behind a route is a 500 without `definite: true`."""
    manager = app.extensions["session_manager"].subjects["fixed"]

    def fail(*_: object) -> str:
        raise ZeroDivisionError

    manager.create_session = fail
    answer = client.post("/fixed/api/login", json=LOGIN)
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert answer.get_json().get("definite") is not True
