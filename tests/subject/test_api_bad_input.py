"""Bad input gets problem+json with the right status, says that nothing was changed, and nothing is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from session_manager.web.extension import Registered
from session_manager.web.problems import from_http_exception
from tests.subject.apps import make_app
from tests.subject.cases import Cases

PREFIXES = ["", "/buggy", "/fixed"]
JSON = "application/json"
LOGIN = {"username": "ann", "password": "x"}
PREFS = {"key": "theme", "value": "dark"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Both variants in memory, with the handler that the lab gives to errors of Flask's own.

    One for all tests, for none may change anything.
    """
    app = make_app(tmp_path_factory.mktemp("app"))
    app.register_error_handler(HTTPException, from_http_exception)
    yield app
    app.extensions["session_manager"].stop()


def everything(app: Flask) -> list[object]:
    """All that could have changed, in every variant."""
    registered: Registered = app.extensions["session_manager"]
    censuses = [(manager.census(), manager.counts()) for manager in registered.managers.values()]
    return [*censuses, *(database.ids() for database in registered.databases.values())]


def assert_problem(answer: TestResponse, status: int, definite: bool | None = True) -> str:
    """The answer is a problem of that status. Returns its detail."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body = answer.get_json()
    assert body["status"] == status
    assert body.get("definite") is definite
    assert body["type"] == "about:blank"
    assert body["title"]
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return str(body["detail"])


def fields(valid: dict[str, str], name: str, longest: int, may_be_empty: bool) -> dict[str, tuple[bytes, str, int]]:
    """Bad bodies for one field of a valid body, by what is bad about them."""
    bad: dict[str, Any] = {
        "a number": 5,
        "null": None,
        "true": True,
        "a list": ["x"],
        "an object": {"x": "y"},
        "too long": "x" * (longest + 1),
        "a NUL": "a\0b",
        "half a surrogate pair": "a\ud800b",
        "the other half": "\udfff",
    }
    if not may_be_empty:
        bad["empty"] = ""
    cases = {f"{name} is {what}": {**valid, name: value} for what, value in bad.items()}
    cases[f"{name} is missing"] = {key: value for key, value in valid.items() if key != name}
    return {what: (json.dumps(body).encode(), JSON, 422) for what, body in cases.items()}


def bodies(valid: dict[str, str]) -> dict[str, tuple[bytes, str, int]]:
    """Bad bodies for a route: the body, its content type, and the status it gets."""
    good = json.dumps(valid).encode()
    return {
        "no body": (b"", JSON, 400),
        "no body and no type": (b"", "", 415),
        "no type": (good, "", 415),
        "a form": (b"username=ann&password=x", "application/x-www-form-urlencoded", 415),
        "json as text": (good, "text/plain", 415),
        "malformed": (good[:-1], JSON, 400),
        "not utf-8": (b'{"username": "\xff\xfe", "password": "x"}', JSON, 400),
        "words": (b"hello", JSON, 400),
        "too deeply nested": (b"[" * 10_000, JSON, 400),
        "an array": (b"[" + good + b"]", JSON, 422),
        "a string": (b'"ann"', JSON, 422),
        "null": (b"null", JSON, 422),
        "an empty object": (b"{}", JSON, 422),
    }


LOGINS = bodies(LOGIN) | fields(LOGIN, "username", 64, may_be_empty=False)
LOGINS |= fields(LOGIN, "password", 1024, may_be_empty=True)
SAVES = bodies(PREFS) | fields(PREFS, "key", 64, may_be_empty=False) | fields(PREFS, "value", 1024, may_be_empty=True)


def test_a_bad_login_opens_nothing(app: Flask) -> None:
    """A login with a bad body is refused, and no session is opened."""
    before = everything(app)
    with Cases() as cases:
        for prefix, (what, (body, kind, status)) in itertools.product(PREFIXES, LOGINS.items()):
            with cases.case(prefix, what):
                answer = app.test_client().post(f"{prefix}/api/login", data=body, content_type=kind)
                assert_problem(answer, status)
                assert everything(app) == before


def test_a_bad_preference_saves_nothing(app: Flask) -> None:
    """A preference with a bad body is refused, and not even an access is counted."""
    client = app.test_client()
    ids = {prefix: login(client, prefix) for prefix in PREFIXES}
    before = everything(app)
    with Cases() as cases:
        for prefix, (what, (body, kind, status)) in itertools.product(PREFIXES, SAVES.items()):
            with cases.case(prefix, what):
                answer = client.put(f"{prefix}/api/session/{ids[prefix]}/prefs", data=body, content_type=kind)
                assert_problem(answer, status)
                assert everything(app) == before


def login(client: FlaskClient, prefix: str) -> str:
    """A session's id."""
    return str(client.post(f"{prefix}/api/login", json=LOGIN).get_json()["session_id"])


def test_the_detail_names_the_field_and_the_limit(app: Flask) -> None:
    """A field that is too long can be corrected without reading the source."""
    client = app.test_client()
    for field, limit in (("username", 64), ("password", 1024)):
        answer = client.post("/api/login", json={**LOGIN, field: "x" * (limit + 1)})
        expected = f"The field {field!r} may have at most {limit} characters; it has {limit + 1}."
        assert assert_problem(answer, 422) == expected
        assert client.post("/api/login", json={**LOGIN, field: "x" * limit}).status_code == 200, field


STRANGE = ["nobody", "0" * 10_000, "%00", "a%00b", "%ED%A0%80", "%FF", "%F0%9F%A6%80", "'%20OR%201=1--", "..", "%2e%2e"]


def about(client: FlaskClient, prefix: str, session_id: str) -> list[TestResponse]:
    """What each route that names a session answers."""
    return [
        client.get(f"{prefix}/api/session/{session_id}"),
        client.put(f"{prefix}/api/session/{session_id}/prefs", json=PREFS),
        client.delete(f"{prefix}/api/logout/{session_id}"),
    ]


def test_an_unknown_session_is_a_404_that_changes_nothing(app: Flask) -> None:
    """The answer to a long or strange id is short, and no cache counter moves."""
    client = app.test_client()
    for prefix in PREFIXES:
        login(client, prefix)
    before = everything(app)
    with Cases() as cases:
        for prefix, session_id in itertools.product(PREFIXES, STRANGE):
            with cases.case(prefix, session_id[:20]):
                for answer in about(client, prefix, session_id):
                    assert_problem(answer, 404)
                    assert len(answer.data) < 500
                assert everything(app) == before


def test_a_session_that_was_closed_is_a_404(app: Flask) -> None:
    """Every route that names a closed session says that there is none."""
    client = app.test_client()
    with Cases() as cases:
        for prefix in PREFIXES:
            with cases.case(prefix):
                session_id = login(client, prefix)
                assert client.delete(f"{prefix}/api/logout/{session_id}").status_code == 200
                before = everything(app)
                for answer in about(client, prefix, session_id):
                    assert session_id in assert_problem(answer, 404)
                assert everything(app) == before


def test_a_wrong_method_is_told_the_right_one(app: Flask) -> None:
    """405 keeps its Allow header."""
    wrong = [
        ("GET", "/api/login", "POST"),
        ("POST", "/api/session/x", "GET"),
        ("POST", "/api/session/x/prefs", "PUT"),
        ("POST", "/api/logout/x", "DELETE"),
        ("POST", "/api/stats", "GET"),
        ("DELETE", "/health", "GET"),
    ]
    before = everything(app)
    with Cases() as cases:
        for prefix, (method, path, allowed) in itertools.product(PREFIXES, wrong):
            with cases.case(method, prefix + path):
                answer = app.test_client().open(prefix + path, method=method, json={})
                assert_problem(answer, 405)
                assert allowed in answer.headers["Allow"]
                assert everything(app) == before


def test_a_wrong_path_is_a_404(app: Flask) -> None:
    """The answer has the same shape as every other error."""
    with Cases() as cases:
        for path in ("/api", "/other/api/login", "/api/session/", "/api/session/x/y", "/api/logout/"):
            with cases.case(path):
                assert_problem(app.test_client().get(path), 404)


def test_a_full_manager_opens_no_session(tmp_path: Path) -> None:
    """Open sessions and those that wait for cleanup count together."""
    with Cases() as cases:
        for prefix in PREFIXES:
            with cases.case(prefix):
                opens_no_session(tmp_path, prefix)


def opens_no_session(tmp_path: Path, prefix: str) -> None:
    """Three sessions where three may be, one of them closed."""
    app = make_app(tmp_path, MAX_SESSIONS=3)
    client = app.test_client()
    ids = [login(client, prefix) for _ in range(3)]
    assert client.delete(f"{prefix}/api/logout/{ids[0]}").status_code == 200
    before = everything(app)
    answer = client.post(f"{prefix}/api/login", json=LOGIN)
    assert "3" in assert_problem(answer, 503)
    assert everything(app) == before
    assert client.post(f"{prefix}/api/login", json={**LOGIN, "password": ""}).status_code == 401
    assert client.get(f"{prefix}/api/session/{ids[1]}").status_code == 200
    registered: Registered = app.extensions["session_manager"]
    for manager in registered.managers.values():
        manager.clear()
    assert client.post(f"{prefix}/api/login", json=LOGIN).status_code == 200
