"""The six routes of the module's example, field for field: at /api for the default variant, and for each by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from session_manager.databases import DatabaseUnavailable
from session_manager.model import InjectedFault, Manager, RowChangedElsewhere, SessionError
from session_manager.web.extension import Registered
from tests.subject.apps import make_app

PREFIXES = {"": "buggy", "/buggy": "buggy", "/fixed": "fixed"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """Both variants in memory."""
    app = make_app(tmp_path)
    yield app
    app.extensions["session_manager"].stop()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Asks the app."""
    return app.test_client()


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    """Where the routes are."""
    return str(request.param)


@pytest.fixture
def manager(app: Flask, prefix: str) -> Manager:
    """Who answers there."""
    registered: Registered = app.extensions["session_manager"]
    return registered.managers[PREFIXES[prefix]]


def login(client: FlaskClient, prefix: str, username: str = "ann") -> str:
    """A session's id."""
    answer = client.post(f"{prefix}/api/login", json={"username": username, "password": "x"})
    assert answer.status_code == 200
    return str(answer.get_json()["session_id"])


def test_login_opens_a_session(client: FlaskClient, prefix: str, manager: Manager) -> None:
    """For the user `user_<username>`, at the variant that was addressed."""
    answer = client.post(f"{prefix}/api/login", json={"username": "ann", "password": "any"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json().keys() == {"success", "session_id", "message"}
    assert answer.get_json()["success"] is True
    assert isinstance(answer.get_json()["message"], str)
    data = manager.census().sessions[answer.get_json()["session_id"]]
    assert (data.user_id, data.username) == ("user_ann", "ann")


def test_login_with_an_empty_password_is_refused(client: FlaskClient, prefix: str, manager: Manager) -> None:
    """401 with the same three fields, and no session is opened."""
    before = manager.census()
    answer = client.post(f"{prefix}/api/login", json={"username": "ann", "password": ""})
    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.get_json().keys() == {"success", "session_id", "message"}
    assert (answer.get_json()["success"], answer.get_json()["session_id"]) == (False, None)
    assert manager.census() == before


def test_a_session_is_read_and_then_counted(client: FlaskClient, prefix: str) -> None:
    """The count in the answer is the one from before this access."""
    session_id = login(client, prefix, "Zoë 🦀")
    client.put(f"{prefix}/api/session/{session_id}/prefs", json={"key": "theme", "value": "dark"})
    for expected in (1, 2, 3):
        answer = client.get(f"{prefix}/api/session/{session_id}")
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.get_json().keys() == {"username", "login_time", "access_count", "metadata"}
        assert (answer.get_json()["username"], answer.get_json()["metadata"]) == ("Zoë 🦀", {"theme": "dark"})
        assert answer.get_json()["access_count"] == expected
        login_time = datetime.fromisoformat(answer.get_json()["login_time"])
        assert login_time.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - login_time) < timedelta(minutes=1)


def test_a_preference_is_saved(client: FlaskClient, prefix: str, manager: Manager) -> None:
    """The value may be empty; success is said in two fields."""
    session_id = login(client, prefix)
    for value in ("dark", "", "名前" * 512):
        answer = client.put(f"{prefix}/api/session/{session_id}/prefs", json={"key": "theme", "value": value})
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.get_json().keys() == {"success", "message"}
        assert answer.get_json()["success"] is True
        assert manager.get_session(session_id).metadata == {"theme": value}


def test_logout_closes_the_session(client: FlaskClient, prefix: str, manager: Manager) -> None:
    """Once: the second time there is no such session."""
    session_id = login(client, prefix)
    answer = client.delete(f"{prefix}/api/logout/{session_id}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json().keys() == {"success", "message"}
    assert answer.get_json()["success"] is True
    assert (manager.get_active_count(), manager.census().queue) == (0, [session_id])
    assert client.delete(f"{prefix}/api/logout/{session_id}").status_code == 404


def test_stats_has_seven_fields(client: FlaskClient, prefix: str) -> None:
    """What the manager says of itself beside what it holds."""
    doomed, kept = login(client, prefix), login(client, prefix)
    client.get(f"{prefix}/api/session/{kept}")
    client.delete(f"{prefix}/api/logout/{doomed}")
    answer = client.get(f"{prefix}/api/stats")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == {
        "total_sessions": 2,
        "active_sessions_reported": 1,
        "active_sessions_actual": 1,
        "cache_hits": 1,
        "cache_misses": 0,
        "cleanup_queue_size": 1,
        "inconsistency_detected": False,
    }


def test_stats_counts_a_cache_miss(client: FlaskClient, app: Flask, prefix: str) -> None:
    """A session older than the time to live is fetched."""
    session_id = login(client, prefix)
    app.extensions["session_manager"].cache_ttl = 0
    client.get(f"{prefix}/api/session/{session_id}")
    answer = client.get(f"{prefix}/api/stats")
    assert (answer.get_json()["cache_hits"], answer.get_json()["cache_misses"]) == (0, 1)


def phantoms(app: Flask, prefix: str, count: int) -> None:
    """Make the buggy manager's two counts differ by that many: logins that die in their gap."""
    registered: Registered = app.extensions["session_manager"]
    registered.dials.turn(0, 1.0)
    for _ in range(count):
        with pytest.raises(InjectedFault):
            registered.managers[PREFIXES[prefix]].create_session("user_ann", "ann")
    registered.dials.turn(0, 0)


def test_stats_detects_an_inconsistency(client: FlaskClient, app: Flask) -> None:
    """One phantom is enough on buggy; on fixed the same faults leave none."""
    for prefix, expected in (("/buggy", True), ("/fixed", False)):
        phantoms(app, prefix, 1)
        stats = client.get(f"{prefix}/api/stats").get_json()
        assert stats["inconsistency_detected"] is expected
        assert (stats["active_sessions_actual"], stats["active_sessions_reported"]) == (1, 0 if expected else 1)


def test_health_is_well_at_first(client: FlaskClient, prefix: str) -> None:
    """Three fields, two warnings, three metrics."""
    doomed, _ = login(client, prefix), login(client, prefix)
    client.delete(f"{prefix}/api/logout/{doomed}")
    answer = client.get(f"{prefix}/health")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == {
        "status": "healthy",
        "warnings": {"memory_leak": False, "inconsistent_state": False},
        "metrics": {"cleanup_queue_size": 1, "active_sessions": 1, "reported_sessions": 1},
    }


@pytest.mark.parametrize(("waiting", "leak"), [(1000, False), (1001, True)])
def test_health_warns_of_a_leak_beyond_a_thousand(
    client: FlaskClient, prefix: str, manager: Manager, waiting: int, leak: bool
) -> None:
    """Exactly a thousand waiting for cleanup is still well."""
    for _ in range(waiting):
        manager.delete_session(manager.create_session("user_ann", "ann"))
    health = client.get(f"{prefix}/health").get_json()
    assert health["status"] == ("degraded" if leak else "healthy")
    assert health["warnings"] == {"memory_leak": leak, "inconsistent_state": False}
    assert health["metrics"]["cleanup_queue_size"] == waiting


@pytest.mark.parametrize(("difference", "inconsistent"), [(10, False), (11, True)])
def test_health_warns_when_counts_differ_by_more_than_ten(
    client: FlaskClient, app: Flask, difference: int, inconsistent: bool
) -> None:
    """Exactly ten is still well, as in the module."""
    phantoms(app, "/buggy", difference)
    health = client.get("/buggy/health").get_json()
    assert health["status"] == ("degraded" if inconsistent else "healthy")
    assert health["warnings"] == {"memory_leak": False, "inconsistent_state": inconsistent}
    assert (health["metrics"]["active_sessions"], health["metrics"]["reported_sessions"]) == (difference, 0)


def test_variants_do_not_share_sessions(client: FlaskClient) -> None:
    """And /api is the default variant, not a third one."""
    session_id = login(client, "/fixed")
    assert client.get(f"/buggy/api/session/{session_id}").status_code == 404
    assert client.get(f"/api/session/{login(client, '/buggy')}").status_code == 200


def test_the_default_variant_can_be_the_fixed_one(tmp_path: Path) -> None:
    """By configuration."""
    app = make_app(tmp_path, DEFAULT="fixed")
    client = app.test_client()
    session_id = login(client, "")
    assert client.get(f"/fixed/api/session/{session_id}").status_code == 200


ERRORS: dict[str, tuple[Callable[[], SessionError], int, bool]] = {
    "injected fault": (lambda: InjectedFault("store"), 500, False),
    "row changed elsewhere": (lambda: RowChangedElsewhere("x"), 409, True),
    "database": (lambda: DatabaseUnavailable(OperationalError("", {}, Exception())), 503, False),
}


@pytest.mark.parametrize(("error", "status", "definite"), ERRORS.values(), ids=ERRORS)
def test_an_operation_that_fails_says_whether_anything_was_changed(
    client: FlaskClient,
    prefix: str,
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
    error: Callable[[], SessionError],
    status: int,
    definite: bool,
) -> None:
    """Whichever route it happens in: problem+json with `definite`."""
    session_id = login(client, prefix)

    def fail(*_: object) -> None:
        raise error()

    for name in ("create_session", "increment_access", "update_session", "delete_session"):
        monkeypatch.setattr(manager, name, fail)
    answers = [
        client.post(f"{prefix}/api/login", json={"username": "bob", "password": "x"}),
        client.get(f"{prefix}/api/session/{session_id}"),
        client.put(f"{prefix}/api/session/{session_id}/prefs", json={"key": "k", "value": "v"}),
        client.delete(f"{prefix}/api/logout/{session_id}"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        body: dict[str, Any] = answer.get_json()
        assert (body["status"], body["definite"], body["detail"]) == (status, definite, str(error()))
