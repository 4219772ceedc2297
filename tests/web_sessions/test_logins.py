"""Logging in and out: a new id at login, the sessions of a user, logging out everywhere, and Flask-Login."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Response, redirect, stream_with_context
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from session_manager.databases import DatabaseUnavailable
from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes
from session_manager.web import Session, list_sessions, log_out_everywhere, session
from tests.web_sessions.sites import Site, set_cookies


def shop() -> None:
    """A visitor fills a cart."""
    session["cart"] = [1]


def login(user: str | int = "ann") -> Callable[[], None]:
    """A view that logs a user in."""

    def view() -> None:
        session.regenerate(user=user)
        session["user"] = user

    return view


def read() -> str:
    """Who is logged in, with which cart."""
    return f"{session.get('user')} {session.get('cart')}"


@pytest.fixture
def visitor(site: Site, client: FlaskClient) -> FlaskClient:
    """A browser with a cart."""
    site.visit(client, shop)
    return client


def test_a_login_gets_a_new_id_and_keeps_the_data(site: Site, visitor: FlaskClient) -> None:
    """The old id is worth nothing: whoever has fixed it is not logged in."""
    attacker = site.twin(visitor)
    site.visit(visitor, login())
    assert site.visit(visitor, read).text == "ann [1]"
    assert site.visit(attacker, read).text == "None None"
    assert site.sessions.counts().store == 1


def test_what_was_assigned_before_is_never_under_the_old_id(site: Site, visitor: FlaskClient) -> None:
    """Also in the other order, the login reaches the store with the new id alone."""
    old = visitor.get_cookie("session")
    assert old is not None
    watched = site.watch()

    def view() -> None:
        session["user"] = "ann"
        session["cart"].append(2)
        session.regenerate(user="ann")

    site.visit(visitor, view)
    assert [name for name, arguments in watched.calls if arguments[0] == old.value] == ["get_session", "close_session"]
    assert site.visit(visitor, read).text == "ann [1, 2]"


def test_a_login_without_a_session_makes_one(site: Site, client: FlaskClient) -> None:
    """And without a user there is nothing to do."""
    site.visit(client, lambda: session.regenerate())  # noqa: PLW0108
    assert site.sessions.counts().store == 0
    site.visit(client, login(7))
    assert site.visit(client, read).text == "7 None"
    data = site.data(client)
    assert data is not None
    assert (data.user_id, data.username) == ("7", "7")


def test_a_new_id_keeps_the_user(site: Site, visitor: FlaskClient) -> None:
    """`regenerate()` without one, when rights change for instance."""
    site.visit(visitor, login())
    site.visit(visitor, lambda: session.regenerate())  # noqa: PLW0108
    data = site.data(visitor)
    assert data is not None
    assert data.user_id == "ann"


def test_a_new_id_may_be_asked_for_as_flask_session_has_it(site: Site, visitor: FlaskClient) -> None:
    """`app.session_interface.regenerate(session)` works unchanged."""
    before = visitor.get_cookie("session")
    interface: Any = site.app.session_interface
    site.visit(visitor, lambda: interface.regenerate(session))
    assert visitor.get_cookie("session") != before
    assert site.held(visitor) == {"cart": "[1]"}


def test_anonymous_sessions_have_users_of_their_own(site: Site) -> None:
    """So that no list of sessions has all visitors in it."""
    browsers = [site.browser() for _ in range(3)]
    for browser in browsers:
        site.visit(browser, shop)
    assert len({site.data(browser).user_id for browser in browsers}) == 3  # type: ignore[union-attr]


class Between:
    """A store in which something happens before one call of a method."""

    def __init__(self, site: Site, method: str, happens: Callable[[], object]) -> None:
        real, sessions = site.store._store, site.sessions
        self._sessions, self._method, self._happens = sessions, method, happens
        site.store._store = type(real)(self, real.records, real.claim)

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            happens, self._happens = self._happens, lambda: None
            happens()
        return getattr(self._sessions, name)


def test_what_others_change_during_a_login_comes_along(site: Site, visitor: FlaskClient) -> None:
    """An acknowledged change under the old id, made while the new one was, is in the new session."""
    site.visit(visitor, lambda: session.update(gone=1))
    old = visitor.get_cookie("session")
    assert old is not None
    sessions = site.sessions

    def meanwhile() -> None:
        sessions.add(old.value, "hits", 1)
        sessions.take(old.value, "gone")

    Between(site, "close_session", meanwhile)
    seen: list[dict[str, Any]] = []

    def view() -> None:
        login()()
        seen.append(dict(session))

    assert site.visit(visitor, view).status_code == 200
    assert site.held(visitor) == {"cart": "[1]", "hits": "1", "user": '"ann"'}
    assert seen == [{"cart": [1], "hits": 1, "user": "ann"}]


def test_a_login_that_was_made_from_an_older_value_is_refused(site: Site, visitor: FlaskClient) -> None:
    """The cart that it has read has changed: 409, no cookie, and no session that nobody knows stays open."""
    old = visitor.get_cookie("session")
    assert old is not None
    sessions = site.sessions

    def view() -> None:
        session["cart"].append(2)
        login()()

    Between(site, "close_session", lambda: sessions.change_session(old.value, Changes({"cart": "[1,9]"})))
    answer = site.visit(visitor, view)
    assert answer.status_code == 409
    assert "was ended" in answer.json["detail"]  # type: ignore[index]
    assert set_cookies(answer) == []
    assert sessions.counts().store == 0


def test_a_logout_everywhere_wins_over_a_new_id(site: Site, visitor: FlaskClient) -> None:
    """Whether it comes before the new session is made, after that, or after the old one was closed."""
    for method in ("create_session", "change_session", "close_session", "get_session"):
        browser = site.browser()
        site.visit(browser, login())
        real = site.store._store
        ended: list[int] = []

        def everywhere(ended: list[int] = ended) -> None:
            with site.app.app_context():
                ended.append(log_out_everywhere("ann"))

        Between(site, method, everywhere)
        answer = site.visit(browser, lambda: session.regenerate())  # noqa: PLW0108
        assert ended
        assert answer.status_code == (200 if method == "get_session" else 409), method
        site.store._store = real
        assert site.sessions.sessions_of("ann") == [], method


def test_a_logout_everywhere_finds_the_session_that_has_changed_its_id(site: Site, visitor: FlaskClient) -> None:
    """The list was read before, the old id is closed by the login: the list is read again."""
    browser = site.browser()
    site.visit(browser, login())
    Between(site, "close_session", lambda: site.visit(browser, lambda: session.regenerate()))  # noqa: PLW0108
    with site.app.app_context():
        assert log_out_everywhere("ann") == 1
    assert site.sessions.sessions_of("ann") == []


def test_an_engine_that_fails_during_a_login_leaves_no_session_behind(site: Site, visitor: FlaskClient) -> None:
    """The outcome is unknown, so the new session is closed, and the answer says so."""

    def away() -> None:
        raise DatabaseUnavailable(None)

    Between(site, "close_session", away)
    answer = site.visit(visitor, login())
    assert answer.status_code == 503
    assert answer.json["definite"] is False  # type: ignore[index]
    assert set_cookies(answer) == []
    assert site.sessions.sessions_of("ann") == []


def test_a_new_session_that_cannot_be_filled_is_closed_again(site: Site, client: FlaskClient) -> None:
    """Nobody would know its id."""

    def away() -> None:
        raise DatabaseUnavailable(None)

    Between(site, "change_session", away)
    assert site.visit(client, shop).status_code == 503
    assert site.sessions.counts().store == 0


def test_the_sessions_of_a_user_are_listed_and_ended(site: Site) -> None:
    """All of them, or all but one's own; those of others stay."""
    ann, phone, bob = (site.browser() for _ in range(3))
    for browser, user in ((ann, "ann"), (phone, "ann"), (bob, "bob")):
        site.visit(browser, login(user))
    found: list[Any] = []
    site.visit(ann, lambda: found.extend(list_sessions("ann")))
    assert sorted(each.current for each in found) == [False, True]
    assert {each.sid for each in found} == set(site.sessions.sessions_of("ann"))
    answer = site.visit(ann, lambda: str(log_out_everywhere("ann", keep=session.sid)))
    assert answer.text == "1"
    assert [site.visit(browser, read).text for browser in (ann, phone, bob)] == ["ann None", "None None", "bob None"]
    with site.app.app_context():
        assert len(list_sessions("ann")) == 1
        assert list_sessions("nobody") == []


def test_a_session_that_cannot_be_found_is_not_tried_for_ever(site: Site) -> None:
    """A list that does not get shorter ends it."""
    Session.start(site.app)
    site.sessions.sessions_of = lambda user_id: ["gone"]  # type: ignore[method-assign]
    with site.app.app_context():
        assert log_out_everywhere("ann") == 0


def test_whoever_logs_out_everywhere_is_logged_out_too(site: Site, visitor: FlaskClient) -> None:
    """The cookie is deleted, and there is no 409 for the own request."""
    site.visit(visitor, login())

    def view() -> str:
        session["last"] = 1
        return str(log_out_everywhere("ann"))

    answer = site.visit(visitor, view)
    assert (answer.status_code, answer.text) == (200, "1")
    assert set_cookies(answer)[0].startswith("session=;")
    assert site.sessions.counts().store == 0


def test_a_stream_ends_all_sessions(site: Site, visitor: FlaskClient) -> None:
    """Also its own, whose cookie it can no longer delete."""
    for browser in (visitor, site.browser(), site.browser()):
        site.visit(browser, login())

    def view() -> Response:
        assert session.sid
        return Response(stream_with_context(str(log_out_everywhere("ann")) for _ in range(1)))

    assert site.visit(visitor, view).text == "3"
    assert site.sessions.counts().store == 0


class User(UserMixin):  # type: ignore[misc] # it comes without types
    """A user of Flask-Login."""

    def __init__(self, name: str) -> None:
        self.id = name


@pytest.fixture
def flask_login() -> Iterator[Site]:
    """An app as the documentation of Flask-Login has it."""
    site = Site(SECRET_KEY="x")
    manager = LoginManager(site.app)
    manager.login_view = "login"
    manager.user_loader(User)

    @site.app.route("/login")
    def login() -> Any:
        login_user(User("ann"), remember=False)
        return redirect(session.get("next", "/me"))

    @site.app.route("/me")
    @login_required  # type: ignore[untyped-decorator] # it comes without types
    def me() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(current_user.get_id())

    @site.app.route("/logout")
    def logout() -> str:
        logout_user()
        return "bye"

    yield site
    site.store.stop()


def test_flask_login_works_unchanged(flask_login: Site) -> None:
    """A visitor is asked to log in, is logged in, and is logged out."""
    client = flask_login.browser()
    answer = client.get("/me")
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]
    assert client.get("/login", follow_redirects=True).text == "ann"
    assert client.get("/me").text == "ann"
    assert client.get("/logout").text == "bye"
    assert client.get("/me").status_code == 302


def test_a_logout_of_flask_login_is_not_undone_by_a_request_in_flight(flask_login: Site) -> None:
    """It removes keys, and a request that writes others does not bring them back."""
    client = flask_login.browser()
    client.get("/login")
    twin = flask_login.twin(client)

    def slow() -> str:
        assert current_user.get_id() == "ann"
        assert twin.get("/logout").status_code == 200
        session["late"] = 1
        return "done"

    assert flask_login.visit(client, slow).text == "done"
    assert "_user_id" not in flask_login.held(client)
    assert client.get("/me").status_code == 302


def test_the_session_of_a_lost_id_is_told_to_a_view(site: Site, visitor: FlaskClient) -> None:
    """`regenerate` raises in a request whose session was ended, and nothing makes one after it."""
    twin = site.twin(visitor)

    def view() -> None:
        assert session["cart"] == [1]
        site.visit(twin, lambda: session.clear())  # noqa: PLW0108
        with pytest.raises(SessionNotFound):
            session.regenerate(user="ann")
        session["late"] = 1

    assert site.visit(visitor, view).status_code == 409
    assert site.sessions.counts().store == 0
