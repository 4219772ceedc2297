"""Where ours does on purpose what Flask-Session does not: what each of the two does. See docs/session-claims.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_session as theirs
import pytest
from flask import Flask, session
from flask.sessions import SessionMixin
from flask_session.defaults import Defaults

from session_manager.web import Session
from tests.engines import RedisServer
from tests.web_sessions.claims.kept import SHORT, kept, until
from tests.web_sessions.claims.sites import PREFIX, Build, Visitor, everything, open_sessions, put, rows, sid


def test_flask_session_gives_each_request_without_a_session_an_id(flask_session: Build) -> None:
    """With Flask-Session an empty session has an id, another one in each request."""
    visit = Visitor(flask_session())
    first = visit(sid).answer
    assert first
    assert visit(sid).answer not in (None, first)


def test_ours_gives_an_id_to_what_is_stored(ours: Build) -> None:
    """With ours a session that was never stored has no id, and nothing is stored for it."""
    app = ours()
    visit = Visitor(app)
    assert visit(sid).answer is None
    assert visit(everything).answer == {}
    assert open_sessions(app) == 0


def test_flask_session_removes_an_emptied_session(flask_session: Build) -> None:
    """With Flask-Session a session whose last key is deleted is removed, and its cookie too."""
    app = flask_session(SESSION_PERMANENT=False)
    visit = Visitor(app)
    visit(put(value="42"))
    session_id = visit(sid).answer
    cookie = visit(lambda session: session.pop("value")).cookie
    assert cookie is not None
    assert cookie.startswith("session=;")
    assert kept(app, session_id) is None


def test_ours_removes_a_cleared_session(ours: Build) -> None:
    """With ours clear() removes the session and its cookie, and deleting the last key does not."""
    app = ours(SESSION_PERMANENT=False)
    visit = Visitor(app)
    visit(put(value="42"))
    session_id = visit(sid).answer
    assert visit(lambda session: session.pop("value")).cookie is None
    assert kept(app, session_id) == {}
    cookie = visit(lambda session: session.clear()).cookie
    assert cookie is not None
    assert cookie.startswith("session=;")
    assert kept(app, session_id) is None


def test_ours_removes_the_rows_of_expired_sessions(ours: Build) -> None:
    """With ours a thread removes what has expired; with Flask-Session on SQL a command does."""
    app = ours(**SHORT)
    Visitor(app)(put(value="44"))
    until(lambda: rows(app) == 0)


@pytest.mark.parametrize("prefix", ["session:", "shop:"])
def test_keys_on_redis_begin_with_the_prefix(prefix: str, redis_server: RedisServer, tmp_path: Path) -> None:
    """SESSION_KEY_PREFIX, by default `session:`, is before each key on Redis; ours has one more beside them."""
    client: Any = redis_server.client()
    client.flushdb()
    given = {} if prefix == Defaults.SESSION_KEY_PREFIX else {"SESSION_KEY_PREFIX": prefix}
    apps = [Flask(name, root_path=str(tmp_path)) for name in ("theirs", "ours")]
    apps[0].config.update(SESSION_TYPE="redis", SESSION_REDIS=client, **given)
    theirs.Session(apps[0])
    Visitor(apps[0])(put(value="42"))
    names = client.keys()
    assert len(names) == 1
    apps[1].config.update(SESSION_STORE=redis_server.url, **given)
    Session(apps[1])
    Visitor(apps[1])(put(value="42"))
    names = client.keys()
    assert len(names) > 2
    assert [name for name in names if not name.startswith(prefix)] == [f"shards:{prefix}@web"]
    Session.stop(apps[1])
    client.flushdb()


def test_ours_has_nothing_under_the_names_of_flask_session(redis_server: RedisServer, ours: Build) -> None:
    """With ours the names differ: `session:ID` is Flask-Session's, and both may use one Redis."""
    app = ours()
    visit = Visitor(app)
    visit(put(value="42"))
    assert redis_server.client().get(f"{PREFIX}{visit(sid).answer}") is None


def test_flask_session_s_session_is_a_dictionary(flask_session: Build) -> None:
    """With Flask-Session the session is a dict, of the backend's class."""
    with flask_session().test_request_context():
        assert isinstance(session._get_current_object(), dict)  # type: ignore[attr-defined]


def test_ours_is_a_mapping_and_no_dictionary(ours: Build) -> None:
    """With ours the session is a mapping, which asks its store when it is used; dict(session) is a copy."""
    app = ours()
    with app.test_request_context():
        found = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(found, SessionMixin)
        assert not isinstance(found, dict)
    visit = Visitor(app)
    visit(put(value="42"))
    assert visit(lambda session: [dict(session), session.copy()]).answer == [{"value": "42"}] * 2


def test_flask_session_stores_a_read_again(flask_session: Build) -> None:
    """With Flask-Session a request that only reads writes back what it has read."""
    app = flask_session()
    visit = Visitor(app)
    visit(put(value="42"))
    assert _read_while_another_writes(visit, app) == {"value": "42"}


def test_ours_stores_no_read(ours: Build) -> None:
    """With ours a request that only reads writes nothing: what another one wrote meanwhile stays."""
    app = ours()
    visit = Visitor(app)
    visit(put(value="42"))
    assert _read_while_another_writes(visit, app) == {"value": "43"}


def _read_while_another_writes(visit: Visitor, app: Flask) -> dict[str, Any] | None:
    """A view reads, another request of the same browser writes, and then the view ends. What is stored after that."""
    session_id = visit(sid).answer

    def slow(session: Any) -> None:
        session.get("value")
        other = app.test_client()
        other.set_cookie("session", session_id)
        visit._act = put(value="43")
        other.get("/")

    visit(slow)
    return kept(app, session_id)
