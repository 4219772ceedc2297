"""A session is ended while requests are in flight, and how a request is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response, after_this_request, send_file
from flask.testing import FlaskClient

from session_manager.model import SessionNotFound
from session_manager.web import session
from tests.web_sessions.races import CONFLICTS, ENDINGS, around, counting, in_turn, late, refused
from tests.web_sessions.sites import Site, View


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


STEPS: list[View] = [lambda: session.commit(), lambda: session.add("n"), lambda: session.take("word")]  # noqa: PLW0108


@pytest.mark.parametrize("step", STEPS)
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


@pytest.mark.parametrize("step", STEPS)
def test_whoever_catches_the_end_of_a_session_makes_none_anew(site: Site, known: FlaskClient, step: View) -> None:
    """What is written after that is refused as well."""

    def outer(meanwhile: View) -> None:
        session["n"] += 1
        meanwhile()
        with pytest.raises(SessionNotFound):
            step()
        seen.append(dict(session))
        session["late"] = 1

    seen: list[dict[str, Any]] = []
    refused(around(site, known, outer, lambda: session.clear()))  # noqa: PLW0108
    assert seen == [{}]  # here, because a view that fails is refused too
    assert site.sessions.counts().store == 0


def test_a_refusal_replaces_a_stream_and_a_file(site: Site, known: FlaskClient, tmp_path: Path) -> None:
    """The stream is closed, the file is not sent, and no header of theirs is left."""
    (tmp_path / "file.txt").write_text("secret")
    closed: list[bool] = []

    class Stream:
        def __iter__(self) -> Iterator[str]:
            yield "secret"

        def close(self) -> None:
            closed.append(True)

    for body in (
        lambda: Response(Stream(), headers={"Location": "/x", "Cache-Control": "public"}),
        lambda: send_file(tmp_path / "file.txt", as_attachment=True),
    ):

        def outer(meanwhile: View, body: View = body) -> Any:
            session["n"] += 1
            meanwhile()
            return body()

        answer = around(site, known, outer, counting)
        refused(answer)
        assert "secret" not in answer.text
        assert {name for name, _ in answer.headers} <= {
            "Content-Type",
            "Content-Length",
            "Cache-Control",
            "Vary",
            "Date",
        }
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert closed == [True]


def test_a_refusal_leaves_out_headers_in_any_spelling(site: Site, known: FlaskClient) -> None:
    """A cookie in small letters is none either, and no server in front is told to send a file."""
    told = {"set-cookie": "login=5", "LOCATION": "/x", "etag": "x", "X-Sendfile": "/a", "X-Accel-Redirect": "/b"}

    def outer(meanwhile: View) -> Response:
        session["n"] += 1
        meanwhile()
        return Response("done", headers=told)

    answer = around(site, known, outer, counting)
    refused(answer)
    assert {name.lower() for name, _ in answer.headers} == {"content-type", "content-length", "cache-control", "vary"}


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
