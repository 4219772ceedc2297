"""The cookie of a session: what is in it, when it is sent, and which ids are believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from session_manager.model import SessionNotFound
from session_manager.web import Session, session
from tests.web_sessions.sites import Site, set_cookies


def write() -> None:
    """A view that writes."""
    session["a"] = session.get("a", 0) + 1


def clear() -> None:
    """A view that ends the session."""
    session.clear()


def read() -> str:
    """A view that reads."""
    return str(session.get("a"))


def test_a_new_session_gets_a_cookie_with_an_opaque_id(site: Site, client: FlaskClient) -> None:
    """It holds the id and nothing else, and the defaults of Flask's cookies."""
    (cookie,) = set_cookies(site.visit(client, write))
    name, _, rest = cookie.partition("=")
    value, *flags = rest.split("; ")
    assert name == "session"
    assert len(value) == 32
    assert site.sessions.get_session(value).metadata == {"a": "1"}
    assert "HttpOnly" in flags
    assert "Path=/" in flags
    assert any(flag.startswith("Expires=") for flag in flags)


def test_a_new_session_that_only_read_gets_no_cookie(site: Site, client: FlaskClient) -> None:
    """Nothing is stored for a visitor of whom nothing is known; the page still varies with the cookie."""
    answer = site.visit(client, read)
    assert set_cookies(answer) == []
    assert answer.headers["Vary"] == "Cookie"
    site.visit(client, lambda: session.pop("x", None) or "")
    assert site.sessions.counts().store == 0


USES: list[Any] = [
    *(read, write, lambda: str("a" in session), lambda: str(len(session))),
    *(lambda: session.sid, lambda: str(session.modified)),
]


@pytest.mark.parametrize("use", USES)
def test_a_page_that_uses_the_session_varies_with_the_cookie(site: Site, client: FlaskClient, use: Any) -> None:
    """In whichever way it is used, and beside other values of the header."""
    site.visit(client, write)
    assert site.visit(client, use).headers["Vary"] == "Cookie"
    answer = site.visit(client, lambda: (str(use()), 200, {"Vary": "Accept"}))
    assert {name.strip() for name in answer.headers["Vary"].split(",")} == {"Accept", "Cookie"}


@pytest.mark.parametrize(
    ("permanent", "each", "on_read", "on_write"),
    [(True, True, 1, 1), (True, False, 0, 1), (False, True, 0, 0), (False, False, 0, 0)],
)
def test_a_known_id_is_sent_again_only_to_move_its_expiry(
    permanent: bool, each: bool, on_read: int, on_write: int
) -> None:
    """A permanent session sends it with each request or each change; one of the browser's lifetime only once."""
    site = Site(SESSION_PERMANENT=permanent, SESSION_REFRESH_EACH_REQUEST=each)
    client = site.browser()
    (first,) = set_cookies(site.visit(client, write))
    assert ("Expires=" in first) is permanent
    assert len(set_cookies(site.visit(client, read))) == on_read
    assert len(set_cookies(site.visit(client, write))) == on_write
    site.store.stop()


def test_a_change_inside_a_value_moves_the_expiry_too() -> None:
    """As an assignment does, where reads do not."""
    site = Site(SESSION_REFRESH_EACH_REQUEST=False)
    client = site.browser()
    site.visit(client, lambda: session.update(cart=[1]))
    assert len(set_cookies(site.visit(client, lambda: session["cart"].append(2)))) == 1
    site.store.stop()


def test_an_app_may_say_for_each_session_whether_it_is_permanent(site: Site, client: FlaskClient) -> None:
    """`session.permanent` is stored with the session, and its default is not."""

    def for_this_browser() -> None:
        assert session.permanent
        session.permanent = False
        assert not session.permanent
        session["a"] = 1

    (cookie,) = set_cookies(site.visit(client, for_this_browser))
    assert "Expires=" not in cookie
    assert site.held(client) == {"_permanent": "false", "a": "1"}


def test_being_permanent_is_not_enough_for_a_new_session(site: Site, client: FlaskClient) -> None:
    """An app that calls every visitor permanent stores none for it, and counting stores both."""

    def permanent() -> None:
        session.permanent = False

    def counted() -> None:
        permanent()
        session.add("n")

    assert set_cookies(site.visit(client, permanent)) == []
    assert len(site.sessions.census().sessions) == 0
    site.visit(client, counted)
    assert site.held(client) == {"_permanent": "false", "n": "1"}


def test_the_cookie_looks_as_flask_is_told(site: Site) -> None:
    """Each `SESSION_COOKIE_*` key is followed, when the cookie is set and when it is deleted."""
    site.app.config |= {
        "SESSION_COOKIE_NAME": "crumb",
        "SESSION_COOKIE_DOMAIN": "example.org",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_HTTPONLY": False,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_PARTITIONED": True,
    }
    client = site.browser()
    where = {"base_url": "https://example.org"}
    (cookie,) = set_cookies(site.visit(client, write, **where))
    (deleted,) = set_cookies(site.visit(client, clear, **where))
    for each in (cookie, deleted):
        assert each.startswith("crumb=")
        assert {"Domain=example.org", "Secure", "SameSite=Strict", "Partitioned", "Path=/"} <= set(each.split("; "))
        assert "HttpOnly" not in each


def test_the_lifetime_is_flasks(site: Site) -> None:
    """`PERMANENT_SESSION_LIFETIME` is that of the cookie and of the store."""
    short = Site(PERMANENT_SESSION_LIFETIME=timedelta(minutes=20))
    assert short.sessions.lifetime == 1200
    (cookie,) = set_cookies(short.visit(short.browser(), write))
    assert "Expires=" in cookie
    assert site.sessions.lifetime == timedelta(days=31).total_seconds()
    short.store.stop()


@pytest.mark.parametrize("claimed", ["f" * 32, "x", "../../etc", "a" * 500, "eyJhIjoxfQ.aaaa.bbbb", '"quoted"', "%00"])
def test_an_id_that_the_store_does_not_know_is_never_adopted(site: Site, claimed: str) -> None:
    """A client that brings an id along gets another one: a fixed id is worth nothing."""
    client = site.browser()
    client.set_cookie("session", claimed)
    Session.start(site.app)
    watched = site.watch()
    assert site.visit(client, read).text == "None"
    assert watched.names() == (["get_session"] if claimed == "f" * 32 else [])  # what can be no id is not looked for
    site.visit(client, write)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.value != claimed
    assert site.held(client) == {"a": "1"}
    with pytest.raises(SessionNotFound):
        site.sessions.get_session(claimed)


def test_a_cleared_session_is_deleted_and_so_is_its_cookie(site: Site, client: FlaskClient) -> None:
    """The id is worth nothing from then on, and the next session has another one."""
    site.visit(client, write)
    twin = site.twin(client)
    (cookie,) = set_cookies(site.visit(client, clear))
    assert cookie.startswith("session=;")
    assert site.sessions.counts().store == 0
    assert site.visit(twin, read).text == "None"
    site.visit(twin, write)
    assert site.held(twin) == {"a": "1"}


def test_what_is_assigned_after_clear_is_in_a_new_session(site: Site, client: FlaskClient) -> None:
    """`session.clear(); session["user"] = 5`, as many apps log in, changes the id too."""
    site.visit(client, write)
    twin = site.twin(client)

    def login() -> None:
        session.clear()
        assert dict(session) == {}
        assert session.sid is None
        session["user"] = 5

    site.visit(client, login)
    assert site.held(client) == {"user": "5"}
    assert site.visit(twin, read).text == "None"
    assert site.sessions.counts().store == 1


def signed(*fallbacks: str, key: str = "now") -> Site:
    """An app that signs its ids."""
    return Site(SECRET_KEY=key, SECRET_KEY_FALLBACKS=list(fallbacks), SESSION_USE_SIGNER=True)


def test_a_signed_id_is_accepted_with_the_right_signature_alone() -> None:
    """A changed one, an unsigned one and one of another key are a new session."""
    site = signed()
    client = site.browser()
    site.visit(client, write)
    cookie = client.get_cookie("session")
    assert cookie is not None
    session_id, _, signature = cookie.value.partition(".")
    assert signature
    assert site.visit(client, read).text == "1"
    for wrong in (session_id, f"{session_id}.", f"{session_id}.{signature[:-1]}", f"{session_id[:-1]}0.{signature}x"):
        other = site.browser()
        other.set_cookie("session", wrong)
        assert site.visit(other, read).text == "None"
    site.store.stop()


def test_a_key_may_be_replaced_while_sessions_are_open() -> None:
    """A signature of a key in SECRET_KEY_FALLBACKS is accepted; without it, it is not."""
    site = signed()
    client = site.browser()
    site.visit(client, write)
    site.app.config |= {"SECRET_KEY": "next", "SECRET_KEY_FALLBACKS": ["now"]}
    assert site.visit(client, read).text == "1"
    site.app.config |= {"SECRET_KEY_FALLBACKS": None, "SESSION_REFRESH_EACH_REQUEST": False}
    assert site.visit(client, read).text == "1"  # the cookie was signed anew
    site.app.config |= {"SECRET_KEY": "after that"}
    assert site.visit(client, read).text == "None"
    site.store.stop()


def test_a_signer_without_a_key_says_what_is_missing() -> None:
    """The first use of a session says so; without a signer no key is needed."""
    site = Site(SESSION_USE_SIGNER=True)
    site.app.testing = True
    client = site.browser()
    client.set_cookie("session", "x" * 32)
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        site.visit(client, read)
    site.store.stop()
