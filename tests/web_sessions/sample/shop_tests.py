"""The tests of the shop, as its developers wrote them. They are run before the move and after it, as they are."""

from __future__ import annotations

from typing import Any

import pytest
from flask import session
from flask.testing import FlaskClient

from app import create_app


@pytest.fixture
def client() -> FlaskClient:
    """A browser."""
    app = create_app()
    app.testing = True
    return app.test_client()


def home(client: FlaskClient) -> Any:
    """What the page shows."""
    return client.get("/").get_json()


def log_in(client: FlaskClient, name: str = "ann", **more: str) -> Any:
    """Log in, and what the page shows then."""
    data = {"name": name, "password": f"secret-of-{name}", **more}
    return client.post("/login", data=data, follow_redirects=True).get_json()


def test_a_new_visitor_has_nothing(client: FlaskClient) -> None:
    assert home(client) == {"user": None, "basket": {}, "total": 0, "theme": "light", "messages": []}


def test_a_login_is_remembered(client: FlaskClient) -> None:
    shown = log_in(client)
    assert shown["user"] == "ann"
    assert shown["messages"] == [["message", "Welcome, ann."]]
    assert home(client)["user"] == "ann"


def test_a_wrong_password_is_told_once(client: FlaskClient) -> None:
    shown = client.post("/login", data={"name": "ann", "password": "x"}, follow_redirects=True).get_json()
    assert shown["user"] is None
    assert shown["messages"] == [["error", "That is not the password."]]
    assert home(client)["messages"] == []


def test_a_logout_leaves_nothing(client: FlaskClient) -> None:
    log_in(client)
    client.post("/basket/tea")
    client.post("/logout")
    assert home(client) == {"user": None, "basket": {}, "total": 0, "theme": "light", "messages": []}


def test_a_logout_removes_the_cookie(client: FlaskClient) -> None:
    log_in(client)
    assert client.get_cookie("session") is not None
    client.post("/logout")
    assert client.get_cookie("session") is None


def test_two_visitors_have_two_sessions(client: FlaskClient) -> None:
    other = client.application.test_client()
    log_in(client)
    log_in(other, "bob")
    client.post("/basket/cup")
    assert (home(client)["user"], home(other)["user"]) == ("ann", "bob")
    assert (home(client)["basket"], home(other)["basket"]) == ({"cup": 1}, {})


def test_the_basket_counts(client: FlaskClient) -> None:
    for item in ("tea", "tea", "cup", "tea"):
        client.post(f"/basket/{item}")
    shown = home(client)
    assert shown["basket"] == {"tea": 3, "cup": 1}
    assert shown["total"] == 3 * 450 + 900


def test_an_item_can_be_taken_out(client: FlaskClient) -> None:
    client.post("/basket/tea")
    client.post("/basket/pot")
    assert client.post("/basket/tea/remove").status_code == 302
    assert home(client)["basket"] == {"pot": 1}
    assert client.post("/basket/tea/remove").status_code == 404


def test_what_is_not_sold_changes_nothing(client: FlaskClient) -> None:
    client.post("/basket/tea")
    assert client.post("/basket/car").status_code == 404
    assert home(client)["basket"] == {"tea": 1}


def test_the_basket_survives_the_login(client: FlaskClient) -> None:
    client.post("/basket/cup")
    assert log_in(client)["basket"] == {"cup": 1}


def test_the_messages_are_collected(client: FlaskClient) -> None:
    client.post("/basket/tea")
    client.post("/basket/cup")
    assert home(client)["messages"] == [["message", "One tea more."], ["message", "One cup more."]]


def test_preferences_stay(client: FlaskClient) -> None:
    client.post("/preferences", data={"theme": "dark"})
    assert home(client)["theme"] == "dark"
    assert home(client)["theme"] == "dark"


def test_an_order_needs_a_login(client: FlaskClient) -> None:
    client.post("/basket/tea")
    shown = client.post("/orders", follow_redirects=True).get_json()
    assert ["error", "Log in first."] in shown["messages"]
    assert shown["basket"] == {"tea": 1}


def test_an_order_empties_the_basket(client: FlaskClient) -> None:
    log_in(client)
    client.post("/basket/tea")
    shown = client.post("/orders", follow_redirects=True).get_json()
    assert shown["basket"] == {}
    assert shown["user"] == "ann"
    assert client.post("/orders").status_code == 400


def test_who_wants_to_be_remembered_gets_a_cookie_that_stays(client: FlaskClient) -> None:
    log_in(client, remember="yes")
    remembered = client.get_cookie("session")
    assert remembered is not None
    assert remembered.expires is not None


def test_all_others_get_one_that_ends_with_the_browser(client: FlaskClient) -> None:
    log_in(client)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.expires is None


def test_a_page_without_the_session_can_be_cached(client: FlaskClient) -> None:
    assert "Vary" not in client.get("/about").headers
    assert client.get("/").headers["Vary"] == "Cookie"


def test_a_test_can_fill_the_session(client: FlaskClient) -> None:
    with client.session_transaction() as filled:
        filled["user"] = "bob"
        filled["basket"] = {"pot": 2}
    assert home(client)["total"] == 5200


def test_a_test_can_look_at_the_session(client: FlaskClient) -> None:
    with client:
        client.post("/basket/tea")
        assert session["basket"] == {"tea": 1}
        client.post("/preferences", data={"theme": "dark"})
        assert dict(session)["theme"] == "dark"
