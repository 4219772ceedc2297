"""What a request has read before its session gets a new id, and whose session it is after an end."""

from __future__ import annotations

from flask.testing import FlaskClient

from session_manager.web import session
from tests.web_sessions.sites import Site
from tests.web_sessions.test_logins import Between


def test_a_key_that_was_listed_before_a_new_id_counts_as_read(site: Site, known: FlaskClient) -> None:
    """What is made from an older value is refused, also if it was seen in a list of all keys."""
    old = known.get_cookie("session")
    assert old is not None
    sessions = site.sessions

    def view() -> None:
        keys = list(session)
        session.regenerate()
        session["word"] = f"{len(keys)} keys"

    Between(site, "close_session", lambda: sessions.update_session(old.value, "word", '"z"'))
    assert site.visit(known, view).status_code == 409


def test_a_session_after_a_logout_is_nobodys(site: Site, known: FlaskClient) -> None:
    """It is not listed under the user who has logged out."""
    site.visit(known, lambda: session.regenerate(user="ann"))
    assert len(site.sessions.sessions_of("ann")) == 1

    def view() -> None:
        session.clear()
        session["theme"] = "dark"

    assert site.visit(known, view).status_code == 200
    assert site.sessions.sessions_of("ann") == []
    assert site.held(known) == {"theme": '"dark"'}
