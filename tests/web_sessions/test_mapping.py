"""`flask.session` as a mapping: what it holds, what of it is sent to the store, and what it refuses."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from session_manager.model import MOST_KEYS
from session_manager.sessions.contract import Changes
from session_manager.web import session
from tests.web_sessions.sites import Site, set_cookies

VALUES: dict[str, Any] = {
    "text": 'quo"te, umläut, \U0001f600, \0 and \ud800',
    "number": -7,
    "float": 1.5,
    "yes": True,
    "nothing": None,
    "list": [1, [2, {"deep": [3]}]],
    "tuple": (1, (2, "x")),
    "bytes": b"\x00\xff",
    "uuid": uuid.UUID(int=7),
    "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "markup": Markup("<b>"),
    "dict": {"a": 1, " t": [1]},
    "looks tagged": {" t": [1]},
    "looks like a number": "1",
}


def assign(**values: Any) -> Any:
    """A view that assigns."""

    def view() -> None:
        session.update(values)

    return view


def test_values_come_back_as_they_were(site: Site, client: FlaskClient) -> None:
    """Each type of Flask's own sessions survives, under its own key."""
    site.visit(client, lambda: session.update(VALUES))
    found: dict[str, Any] = {}
    site.visit(client, lambda: found.update(session))
    assert found == VALUES
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in VALUES.items()}


def test_it_behaves_like_a_dictionary(site: Site, client: FlaskClient) -> None:
    """Membership, length, defaults, removal and listing are those of a dictionary, before and after saving."""
    site.visit(client, assign(a=1, b=2, c=3))

    def view() -> None:
        assert "a" in session
        assert "x" not in session
        assert session.get("x", 9) == 9
        assert session.setdefault("d", 4) == 4
        assert session.pop("a") == 1
        assert session.pop("a", None) is None
        del session["b"]
        assert "b" not in session
        assert dict(session) == {"c": 3, "d": 4} == session.copy()
        assert list(session) == ["c", "d"]
        assert len(session) == 2
        assert session == {"c": 3, "d": 4}
        assert bool(session)
        for missing in (lambda: session["b"], lambda: session.pop("b"), lambda: session.__delitem__("b")):
            with pytest.raises(KeyError):
                missing()

    site.visit(client, view)
    assert site.held(client) == {"c": "3", "d": "4"}


def test_a_request_that_uses_no_session_does_nothing(site: Site, client: FlaskClient) -> None:
    """No call of the store, no cookie and no `Vary`, also with a cookie that is sent along."""
    site.visit(client, assign(a=1))
    watched = site.watch()
    answer = site.visit(client, lambda: "page")
    assert watched.names() == []
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_a_read_writes_nothing(site: Site, client: FlaskClient) -> None:
    """It is one call, also of a value that could be changed in place, and of all of them."""
    site.visit(client, assign(a=[1], b=2))
    watched = site.watch()
    site.visit(client, lambda: str(session["a"]))
    site.visit(client, lambda: str(dict(session)))
    site.visit(client, lambda: str(session.get("x")))
    assert watched.names() == ["get_session"] * 3


def test_only_changed_keys_are_sent(site: Site, client: FlaskClient) -> None:
    """A key that is assigned the value that it has is sent only beside one with another."""
    site.visit(client, assign(a=1, b=[2], c=3))
    watched = site.watch()
    site.visit(client, assign(a=1, c=4))
    assert watched.calls[-1][1][1] == Changes({"a": "1", "c": "4"}, [], {})
    watched.calls.clear()
    site.visit(client, assign(a=1))
    assert watched.names() == ["get_session"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: session["cart"].append(3), "[1,2,3]"),
        (lambda: session["cart"].remove(2), "[1]"),
        (lambda: session.setdefault("cart", []).append(3), "[1,2,3]"),
        (lambda: session.get("cart").append(3), "[1,2,3]"),
        (lambda: [each.append(3) for each in session.values()], "[1,2,3]"),
    ],
)
def test_changes_inside_a_value_are_noticed(site: Site, client: FlaskClient, change: Any, expected: str) -> None:
    """Whichever way the value was reached, without `session.modified`."""
    site.visit(client, assign(cart=[1, 2]))
    site.visit(client, lambda: [change(), ""][1])
    assert site.held(client) == {"cart": expected}


def test_a_value_that_is_only_looked_at_is_no_change(site: Site, client: FlaskClient) -> None:
    """Also where its text would be another now: a dictionary whose keys were numbers."""
    site.visit(client, assign(numbers={1: "a", 2: "b", 10: "c"}))
    watched = site.watch()
    site.visit(client, lambda: str(session["numbers"]))
    assert watched.names() == ["get_session"]
    site.visit(client, lambda: session["numbers"].update({"1": "z"}))
    assert "z" in site.held(client)["numbers"]


def test_what_has_no_text_is_refused_where_it_is_assigned(site: Site, client: FlaskClient) -> None:
    """The error names the key, and the rest of the request is saved."""

    def view() -> str:
        session["good"] = 1
        with pytest.raises(TypeError, match=r"session\['bad'\] .* set"):
            session["bad"] = {"deep": {1, 2}}
        with pytest.raises(TypeError, match="is a int"):
            session[5] = 1  # type: ignore[index]
        return ""

    site.visit(client, view)
    assert site.held(client) == {"good": "1"}


def test_what_has_no_text_any_more_is_a_500_and_changes_nothing(
    site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A change in place is seen at the end: the log has the reason, and no key of the request is saved."""
    site.visit(client, assign(cart=[1]))

    def view() -> str:
        session["other"] = 1
        session["cart"].append(object())
        return "all is well"

    answer = site.visit(client, view)
    assert answer.status_code == 500
    assert b"all is well" not in answer.data
    assert "session['cart'] cannot be stored" in caplog.text
    assert site.held(client) == {"cart": "[1]"}


def test_a_test_of_an_app_gets_the_error_itself(site: Site, client: FlaskClient) -> None:
    """With `TESTING`, as errors of views do, also in a transaction of the test client."""
    site.app.testing = True
    with pytest.raises(TypeError, match="cannot be stored"):
        site.visit(client, lambda: session.setdefault("cart", []).append(object()))
    with pytest.raises(TypeError, match="cannot be stored"), client.session_transaction() as held:
        held.setdefault("cart", []).append(object())
    assert site.sessions.counts().store == 0


def test_too_many_keys_are_a_500_and_change_nothing(
    site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """In a session that is there, and in a new one, of which nothing is left."""
    many = {f"k{number}": number for number in range(MOST_KEYS + 1)}
    assert site.visit(client, assign(**many)).status_code == 500
    assert site.sessions.counts().store == 0
    site.visit(client, assign(a=1))
    assert site.visit(client, assign(**many)).status_code == 500
    assert site.held(client) == {"a": "1"}
    assert "limit" in caplog.text


def test_keys_are_text_that_every_store_keeps(site: Site, client: FlaskClient) -> None:
    """A key with NUL is refused at once; any other text will do."""

    def view() -> None:
        with pytest.raises(Exception, match="NUL"):
            session["a\0b"] = 1
        session["sp ace: ü"] = 1

    site.visit(client, view)
    assert site.held(client) == {"sp ace: ü": "1"}


def test_what_comes_after_the_response_is_an_error_and_not_lost(site: Site, client: FlaskClient) -> None:
    """A stream may read the session, add and take; an assignment there is an error, and would else vanish."""
    from flask import stream_with_context

    site.visit(client, assign(a=1, once="x"))
    errors: list[Exception] = []

    def stream() -> Any:
        yield str(session["a"])
        yield str(session.add("n"))
        yield str(session.take("once"))
        try:
            session["late"] = 1
        except RuntimeError as error:
            errors.append(error)

    answer = site.visit(client, lambda: stream_with_context(stream()))
    assert answer.text == "11x"
    assert "response has begun" in str(errors[0])
    assert site.held(client) == {"a": "1", "n": "1"}


def test_a_view_that_fails_saves_what_it_has_changed(site: Site, client: FlaskClient) -> None:
    """As with Flask's own sessions."""

    def view() -> None:
        session["a"] = 1
        raise LookupError

    assert site.visit(client, view).status_code == 500
    assert site.held(client) == {"a": "1"}


def test_hooks_of_a_request_may_use_the_session(site: Site, client: FlaskClient) -> None:
    """Before, after, and for HEAD and OPTIONS."""

    @site.app.before_request
    def before() -> None:
        session["before"] = session.get("before", 0) + 1

    @site.app.after_request
    def after(response: Any) -> Any:
        session["after"] = 1
        return response

    for method in ("GET", "HEAD", "OPTIONS"):
        assert site.visit(client, lambda: "", method=method).status_code == 200
    assert site.held(client) == {"before": "3", "after": "1"}


def test_a_transaction_of_the_test_client_reads_and_changes(site: Site, client: FlaskClient) -> None:
    """Tests of an app set up its session as they always do."""
    with client.session_transaction() as held:
        held["a"] = {"b": 1}
    with client.session_transaction() as held:
        assert held["a"] == {"b": 1}
        held["a"]["b"] = 2
    assert site.held(client) == {"a": '{"b":2}'}
    with client:
        site.visit(client, assign(c=3))
        assert session["c"] == 3


def test_tags_of_an_app_are_used(site: Site, client: FlaskClient) -> None:
    """As Flask's documentation says, by the interface's serializer."""
    from flask.json.tag import JSONTag

    class TagComplex(JSONTag):
        __slots__ = ()
        key = " c"

        def check(self, value: Any) -> bool:
            return isinstance(value, complex)

        def to_json(self, value: Any) -> Any:
            return [value.real, value.imag]

        def to_python(self, value: Any) -> Any:
            return complex(*value)

    interface: Any = site.app.session_interface
    interface.serializer.register(TagComplex)
    site.visit(client, assign(z=1 + 2j))
    assert site.visit(client, lambda: str(session["z"])).text == "(1+2j)"
    assert set_cookies(site.visit(client, lambda: "")) == []
