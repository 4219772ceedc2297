"""Two requests of one session at the same time: what merges, what wins, and who gets a 409."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Response, make_response
from flask.testing import FlaskClient

from session_manager.web import session
from tests.web_sessions.races import CONFLICTS, around, refused, setting
from tests.web_sessions.sites import Site, View


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


def test_keys_that_are_assigned_together_stay_together(site: Site, known: FlaskClient) -> None:
    """Also if one of them is assigned what it had when the request began."""

    def outer(meanwhile: View) -> None:
        assert session["cart"] == [1]
        meanwhile()
        session.update(word="x", n=5)

    assert around(site, known, outer, lambda: session.update(word="y", n=2)).status_code == 200
    assert site.held(known) == {"n": "5", "cart": "[1]", "word": '"x"'}


def test_a_removed_key_has_the_last_value_too(site: Site, known: FlaskClient) -> None:
    """`del` asks for no value."""

    def outer(meanwhile: View) -> None:
        del session["word"]
        meanwhile()

    assert around(site, known, outer, setting("word", "second")).status_code == 200
    assert "word" not in site.held(known)


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
