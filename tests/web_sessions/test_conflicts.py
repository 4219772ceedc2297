"""Two requests of one session, the second in the middle of the first: what merges, what wins, and who gets a 409."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Response, after_this_request, flash, get_flashed_messages, make_response
from flask.testing import FlaskClient

from session_manager.model import SessionNotFound
from session_manager.sessions.contract import SessionConflict
from session_manager.web import session
from tests.web_sessions.sites import Site, View, set_cookies


def setting(key: str, value: object) -> View:
    """A view that assigns without reading."""

    def view() -> None:
        session[key] = value

    return view


def counting() -> None:
    """A view that reads and writes."""
    session["n"] = session.get("n", 0) + 1


def in_turn(*views: View) -> Any:
    """All of the views, one after another. The answer is that of the first one."""
    first, *_ = [view() for view in views]
    return first or ""


def show() -> str:
    """A view that shows the messages."""
    return " ".join(map(str, get_flashed_messages()))


def around(site: Site, client: FlaskClient, outer: Callable[[View], Any], inner: View) -> Any:
    """Visit `outer`, which calls what it is given where `inner` comes in: a whole request of another tab."""
    twin = site.twin(client)
    return site.visit(client, lambda: outer(lambda: site.visit(twin, inner)))


@pytest.fixture
def known(site: Site, client: FlaskClient) -> FlaskClient:
    """A browser with a session."""

    def view() -> None:
        session.update(n=1, cart=[1], word="x")

    site.visit(client, view)
    return client


def refused(answer: Any) -> None:
    """It is a 409 that says that nothing was changed, and sets no cookie."""
    assert answer.status_code == 409
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Cookie"
    assert set_cookies(answer) == []
    assert answer.json["definite"] is True
    assert "nothing" in answer.json["detail"].lower()


def test_distinct_keys_merge(site: Site, known: FlaskClient) -> None:
    """Whether they were read before, written before, or new."""

    def outer(meanwhile: View) -> None:
        session["a"] = session["n"]
        meanwhile()
        session["cart"].append(2)

    answer = around(site, known, outer, lambda: session.update(b=2, word="y"))
    assert answer.status_code == 200
    assert site.held(known) == {"n": "1", "cart": "[1,2]", "word": '"y"', "a": "1", "b": "2"}


def test_a_key_that_is_only_written_has_the_last_value(site: Site, known: FlaskClient) -> None:
    """There is no conflict, because nothing was made from what was there."""

    def outer(meanwhile: View) -> None:
        session["word"] = "first"
        assert len(session) == 3  # as Flask-Login asks at each request
        meanwhile()

    assert around(site, known, outer, setting("word", "second")).status_code == 200
    assert site.held(known)["word"] == '"first"'


def test_a_removed_key_has_the_last_value_too(site: Site, known: FlaskClient) -> None:
    """`del` asks for no value."""

    def outer(meanwhile: View) -> None:
        del session["word"]
        meanwhile()

    assert around(site, known, outer, setting("word", "second")).status_code == 200
    assert "word" not in site.held(known)


def appended(meanwhile: View) -> None:
    """Changes a value in place."""
    session["cart"].append(2)
    meanwhile()


def incremented(meanwhile: View) -> None:
    """Reads, and writes later."""
    n = session["n"]
    meanwhile()
    session["n"] = n + 1


def first_written(meanwhile: View) -> None:
    """Has seen that a key is missing."""
    if "new" not in session:
        meanwhile()
        session["new"] = 1


def listed(meanwhile: View) -> None:
    """Has seen all keys, and so that one is missing."""
    if "new" not in list(session):
        meanwhile()
        session["new"] = 1


def popped(meanwhile: View) -> None:
    """Takes a value away that it has seen."""
    session.pop("word")
    meanwhile()


def late(meanwhile: View) -> None:
    """Assigns at the end."""
    meanwhile()
    session["late"] = 1


CONFLICTS: dict[Any, tuple[View, dict[str, str]]] = {
    appended: (lambda: session["cart"].append(3), {"cart": "[1,3]"}),
    incremented: (counting, {"n": "2"}),
    first_written: (setting("new", 2), {"new": "2"}),
    listed: (setting("new", 2), {"new": "2"}),
    popped: (lambda: session.pop("word"), {}),
}


@pytest.mark.parametrize("outer", CONFLICTS, ids=lambda each: each.__name__)
def test_what_was_made_from_an_older_value_is_refused(site: Site, known: FlaskClient, outer: Any) -> None:
    """The second request is kept, and the first one gets a 409 and changes nothing, also no other key."""
    inner, expected = CONFLICTS[outer]
    before = site.held(known)

    def and_another_key(meanwhile: View) -> Response:
        session["other"] = 1
        outer(meanwhile)
        answer = make_response("all is well")
        answer.set_cookie("remember_token", "5")
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    answer = around(site, known, and_another_key, inner)
    refused(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert b"all is well" not in answer.data
    kept = site.held(known)
    assert "other" not in kept
    assert {key: kept[key] for key in expected} == expected
    assert kept.keys() <= {*before, *expected}


def test_an_empty_session_tells_of_every_key(site: Site, known: FlaskClient) -> None:
    """`if not session:` has seen that a key is missing; in one that is not empty it has seen none."""

    def outer(meanwhile: View) -> None:
        if not session:
            meanwhile()
            session["new"] = 1

    site.visit(known, lambda: [session.pop(key) for key in list(session)] and "")
    assert site.held(known) == {}
    refused(around(site, known, outer, setting("new", 2)))
    assert site.held(known) == {"new": "2"}


def test_the_same_without_another_request_is_saved(site: Site, known: FlaskClient) -> None:
    """Each of those views alone gets no 409."""
    for outer in CONFLICTS:
        assert site.visit(known, partial(outer, lambda: None)).status_code == 200
    assert site.held(known) == {"n": "2", "cart": "[1,2]", "new": "1"}


def test_a_browser_gets_a_page_and_a_program_gets_problem_json(site: Site, known: FlaskClient) -> None:
    """Whoever asks for HTML gets it."""
    for accept, kind in (("text/html,*/*;q=0.8", "text/html"), ("*/*", "application/problem+json")):
        twin = site.twin(known)

        def view(twin: FlaskClient = twin) -> None:
            session["n"] += 1
            site.visit(twin, counting)

        answer = site.visit(known, view, headers={"Accept": accept})
        assert answer.status_code == 409
        assert answer.mimetype == kind
        assert "Try again" in answer.text


ENDINGS: dict[str, View] = {
    "clear": lambda: session.clear(),  # noqa: PLW0108 - a proxy of the request
    "clear and login": lambda: in_turn(session.clear, lambda: session.update(user=5)),
    "regenerate": lambda: session.regenerate(),  # noqa: PLW0108
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("outer", [*CONFLICTS, late])
def test_the_end_of_a_session_wins_over_every_write_in_flight(
    site: Site, known: FlaskClient, outer: Any, ending: str
) -> None:
    """The writer gets a 409 and no cookie, and no session is made anew."""
    twin = site.twin(known)
    cookie = known.get_cookie("session")
    assert cookie is not None

    def view() -> None:
        session["touched"] = 1
        outer(lambda: site.visit(twin, ENDINGS[ending]))

    refused(site.visit(known, view))
    with pytest.raises(SessionNotFound):
        site.sessions.get_session(cookie.value)
    assert site.sessions.counts().store == (0 if ending == "clear" else 1)


def test_the_end_of_a_session_wins_over_a_read_in_flight(site: Site, known: FlaskClient) -> None:
    """The page is shown, and the session stays ended."""
    answer = around(site, known, lambda meanwhile: in_turn(lambda: str(session["n"]), meanwhile), ENDINGS["clear"])
    assert answer.text == "1"
    assert site.sessions.counts().store == 0


def test_two_requests_may_both_end_a_session(site: Site, known: FlaskClient) -> None:
    """The second one finds that it is done."""
    answer = around(site, known, lambda meanwhile: in_turn(session.clear, meanwhile), lambda: session.clear())  # noqa: PLW0108
    assert answer.status_code == 200
    assert site.sessions.counts().store == 0


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

    refused(around(site, known, outer, counting))


@pytest.mark.parametrize("saves", [lambda: session.commit(), lambda: session.add("n")])  # noqa: PLW0108
def test_what_was_saved_counts_as_read(site: Site, known: FlaskClient, saves: View) -> None:
    """What is then made from it is refused if another request has changed it."""

    def outer(meanwhile: View) -> None:
        session["n"] = 5
        saves()
        meanwhile()
        session["n"] += 1

    refused(around(site, known, outer, counting))


@pytest.mark.parametrize("step", [lambda: session.commit(), lambda: session.add("n"), lambda: session.take("word")])  # noqa: PLW0108
def test_an_uncaught_error_of_a_step_is_a_409_too(site: Site, known: FlaskClient, step: View) -> None:
    """A session that was ended is told by each of them."""

    def outer(meanwhile: View) -> None:
        session["late"] = 1
        meanwhile()
        step()

    refused(around(site, known, outer, lambda: session.clear()))  # noqa: PLW0108
    assert site.sessions.counts().store == 0


def test_nothing_of_a_refused_request_is_saved_or_set(site: Site, known: FlaskClient) -> None:
    """Neither what was assigned before and after the step that failed, nor a cookie that a hook adds."""

    def remember(response: Response) -> Response:
        if response.status_code == 409:
            response.set_cookie("remember_token", "5")
            session["hook"] = 1
        return response

    def outer(meanwhile: View) -> None:
        after_this_request(remember)
        session["n"] += 1
        meanwhile()
        session.commit()

    refused(around(site, known, outer, lambda: in_turn(counting, lambda: session.update(other=1))))
    assert site.held(known).keys() == {"n", "cart", "word", "other"}
    assert site.visit(known, counting).status_code == 200


def test_whoever_catches_the_end_of_a_session_makes_none_anew(site: Site, known: FlaskClient) -> None:
    """What is written after that is refused as well."""

    def outer(meanwhile: View) -> None:
        assert session["n"] == 1
        meanwhile()
        with pytest.raises(SessionNotFound):
            session.add("n")
        assert session.get("n") is None
        session["late"] = 1

    refused(around(site, known, outer, lambda: session.clear()))  # noqa: PLW0108
    assert site.sessions.counts().store == 0


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


def test_messages_of_two_requests_are_all_shown(site: Site, known: FlaskClient) -> None:
    """`flash` in two requests at once is no conflict, also while another shows what there is."""
    site.visit(known, lambda: flash("old"))
    around(site, known, lambda meanwhile: in_turn(lambda: flash("first"), meanwhile), lambda: flash("second"))

    answer = around(site, known, lambda meanwhile: in_turn(show, meanwhile), lambda: flash("third"))
    assert answer.text == "old second first"
    assert site.visit(known, show).text == "third"
    assert site.visit(known, show).text == ""
    assert "_flashes" not in site.held(known)


def test_messages_that_two_pages_show_are_gone(site: Site, known: FlaskClient) -> None:
    """Neither page gets a 409, and one that flashes again keeps its own message."""
    site.visit(known, lambda: flash("old"))

    answer = around(site, known, lambda meanwhile: in_turn(show, lambda: flash("new"), meanwhile), show)
    assert answer.text == "old"
    assert site.visit(known, show).text == "new"


def test_a_conflict_beside_a_message_is_still_one(site: Site, known: FlaskClient) -> None:
    """Only the messages are merged."""

    def outer(meanwhile: View) -> None:
        flash("first")
        session["n"] += 1
        meanwhile()

    refused(around(site, known, outer, lambda: in_turn(lambda: flash("second"), counting)))
    assert site.visit(known, show).text == "second"
