"""What acts at once (`commit`, `add`, `take`), and messages, which are merged."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import flash
from flask.testing import FlaskClient

from session_manager.databases import DatabaseUnavailable
from session_manager.sessions.contract import SessionConflict
from session_manager.web import session
from tests.web_sessions.races import around, counting, in_turn, refused, show
from tests.web_sessions.sites import Site, View


def test_a_commit_tells_a_view_that_catches_it(site: Site, known: FlaskClient) -> None:
    """After a conflict the session is read again, so a view may try again by itself."""

    def outer(meanwhile: View) -> str:
        session["n"] += 1
        meanwhile()
        with pytest.raises(SessionConflict):
            session.commit()
        session["n"] += 1
        session.commit()
        return str(session["n"])

    assert around(site, known, outer, counting).text == "3"
    assert site.held(known)["n"] == "3"


def test_the_answer_of_a_step_counts_as_read_too(site: Site, known: FlaskClient) -> None:
    """What is assigned to its key after that was made from it."""

    def outer(meanwhile: View) -> None:
        n = session.add("n")
        meanwhile()
        session["n"] = n + 1

    refused(around(site, known, outer, counting), partly=True)


@pytest.mark.parametrize("saves", [lambda: session.commit(), lambda: session.add("n")])  # noqa: PLW0108
def test_what_was_saved_counts_as_read(site: Site, known: FlaskClient, saves: View) -> None:
    """What is then made from it is refused if another request has changed it."""

    def outer(meanwhile: View) -> None:
        session["n"] = 5
        saves()
        meanwhile()
        session["n"] += 1

    refused(around(site, known, outer, counting), partly=True)


def test_counters_and_words_have_steps_without_a_conflict(site: Site, known: FlaskClient) -> None:
    """`add` gives each request its own number, `take` gives the value to one of them."""
    found: list[Any] = []

    def step() -> None:
        found.extend((session.add("n"), session.take("word", "gone")))

    def outer(meanwhile: View) -> None:
        assert session["n"] == 1
        meanwhile()
        step()
        assert session["n"] == 3
        session["n"] = 10

    assert around(site, known, outer, step).status_code == 200
    assert found == [2, "x", 3, "gone"]
    assert site.held(known) == {"n": "10", "cart": "[1]"}


def test_a_step_first_saves_what_was_assigned_to_its_key(site: Site, client: FlaskClient) -> None:
    """It counts from the assigned number, also in a session that is only made by it."""

    def view() -> str:
        session["n"] = 5
        session["word"] = "y"
        return f"{session.add('n', 2)} {session.take('word')} {session.take('never')}"

    assert site.visit(client, view).text == "7 y None"
    assert site.held(client) == {"n": "7"}
    assert site.visit(site.browser(), lambda: str(session.add("n"))).text == "1"


def test_a_step_on_a_changed_key_counts_from_the_change(site: Site, known: FlaskClient) -> None:
    """Also from a change inside the value. Keys that were only read are not saved early."""

    def view() -> str:
        session["n"] = 5
        session["cart"].append(2)
        return f"{session.add('n')} {session.take('cart')}"

    assert site.visit(known, view).text == "6 [1, 2]"
    watched = site.watch()

    def early() -> None:
        session["other"] = session["n"]
        session.add("n")
        assert watched.names() == ["get_session", "add"]

    assert site.visit(known, early).status_code == 200
    assert site.held(known) == {"n": "7", "word": '"x"', "other": "6"}


def test_a_cleared_session_does_not_come_back_when_saving_fails(site: Site, known: FlaskClient) -> None:
    """The view that catches the error sees an empty session."""
    watched = site.watch()

    def view() -> None:
        session.clear()
        session["user"] = 5
        watched.error = DatabaseUnavailable(None)
        with pytest.raises(DatabaseUnavailable):
            session.commit()
        watched.error = None
        assert dict(session) == {}

    assert site.visit(known, view).status_code == 200
    assert site.sessions.counts().store == 0


def test_messages_of_two_requests_are_all_shown(site: Site, known: FlaskClient) -> None:
    """`flash` in two requests at once is no conflict, also while another shows what there is."""
    site.visit(known, lambda: flash("old"))
    around(site, known, lambda meanwhile: in_turn(lambda: flash("first"), meanwhile), lambda: flash("second"))

    answer = around(site, known, lambda meanwhile: in_turn(show, meanwhile), lambda: flash("third"))
    assert answer.text == "old second first"
    assert site.visit(known, show).text == "third"
    assert site.visit(known, show).text == ""
    assert "_flashes" not in site.held(known)


def test_messages_are_merged_again_after_a_commit(site: Site, known: FlaskClient) -> None:
    """A view that has saved in between does not overwrite those of others with its own list."""

    def outer(meanwhile: View) -> None:
        flash("first")
        meanwhile()
        session.commit()
        flash("third")

    assert around(site, known, outer, lambda: flash("second")).status_code == 200
    assert site.visit(known, show).text == "second first third"


def test_messages_that_two_pages_show_are_gone(site: Site, known: FlaskClient) -> None:
    """Neither page gets a 409, and those that both have flashed after that are kept."""
    site.visit(known, lambda: flash("old"))
    inner = partial(in_turn, show, lambda: flash("theirs"))
    answer = around(site, known, lambda meanwhile: in_turn(show, lambda: flash("new"), meanwhile), inner)
    assert answer.text == "old"
    assert site.visit(known, show).text == "theirs new"


def test_a_message_is_new_if_it_has_the_words_of_one_that_was_shown(site: Site, known: FlaskClient) -> None:
    """A page that shows a message and flashes the same again keeps it, also while another page shows the first."""
    site.visit(known, lambda: flash("saved"))

    answer = around(site, known, lambda meanwhile: in_turn(show, lambda: flash("saved"), meanwhile), show)
    assert answer.text == "saved"
    assert site.visit(known, show).text == "saved"
    assert site.visit(known, show).text == ""


def test_a_message_that_was_saved_is_not_added_again(site: Site, known: FlaskClient) -> None:
    """A page that shows, flashes and saves twice adds to the list what is new since the first time."""
    site.visit(known, lambda: flash("old"))

    def outer(meanwhile: View) -> None:
        in_turn(show, lambda: flash("first"), lambda: session.commit())  # noqa: PLW0108
        meanwhile()
        flash("second")

    assert around(site, known, outer, show).status_code == 200
    assert site.visit(known, show).text == "second"


def test_a_conflict_beside_a_message_is_still_one(site: Site, known: FlaskClient) -> None:
    """Only the messages are merged."""

    def outer(meanwhile: View) -> None:
        flash("first")
        session["n"] += 1
        meanwhile()

    refused(around(site, known, outer, lambda: in_turn(lambda: flash("second"), counting)))
    assert site.visit(known, show).text == "second"
