"""What a refused request is told that has changed something before: it must not take the answer for "nothing"."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from session_manager.databases import DatabaseUnavailable
from session_manager.model import MOST_KEYS
from session_manager.shared.errors import EngineRefused
from session_manager.web import session
from tests.web_sessions.races import around, counting, in_turn, refused
from tests.web_sessions.sites import Site, View, set_cookies


class Away(DatabaseUnavailable):
    """A server that has refused the command."""

    definite = True


STEPS: dict[str, View] = {
    "add": lambda: session.add("visits"),
    "take": lambda: session.take("word"),
    "commit": lambda: in_turn(lambda: session.update(other=1), lambda: session.commit()),  # noqa: PLW0108
}


def nothing() -> None:
    """Changes nothing."""
    session.take("never")
    session.commit()


@pytest.mark.parametrize("caught_late", [False, True])
@pytest.mark.parametrize("step", [*STEPS, "nothing"])
def test_a_conflict_after_a_step_is_not_called_nothing(
    site: Site, known: FlaskClient, step: str, caught_late: bool
) -> None:
    """Whoever repeats such a request counts twice, so it is not told that nothing was changed."""

    def outer(meanwhile: View) -> None:
        n = session["n"]
        STEPS.get(step, nothing)()
        meanwhile()
        session["n"] = n + 1
        if not caught_late:
            session.commit()

    refused(around(site, known, outer, counting), partly=step != "nothing")


@pytest.mark.parametrize("step", STEPS)
def test_a_store_that_goes_away_after_a_step_is_not_called_nothing(site: Site, known: FlaskClient, step: str) -> None:
    """The last change was not made, and the one before it was."""
    watched = site.watch()

    def view() -> None:
        STEPS[step]()
        session["last"] = 1
        watched.error = Away(None)

    answer = site.visit(known, view)
    assert answer.status_code == 503
    assert answer.json["definite"] is False  # type: ignore[index]


@pytest.mark.parametrize("at_once", [False, True])
def test_an_engine_that_refuses_is_a_store_that_is_away(
    site: Site, known: FlaskClient, caplog: pytest.LogCaptureFixture, at_once: bool
) -> None:
    """No connection, no memory, a replica that only reads: 503, and the log says why in one line."""
    watched = site.watch()

    def view() -> None:
        session["last"] = 1
        watched.error = EngineRefused("Redis", OSError("connection refused"))
        if at_once:
            session.commit()

    answer = site.visit(known, view)
    assert answer.status_code == 503
    assert answer.json["definite"] is True  # type: ignore[index]
    assert [each.exc_info for each in caplog.records if "connection refused" in each.getMessage()] == [None]


def test_a_conflict_after_a_new_id_leaves_no_session_behind(site: Site, known: FlaskClient) -> None:
    """The old id is closed and nobody is told the new one: it ends, and the client has to log in again."""

    def view() -> None:
        n = session["n"]
        session.regenerate(user="ann")
        site.sessions.update_session(str(session.sid), "n", "9")
        session["n"] = n + 1
        session.commit()

    answer = site.visit(known, view)
    assert answer.status_code == 409
    assert "Log in again" in answer.json["detail"]  # type: ignore[index]
    assert set_cookies(answer) == []
    assert site.sessions.counts().store == 0


def test_what_a_failed_commit_would_have_saved_is_forgotten(site: Site, known: FlaskClient) -> None:
    """A view that catches an unknown outcome does not send the same once more at the end."""
    watched = site.watch()

    def view() -> None:
        session["word"] = "y"
        watched.error = DatabaseUnavailable(None)
        with pytest.raises(DatabaseUnavailable):
            session.commit()
        watched.error = None

    assert site.visit(known, view).status_code == 200
    assert site.held(known)["word"] == '"x"'


@pytest.mark.parametrize("at_once", [False, True])
def test_no_id_is_in_the_log(site: Site, known: FlaskClient, caplog: pytest.LogCaptureFixture, at_once: bool) -> None:
    """A session of too many keys is an error of the app, whose reason is logged without the visitor's secret."""
    cookie: Any = known.get_cookie("session")

    def view() -> None:
        session.update({f"key{number}": number for number in range(MOST_KEYS)})
        if at_once:
            session.commit()

    with caplog.at_level(logging.INFO):
        assert site.visit(known, view).status_code == 500
    assert "TooManyKeys" in caplog.text
    assert cookie.value not in caplog.text
