"""The six routes of the module's example, field for field: at /api for the default variant, and for each by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from session_manager.databases import DatabaseUnavailable
from session_manager.databases.base import DatabaseGone
from session_manager.model import InjectedFault, Manager, RowChangedElsewhere, SessionError
from session_manager.shared.errors import EngineHalfway, EngineRefused, EngineSilent
from session_manager.web.extension import Registered
from tests.subject.apps import make_app
from tests.subject.cases import Cases

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


@dataclass(frozen=True)
class Site:
    """One of the addresses of the routes, the app's client, and the manager that answers there."""

    app: Flask
    client: FlaskClient
    prefix: str
    manager: Manager

    def login(self, username: str = "ann") -> str:
        """A session's id."""
        return login(self.client, self.prefix, username)


def at_each_address(claim: Callable[[Site], None]) -> Callable[[Path], None]:
    """The test that a claim holds at each address, each in an app of its own."""

    def test(tmp_path: Path) -> None:
        with Cases() as cases:
            for prefix, variant in PREFIXES.items():
                app = make_app(tmp_path)
                registered: Registered = app.extensions["session_manager"]
                with cases.case(prefix), ExitStack() as at_the_end:
                    at_the_end.callback(registered.stop)
                    claim(Site(app, app.test_client(), prefix, registered.managers[variant]))

    test.__name__, test.__doc__ = claim.__name__, claim.__doc__
    return test


def login(client: FlaskClient, prefix: str, username: str = "ann") -> str:
    """A session's id."""
    answer = client.post(f"{prefix}/api/login", json={"username": username, "password": "x"})
    assert answer.status_code == 200
    return str(answer.get_json()["session_id"])


@at_each_address
def test_login_opens_a_session(site: Site) -> None:
    """For the user `user_<username>`, at the variant that was addressed."""
    answer = site.client.post(f"{site.prefix}/api/login", json={"username": "ann", "password": "any"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json().keys() == {"success", "session_id", "message"}
    assert answer.get_json()["success"] is True
    assert isinstance(answer.get_json()["message"], str)
    data = site.manager.census().sessions[answer.get_json()["session_id"]]
    assert (data.user_id, data.username) == ("user_ann", "ann")


@at_each_address
def test_login_with_an_empty_password_is_refused(site: Site) -> None:
    """401 with the same three fields, and no session is opened."""
    before = site.manager.census()
    answer = site.client.post(f"{site.prefix}/api/login", json={"username": "ann", "password": ""})
    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.get_json().keys() == {"success", "session_id", "message"}
    assert (answer.get_json()["success"], answer.get_json()["session_id"]) == (False, None)
    assert site.manager.census() == before


@at_each_address
def test_a_session_is_read_and_then_counted(site: Site) -> None:
    """The count in the answer is the one from before this access."""
    session_id = site.login("Zoë 🦀")
    site.client.put(f"{site.prefix}/api/session/{session_id}/prefs", json={"key": "theme", "value": "dark"})
    for expected in (1, 2, 3):
        answer = site.client.get(f"{site.prefix}/api/session/{session_id}")
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.get_json().keys() == {"username", "login_time", "access_count", "metadata"}
        assert (answer.get_json()["username"], answer.get_json()["metadata"]) == ("Zoë 🦀", {"theme": "dark"})
        assert answer.get_json()["access_count"] == expected
        login_time = datetime.fromisoformat(answer.get_json()["login_time"])
        assert login_time.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - login_time) < timedelta(minutes=1)


@at_each_address
def test_a_preference_is_saved(site: Site) -> None:
    """The value may be empty; success is said in two fields."""
    session_id = site.login()
    for value in ("dark", "", "名前" * 512):
        answer = site.client.put(f"{site.prefix}/api/session/{session_id}/prefs", json={"key": "theme", "value": value})
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.get_json().keys() == {"success", "message"}
        assert answer.get_json()["success"] is True
        assert site.manager.get_session(session_id).metadata == {"theme": value}


@at_each_address
def test_logout_closes_the_session(site: Site) -> None:
    """Once: the second time there is no such session."""
    session_id = site.login()
    answer = site.client.delete(f"{site.prefix}/api/logout/{session_id}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json().keys() == {"success", "message"}
    assert answer.get_json()["success"] is True
    assert (site.manager.get_active_count(), site.manager.census().queue) == (0, [session_id])
    assert site.client.delete(f"{site.prefix}/api/logout/{session_id}").status_code == 404


@at_each_address
def test_stats_has_seven_fields(site: Site) -> None:
    """What the manager says of itself beside what it holds."""
    doomed, kept = site.login(), site.login()
    site.client.get(f"{site.prefix}/api/session/{kept}")
    site.client.delete(f"{site.prefix}/api/logout/{doomed}")
    answer = site.client.get(f"{site.prefix}/api/stats")
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


@at_each_address
def test_stats_counts_a_cache_miss(site: Site) -> None:
    """A session older than the time to live is fetched."""
    session_id = site.login()
    site.app.extensions["session_manager"].cache_ttl = 0
    site.client.get(f"{site.prefix}/api/session/{session_id}")
    answer = site.client.get(f"{site.prefix}/api/stats")
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


@at_each_address
def test_health_is_well_at_first(site: Site) -> None:
    """Three fields, two warnings, three metrics."""
    doomed, _ = site.login(), site.login()
    site.client.delete(f"{site.prefix}/api/logout/{doomed}")
    answer = site.client.get(f"{site.prefix}/health")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == {
        "status": "healthy",
        "warnings": {"memory_leak": False, "inconsistent_state": False},
        "metrics": {"cleanup_queue_size": 1, "active_sessions": 1, "reported_sessions": 1},
    }


@at_each_address
def test_health_warns_of_a_leak_beyond_a_thousand(site: Site) -> None:
    """A thousand rows that wait for cleanup are still healthy, and one more is not."""
    for more, waiting, leak in ((1000, 1000, False), (1, 1001, True)):
        for _ in range(more):
            site.manager.delete_session(site.manager.create_session("user_ann", "ann"))
        health = site.client.get(f"{site.prefix}/health").get_json()
        assert health["status"] == ("degraded" if leak else "healthy")
        assert health["warnings"] == {"memory_leak": leak, "inconsistent_state": False}
        assert health["metrics"]["cleanup_queue_size"] == waiting


def test_health_warns_when_counts_differ_by_more_than_ten(client: FlaskClient, app: Flask) -> None:
    """A difference of ten is still healthy, as in the module, and one more is not."""
    for more, difference, inconsistent in ((10, 10, False), (1, 11, True)):
        phantoms(app, "/buggy", more)
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
    "database file": (lambda: DatabaseGone("x.sqlite"), 503, False),
    "silent engine": (lambda: EngineSilent("Redis", TimeoutError()), 503, False),
    "half-way engine": (lambda: EngineHalfway("Redis", TimeoutError()), 503, False),
    "refusing engine": (lambda: EngineRefused("Redis", TimeoutError()), 503, True),
}


@at_each_address
def test_an_operation_that_fails_says_whether_anything_was_changed(site: Site) -> None:
    """Every route answers an error in problem+json with `definite`."""
    session_id = site.login()
    with Cases() as cases:
        for what, (error, status, definite) in ERRORS.items():
            with cases.case(what), pytest.MonkeyPatch.context() as patch:
                for name in ("create_session", "increment_access", "update_session", "delete_session"):
                    patch.setattr(site.manager, name, Mock(side_effect=error()))
                for answer in every_answer(site, session_id):
                    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
                    body: dict[str, Any] = answer.get_json()
                    assert (body["status"], body["definite"], body["detail"]) == (status, definite, str(error()))


def every_answer(site: Site, session_id: str) -> list[TestResponse]:
    """What the routes that change something answer."""
    return [
        site.client.post(f"{site.prefix}/api/login", json={"username": "bob", "password": "x"}),
        site.client.get(f"{site.prefix}/api/session/{session_id}"),
        site.client.put(f"{site.prefix}/api/session/{session_id}/prefs", json={"key": "k", "value": "v"}),
        site.client.delete(f"{site.prefix}/api/logout/{session_id}"),
    ]
