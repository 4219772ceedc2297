"""What Flask-Session's own tests claim, and where ours does otherwise on purpose. See docs/session-claims.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_session as theirs
import pytest
from flask import Flask

from session_manager.web import Session
from tests.web_sessions.claims.kept import SHORT, kept, until, without_flag
from tests.web_sessions.claims.sites import Build, Visitor, everything, nothing, put, sid, store_of


def test_a_new_browser_has_no_values(stored: Build) -> None:
    """A browser without a cookie sees nothing of another one's session."""
    app = stored()
    visit = Visitor(app)
    visit(put(value="42"))
    assert visit(without_flag, client=app.test_client()).answer == {}
    assert visit(without_flag).answer == {"value": "42"}


def test_a_request_without_a_session_has_no_vary(stored: Build) -> None:
    """A page for a browser without a session does not vary with its cookie."""
    visited = Visitor(stored())(nothing)
    assert "Vary" not in visited.response.headers
    assert visited.cookie is None


def test_a_value_is_set_changed_and_deleted(stored: Build) -> None:
    """Each request sees what the one before it has set, changed or deleted."""
    visit = Visitor(stored())
    visit(put(value="42"))
    assert visit(lambda session: session["value"]).answer == "42"
    visit(put(value="43"))
    assert visit(lambda session: session["value"]).answer == "43"
    visit(lambda session: session.pop("value"))
    assert visit(lambda session: session.get("value", "none")).answer == "none"


def test_a_read_varies_with_the_cookie(stored: Build) -> None:
    """A page that reads the session has `Vary: Cookie`."""
    visit = Visitor(stored())
    visit(put(value="42"))
    assert visit(lambda session: session.get("value")).response.headers["Vary"] == "Cookie"


def test_a_stored_session_keeps_its_id(stored: Build) -> None:
    """A session with something in it has the same id in each request."""
    visit = Visitor(stored())
    visit(put(value="42"))
    first = visit(sid).answer
    assert first
    assert visit(sid).answer == first


def test_the_cookie_is_the_id(stored: Build) -> None:
    """Without a signer the cookie's value is the session's id, and its data is stored under it."""
    app = stored()
    visit = Visitor(app)
    cookie = visit(put(value="44")).response.headers["Set-Cookie"]
    session_id = cookie.partition(";")[0].partition("=")[2]
    assert visit(sid).answer == session_id
    assert kept(app, session_id) == {"value": "44"}


def test_an_id_that_the_store_does_not_know_is_not_taken_over(stored: Build) -> None:
    """A browser cannot choose its session's id."""
    app = stored()
    visit = Visitor(app)
    visit.client.set_cookie("session", "a" * 32)
    visit(put(value="42"))
    assert visit(sid).answer not in (None, "a" * 32)
    assert not kept(app, "a" * 32)


def test_regenerate_of_the_interface_gives_another_id(stored: Build) -> None:
    """`app.session_interface.regenerate(session)` changes the id and keeps the data; the old id is worth nothing."""
    app = stored()
    interface: Any = app.session_interface
    visit = Visitor(app)
    visit(put(value="42"))
    old = visit(sid).answer
    changed = visit(interface.regenerate)
    assert changed.cookie is not None
    assert visit(lambda session: (session.sid != old, session["value"])).answer == (True, "42")
    assert not kept(app, old)


def test_regenerate_of_the_session_gives_another_id(ours: Build) -> None:
    """With ours `session.regenerate()` is the same, and says whose session it is."""
    app = ours()
    visit = Visitor(app)
    visit(put(value="42"))
    old = visit(sid).answer
    visit(lambda session: session.regenerate(user="ann"))
    new = visit(sid).answer
    assert kept(app, new) == {"value": "42"}
    assert store_of(app).sessions_of("ann") == [new]
    assert not kept(app, old)


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("permanent", [True, False])
def test_session_permanent_says_whether_the_cookie_expires(permanent: bool, refresh: bool, stored: Build) -> None:
    """SESSION_PERMANENT is what a session is if the app says nothing."""
    visit = Visitor(stored(SESSION_PERMANENT=permanent, SESSION_REFRESH_EACH_REQUEST=refresh))
    first = visit(put(value="44"))
    assert first.cookie is not None
    assert ("expires=" in first.cookie) is permanent
    assert visit(lambda session: session.permanent).answer is permanent


def test_a_session_that_is_only_permanent_is_not_stored(stored: Build) -> None:
    """`session.permanent = True` alone, at each request of an app, makes no session."""
    app = stored()
    visit = Visitor(app)
    visit(lambda session: setattr(session, "permanent", True))
    assert visit.client.get_cookie("session") is None
    visit(lambda session: session.update(_permanent=True, value="42"))
    assert visit.client.get_cookie("session") is not None
    assert kept(app, visit(sid).answer) == {"value": "42"}


def test_a_session_ends_with_its_lifetime(stored: Build) -> None:
    """After its lifetime a session is gone from the store, and its browser starts anew."""
    app = stored(**SHORT)
    visit = Visitor(app)
    found: list[str] = []

    def is_stored() -> bool:
        """Whether it was seen before its end, which a slow machine may miss."""
        visit(put(value="44"))
        session_id = visit(sid).answer
        if session_id and kept(app, session_id) == {"value": "44"}:
            found.append(session_id)
        return bool(found)

    until(is_stored)
    old = found[0]
    until(lambda: not kept(app, old))
    assert visit(without_flag).answer == {}
    assert visit(sid).answer != old


@pytest.mark.filterwarnings("ignore:The 'use_signer' option:DeprecationWarning")
def test_a_signed_id_is_accepted_as_it_was_sent(stored: Build) -> None:
    """With a signer the cookie is the id and a signature, and a forged one has no session."""
    app = stored(SESSION_USE_SIGNER=True)
    visit = Visitor(app)
    cookie = visit(put(value="42")).response.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    session_id = visit(sid).answer
    assert cookie.startswith(f"{session_id}.")
    assert visit(without_flag).answer == {"value": "42"}
    for forged in (session_id, cookie[:-1], f"{session_id}.{'A' * 27}"):
        other = app.test_client()
        other.set_cookie("session", forged)
        assert visit(without_flag, client=other).answer == {}


@pytest.mark.filterwarnings("ignore:The 'use_signer' option:DeprecationWarning")
def test_a_signer_without_a_key_is_an_exception(stored: Build) -> None:
    """Without SECRET_KEY there is nothing to sign with, and an exception of the request says so."""
    app = stored(SESSION_USE_SIGNER=True)
    app.secret_key = None
    with pytest.raises((KeyError, RuntimeError), match="SECRET_KEY"):
        Visitor(app)(put(value="42"))


def test_a_store_must_be_named() -> None:
    """An app that names no store is refused when the extension is given the app."""
    with pytest.raises(ValueError, match="SESSION_TYPE"):
        theirs.Session(Flask("twin"))
    with pytest.raises(ValueError, match="SESSION_STORE"):
        Session(Flask("ours"))


def test_the_extension_takes_an_app_later(tmp_path: Path) -> None:
    """`Session()` and `init_app(app)` are what `Session(app)` is."""
    app = Flask("later", root_path=str(tmp_path))
    app.config["SESSION_STORE"] = "memory:"
    Session().init_app(app)
    visit = Visitor(app)
    visit(put(value="42"))
    assert visit(everything).answer == {"value": "42"}
    Session.stop(app)
