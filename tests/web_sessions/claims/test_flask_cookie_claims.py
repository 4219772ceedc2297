"""What Flask's own tests claim of the cookie, of `Vary` and the secret key, and what ours does instead on purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import pytest
from flask import Response, session
from werkzeug.http import parse_date

from tests.web_sessions.claims.sites import (
    Act,
    Build,
    Visit,
    Visitor,
    everything,
    nothing,
    open_sessions,
    put,
    store_of,
)

EVERYTHING_SET = {
    "SERVER_NAME": "www.example.com:8080",
    "APPLICATION_ROOT": "/test",
    "SESSION_COOKIE_DOMAIN": ".example.com",
    "SESSION_COOKIE_HTTPONLY": False,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_PARTITIONED": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_PATH": "/",
}
THERE = "https://www.example.com:8080"


def login(permanent: bool) -> Act:
    """A view that stores something and says how long the cookie lives."""

    def act(session: Any) -> None:
        session["user"] = 1
        session.permanent = permanent

    return act


def parts(visit: Visit) -> list[str]:
    """The cookie's value and attributes, in lower case."""
    assert visit.cookie is not None
    return visit.cookie.split("; ")


def expiry(visit: Visit) -> datetime | None:
    """When the browser drops the cookie; None if with its own end."""
    found = [part.partition("=")[2] for part in parts(visit) if part.startswith("expires=")]
    return parse_date(found[0]) if found else None


def test_the_cookie_s_path_is_the_app_s_root(site: Build) -> None:
    """Without a path of its own the cookie is for APPLICATION_ROOT."""
    visit = Visitor(site(APPLICATION_ROOT="/shop"))
    assert "path=/shop" in parts(visit(put(k=1)))


def test_the_cookie_is_as_the_settings_say(site: Build) -> None:
    """Domain, path, Secure, HttpOnly, SameSite and Partitioned follow the configuration."""
    visit = Visitor(site(**EVERYTHING_SET))
    found = parts(visit(put(k=1), base_url=THERE))
    assert {"domain=example.com", "path=/", "secure", "samesite=lax", "partitioned"} <= set(found)
    assert "httponly" not in found
    visit.app.config["SESSION_COOKIE_PARTITIONED"] = False  # which is never without Secure
    found = parts(visit(put(k=1), client=visit.app.test_client(), base_url=THERE))
    assert "secure" in found
    assert "partitioned" not in found


def test_the_cookie_is_hidden_from_scripts_by_default(site: Build) -> None:
    """Without settings the cookie is HttpOnly, for the whole site, and neither Secure nor SameSite."""
    found = parts(Visitor(site())(put(k=1)))
    assert {"httponly", "path=/"} <= set(found)
    assert not [part for part in found if part.startswith(("secure", "samesite", "domain"))]


def test_a_deleted_cookie_has_the_settings_too(site: Build) -> None:
    """The cookie is deleted with the attributes that it was set with."""
    visit = Visitor(site(**EVERYTHING_SET))
    visit(put(k=1), base_url=THERE)
    found = parts(visit(lambda session: session.clear(), base_url=THERE))
    assert found[0] == "session="
    assert {"domain=example.com", "path=/", "secure", "samesite=lax", "partitioned", "max-age=0"} <= set(found)


def test_flask_deletes_the_cookie_of_an_emptied_session(flask_own: Build) -> None:
    """With Flask's own a session whose last key is popped is gone."""
    visit = Visitor(flask_own())
    visit(put(k=1))
    assert parts(visit(lambda session: session.pop("k")))[0] == "session="


def test_ours_keeps_an_emptied_session(ours: Build) -> None:
    """With ours only clear() ends a session: another request may be putting in a key."""
    visit = Visitor(ours())
    visit(put(k=1))
    before = visit(lambda session: session.sid).answer
    visit(lambda session: session.pop("k"))
    visit(put(other=2))
    assert visit(lambda session: (session.sid, dict(session))).answer == (before, {"other": 2})


@pytest.mark.parametrize(("setting", "part"), [(None, None), ("Strict", "samesite=strict"), ("Lax", "samesite=lax")])
def test_same_site_is_as_it_is_set(setting: str | None, part: str | None, site: Build) -> None:
    """SameSite is left out if it is None, and is otherwise as set."""
    found = parts(Visitor(site(SESSION_COOKIE_SAMESITE=setting))(put(k=1)))
    assert [each for each in found if each.startswith("samesite")] == ([part] if part else [])


def test_a_wrong_same_site_is_an_exception(site: Build) -> None:
    """A SameSite that does not exist is an exception of the request, and a 500 where it is served."""
    app = site(SESSION_COOKIE_SAMESITE="sometimes")
    visit = Visitor(app)
    with pytest.raises(ValueError, match="SameSite"):
        visit(put(k=1))
    app.testing = False
    assert visit(put(k=1)).response.status_code == 500


def test_ours_leaves_no_session_behind_that_has_no_cookie(ours: Build) -> None:
    """With ours a session whose cookie cannot be made is closed again."""
    app = ours(SESSION_COOKIE_SAMESITE="sometimes")
    app.testing = False
    assert Visitor(app)(put(k=1)).response.status_code == 500
    assert open_sessions(app) == 0


def test_flask_stores_nothing_without_a_secret_key(flask_own: Build) -> None:
    """With Flask's own a session without SECRET_KEY can be read and not changed."""
    app = flask_own()
    app.secret_key = None
    with app.test_request_context():
        assert session.get("missing") is None
        for change in (lambda: session.update(k=1), lambda: session.pop("k")):
            with pytest.raises(RuntimeError, match="session is unavailable"):
                change()
    with pytest.raises(RuntimeError, match="did not open a session"), app.test_client().session_transaction():
        app.session_interface.make_null_session(app)


def test_ours_needs_no_secret_key(ours: Build) -> None:
    """With ours a session needs no SECRET_KEY: its id cannot be guessed."""
    app = ours()
    app.secret_key = None
    visit = Visitor(app)
    visit(put(k=1))
    with visit.client.session_transaction() as changed:
        changed["k"] += 1
    assert visit(everything).answer == {"k": 2}


def test_older_keys_are_accepted_while_they_are_listed(site: Build) -> None:
    """A changed SECRET_KEY ends signed sessions, unless the old one is among the fallbacks."""
    app = site(SESSION_USE_SIGNER=True)
    visit = Visitor(app)
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "0", ["-1", "-2"]
    visit(put(k=1))
    app.secret_key = "another"
    assert visit(everything).answer == {}
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "1", ["0", "-1"]
    assert visit(everything).answer == {"k": 1}


def test_a_permanent_session_has_an_expiry(site: Build) -> None:
    """The cookie of a permanent session lives for the lifetime that is set."""
    visit = Visitor(site(PERMANENT_SESSION_LIFETIME=timedelta(days=3)))
    due = expiry(visit(login(permanent=True)))
    assert due is not None
    assert abs(due - datetime.now(UTC) - timedelta(days=3)) < timedelta(minutes=2)
    assert visit(lambda session: session.permanent).answer is True


def test_a_session_that_is_not_permanent_has_none(site: Build) -> None:
    """The cookie of another session ends with the browser."""
    visit = Visitor(site())
    assert expiry(visit(login(permanent=False))) is None
    assert visit(lambda session: session.permanent).answer is False


def test_a_session_that_is_permanent_no_more_gets_another_cookie(site: Build) -> None:
    """If a session stops being permanent, the browser is told."""
    visit = Visitor(site())
    assert expiry(visit(login(permanent=True))) is not None
    assert expiry(visit(login(permanent=False))) is None
    assert visit(nothing).cookie is None


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("permanent", [True, False])
def test_a_read_sends_a_cookie_if_it_is_to_refresh_it(permanent: bool, refresh: bool, site: Build) -> None:
    """A request that reads sends the cookie of a permanent session if each one shall refresh it."""
    visit = Visitor(site(SESSION_REFRESH_EACH_REQUEST=refresh))
    for number in (1, 2, 3):
        visit(login(permanent))
        assert visit(lambda session: session.update(n=session.get("n", 0) + 1) or session["n"]).answer == number
    read = visit(lambda session: session["n"])
    assert read.answer == 3
    assert (read.cookie is not None) == (permanent and refresh)


def _with_vary(*names: str) -> Act:
    def act(session: Any) -> Response:
        response = Response("done")
        response.vary.update(names)
        session["k"] = 1
        return response

    return act


VARIES: list[tuple[Act, str | None]] = [
    (put(k=1), "Cookie"),
    (lambda session: session.get("k"), "Cookie"),
    (lambda session: session["k"], "Cookie"),
    (lambda session: session.setdefault("k", 2), "Cookie"),
    (lambda session: "k" in session, "Cookie"),
    (len, "Cookie"),
    (_with_vary("Cookie"), "Cookie"),
    (_with_vary("Accept-Encoding", "Accept-Language"), "Accept-Encoding, Accept-Language, Cookie"),
    (nothing, None),
    (lambda session: session.clear(), "Cookie"),
]


def test_a_response_varies_with_the_cookie_if_the_session_was_used(site: Build) -> None:
    """`Vary: Cookie` is there once whenever the session was used in any way, and else not."""
    visit = Visitor(site())
    for act, vary in VARIES:
        assert visit(act).response.headers.get_all("Vary") == ([vary] if vary else [])


def test_flask_refreshes_an_unused_session(flask_own: Build) -> None:
    """With Flask's own each request sends the cookie of a permanent session, with Vary."""
    visit = Visitor(flask_own())
    visit(login(permanent=True))
    ignored = visit(nothing)
    assert ignored.cookie is not None
    assert ignored.response.headers["Vary"] == "Cookie"


def test_ours_leaves_an_unused_session_alone(ours: Build) -> None:
    """With ours a request that does not use its session gets no cookie, no Vary, and renews nothing."""
    app = ours()
    visit = Visitor(app)
    visit(login(permanent=True))
    session_id = str(visit(lambda session: session.sid).answer)
    before = store_of(app).peek(session_id)
    ignored = visit(nothing)
    assert ignored.cookie is None
    assert "Vary" not in ignored.response.headers
    assert store_of(app).peek(session_id) == before


def test_flask_sends_a_cookie_for_each_change(flask_own: Build) -> None:
    """With Flask's own each change is a new cookie, which is the session."""
    visit = Visitor(flask_own())
    first = visit(put(k=1)).cookie
    assert visit(put(k=2)).cookie not in (None, first)


def test_ours_sends_a_cookie_for_a_new_id(ours: Build) -> None:
    """With ours a change needs no cookie: the browser has the id."""
    visit = Visitor(ours(SESSION_PERMANENT=False))
    assert visit(put(k=1)).cookie is not None
    assert visit(put(k=2)).cookie is None
    assert visit(everything).answer == {"k": 2}


def test_flask_fails_if_a_session_cannot_be_opened(flask_own: Build) -> None:
    """With Flask's own an error of open_session is a 500 for each request, and leaves no context behind."""
    app = flask_own()

    class Failing(flask.sessions.SessionInterface):
        def open_session(self, app: flask.Flask, request: flask.Request) -> None:
            """There is no session."""
            raise OSError

    app.testing = False
    app.session_interface = Failing()
    assert Visitor(app)(nothing).response.status_code == 500
    assert not flask.has_request_context()
    assert not flask.has_app_context()


def test_ours_answers_503_if_the_store_is_away(ours: Build) -> None:
    """With ours only a request that uses the session fails, with 503, and leaves no context behind."""
    app = ours(SESSION_STORE="redis://127.0.0.1:1/0")
    visit = Visitor(app)
    assert visit(nothing).response.status_code == 200
    assert visit(put(k=1)).response.status_code == 503
    visit.client.set_cookie("session", "a" * 32)
    assert visit(everything).response.status_code == 503
    assert not flask.has_request_context()
    assert not flask.has_app_context()
