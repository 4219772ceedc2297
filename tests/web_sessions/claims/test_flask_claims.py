"""What Flask's own tests claim of a session's values, its messages and the test client. See docs/session-claims.md."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import Any
from uuid import UUID

import flask
import pytest
from flask import Flask, flash, get_flashed_messages, redirect, stream_with_context
from flask.json.tag import JSONTag, TaggedJSONSerializer
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from tests.web_sessions.claims.sites import Act, Build, Visitor, everything, nothing, put

VALUES: dict[str, Any] = {
    "tuple": (1, "two", 3.5),
    "tuple in a list": [(1, 2)],
    "tuple in a dictionary": {"pair": (1, 2), "one": 4},
    "bytes": b"\xff\x00",
    "markup": Markup("<b>bold</b>"),
    "uuid": UUID("0f8c7d3e-0d3b-4a4e-9a57-0c2b6a1e7b11"),
    "datetime": datetime(2026, 11, 26, 13, 0, 5, tzinfo=UTC),
    "a dictionary that looks like a tagged tuple": {" t": "no tuple"},
    "one that looks like an escaped tag": {" t__": "no tuple"},
    "one that looks like a tagged dictionary": {" di": " di"},
    "a tuple under a key that is a tag": {" t": (1, 2, 3)},
    "bytes under an escaped tag": {" t__": b"a"},
    "nothing": None,
    "an empty text": "",
}
MESSAGES = [("message", "Saved"), ("error", "Too late"), ("warning", Markup("<i>Careful</i>"))]


def test_a_value_is_there_in_the_next_request(site: Build) -> None:
    """What one request stores, the next one reads."""
    visit = Visitor(site())
    visit(put(colour="blue"))
    assert visit(lambda session: session["colour"]).answer == "blue"


def test_a_session_tells_that_it_was_modified(site: Build) -> None:
    """A read does not make a session modified, and a write does."""
    visit = Visitor(site())
    assert visit(lambda session: (session.get("k"), session.modified)).answer == (None, False)
    assert visit(lambda session: (session.update(k=1), session.modified)).answer == (None, True)


def test_a_session_tells_that_it_was_accessed(site: Build) -> None:
    """Any use of `flask.session` marks the session as accessed, `in` and `len` too."""
    visit = Visitor(site())
    uses: list[Act] = [lambda session: session.get("k"), lambda session: "k" in session, len, list, bool]
    for use in uses:
        assert visit(lambda session: (use(session), session.accessed)[1]).answer is True  # noqa: B023 - called at once


def test_a_change_after_the_view_is_stored(site: Build) -> None:
    """The session is saved after all after_request functions."""
    app = site()

    @app.after_request
    def late(response: flask.Response) -> flask.Response:
        flask.session["late"] = 42
        return response

    visit = Visitor(app)
    assert visit(everything).answer == {}
    assert visit(everything).answer == {"late": 42}


def test_a_value_keeps_its_type(site: Build) -> None:
    """Values that JSON does not know, or that look like tags, come back as they were."""
    visit = Visitor(site())
    visit(lambda session: session.update(VALUES))
    back = visit(everything).answer
    assert back == VALUES
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in VALUES.items()}


class Money:
    """A value of an app's own."""

    def __init__(self, cents: int) -> None:
        self.cents = cents


class TagMoney(JSONTag):
    key = " money"

    def check(self, value: Any) -> bool:
        """Whether this tag is for the value."""
        return isinstance(value, Money)

    def to_json(self, value: Any) -> Any:
        """What JSON keeps of it."""
        return value.cents

    def to_python(self, value: Any) -> Any:
        """The value again."""
        return Money(value)


def test_an_app_can_tag_a_type_of_its_own(site: Build) -> None:
    """A tag that is registered with the interface's serializer is used."""
    app = site()
    interface: Any = app.session_interface
    if isinstance(interface, flask.sessions.SecureCookieSessionInterface):
        interface.serializer = TaggedJSONSerializer()  # Flask's is shared by all apps of the process
    interface.serializer.register(TagMoney)
    visit = Visitor(app)
    visit(put(price=Money(250)))
    assert visit(lambda session: session["price"].cents).answer == 250


def test_a_flash_marks_the_session_as_modified(site: Build) -> None:
    """Flashing modifies the session, again after the mark was taken off, and both messages are there."""
    with site().test_request_context():
        assert not flask.session.modified
        flash("one")
        flask.session.modified = False
        flash("two")
        assert flask.session.modified
        assert get_flashed_messages() == ["one", "two"]


def _flash_all(session: object) -> None:
    for category, message in MESSAGES:
        flash(message, category)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [message for _, message in MESSAGES]),
        ({"with_categories": True}, MESSAGES),
        ({"category_filter": ["message"], "with_categories": True}, MESSAGES[:1]),
        ({"category_filter": ["message", "warning"], "with_categories": True}, [MESSAGES[0], MESSAGES[2]]),
        ({"category_filter": ["message", "warning"]}, ["Saved", Markup("<i>Careful</i>")]),
    ],
)
def test_flashed_messages_reach_the_next_request_once(asked: dict[str, Any], expected: list[Any], site: Build) -> None:
    """Messages keep their category, their markup and their order, and are shown once."""
    visit = Visitor(site())
    visit(_flash_all)
    shown = visit(lambda session: get_flashed_messages(**asked)).answer
    assert shown == expected
    assert type(shown[-1]) is type(expected[-1])
    assert visit(lambda session: get_flashed_messages()).answer == []


def test_a_flash_inside_a_transaction_sends_its_signal(site: Build) -> None:
    """message_flashed is sent for a request that is made inside session_transaction."""
    app, heard = site(), list[tuple[str, str]]()
    visit = Visitor(app)

    def hear(sender: Flask, message: str, category: str) -> None:
        heard.append((message, category))

    with flask.message_flashed.connected_to(hear, app), visit.client.session_transaction():
        visit(lambda session: flash("Hello", "notice"))
    assert heard == [("Hello", "notice")]


def test_a_redirect_keeps_the_session(site: Build) -> None:
    """A session survives a redirect that the client follows, and can be looked at afterwards."""
    app = site()
    visit = Visitor(app)
    app.add_url_rule("/elsewhere", "elsewhere", lambda: str(flask.session.get("k")))
    with visit.client:
        visit(put(k="kept"))
        assert flask.session.get("k") == "kept"
        answer = visit(lambda session: redirect("/elsewhere"), follow_redirects=True)
        assert answer.response.text == "kept"
        assert flask.session.get("k") == "kept"
        for act in (nothing, lambda session: session.get("other")):  # it need not have been read by the view
            visit(act)
            assert flask.session["k"] == "kept"


def test_a_session_that_a_redirect_has_changed_is_the_last_one(site: Build) -> None:
    """After a followed redirect the client sees the session of the last request."""
    app = site()
    visit = Visitor(app)

    def elsewhere() -> str:
        flask.session["k"] = "later"
        return ""

    app.add_url_rule("/elsewhere", "elsewhere", elsewhere)
    with visit.client:
        visit(lambda session: (session.update(k="first"), redirect("/elsewhere"))[1], follow_redirects=True)
        assert flask.session["k"] == "later"


def test_a_transaction_changes_and_reads_the_session(site: Build) -> None:
    """A test may fill the session before a request and look at it after one."""
    visit = Visitor(site())
    with visit.client.session_transaction() as session:
        assert len(session) == 0
        session["numbers"] = [42]
        assert len(session) == 1
    assert visit(everything).answer == {"numbers": [42]}
    with visit.client.session_transaction() as session:
        assert len(session) == 1
        assert session["numbers"] == [42]


def test_a_transaction_keeps_the_request_in_progress(site: Build) -> None:
    """session_transaction leaves the context of a request as it is."""
    app = site()
    visit = Visitor(app)
    with app.test_request_context():
        before: Any = flask.request._get_current_object()  # type: ignore[attr-defined]
        visit(nothing)
        with visit.client.session_transaction():
            assert flask.request._get_current_object() is before  # type: ignore[attr-defined]


def test_a_transaction_needs_cookies(site: Build) -> None:
    """A client without cookies has no session to change."""
    client = site().test_client(use_cookies=False)
    with pytest.raises(TypeError, match="Cookies are disabled"), client.session_transaction():
        pass


def test_a_stream_reads_the_session(site: Build) -> None:
    """A generator with the context of its request reads what the view has stored."""

    def view(session: Any) -> flask.Response:
        session["k"] = "streamed"
        return flask.Response(stream_with_context(str(session["k"]) for _ in range(1)))

    visit = Visitor(site())
    assert visit(view).response.text == "streamed"
    assert visit(everything).answer == {"k": "streamed"}


def test_a_copied_context_has_the_session_of_its_request(site: Build) -> None:
    """A thread with a copy of the context sees what the request has stored so far."""
    seen: list[Any] = []

    def view(session: Any) -> None:
        session["k"] = "before"
        thread = Thread(target=flask.copy_current_request_context(lambda: seen.append(flask.session.get("k"))))
        thread.start()
        thread.join()

    Visitor(site())(view)
    assert seen == ["before"]


def test_a_url_converter_can_use_the_session(site: Build) -> None:
    """The session is open before the URL is matched."""
    app = site()
    visit = Visitor(app)

    class Mine(BaseConverter):
        def to_python(self, value: str) -> str:
            """The part of the URL, with what the session has."""
            return f"{value} {flask.session.get('k')}"

    app.url_map.converters["mine"] = Mine
    app.add_url_rule("/<mine:text>", "mine", lambda text: text)
    visit(put(k="blue"))
    assert visit.client.get("/sky").text == "sky blue"


def test_each_cookie_name_has_a_session_of_its_own(site: Build) -> None:
    """An interface may choose the cookie by the request, and gets two sessions."""
    app = site()
    interface = app.session_interface

    class ByQuery(type(interface)):  # type: ignore[misc]
        def get_cookie_name(self, app: Flask) -> str:
            """The usual one, or another for requests that ask for it."""
            return "other" if "other" in flask.request.args else str(super().get_cookie_name(app))

    interface.__class__ = ByQuery
    visit = Visitor(app)
    visit(put(k=1))
    visit(put(k=2), "/?other")
    assert visit(everything).answer == {"k": 1}
    assert visit(everything, "/?other").answer == {"k": 2}
