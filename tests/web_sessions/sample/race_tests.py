"""Two tabs of one browser at one moment. The shop fails these before the move, and passes them after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import session
from flask.testing import FlaskClient

from app import create_app


class Tabs:
    """Two tabs that share a cookie: what the second one does happens while a request of the first one runs."""

    def __init__(self) -> None:
        self.app = create_app()
        self.meanwhile: list[Callable[[], Any]] = []
        self.app.before_request(self._other_tab)
        self.first = self.app.test_client()

    def _other_tab(self) -> None:
        session.get("user")
        while self.meanwhile:
            self.meanwhile.pop()()

    def second(self) -> FlaskClient:
        """The other tab, with the cookie that the first one has now."""
        other, cookie = self.app.test_client(), self.first.get_cookie("session")
        assert cookie is not None
        other.set_cookie("session", cookie.value)
        return other


@pytest.fixture
def tabs() -> Tabs:
    """A browser that is logged in."""
    made = Tabs()
    made.first.post("/login", data={"name": "ann", "password": "secret-of-ann"})
    return made


def test_a_purchase_in_another_tab_is_kept(tabs: Tabs) -> None:
    second = tabs.second()
    tabs.meanwhile.append(lambda: second.post("/basket/tea"))
    tabs.first.post("/preferences", data={"theme": "dark"})
    shown = tabs.first.get("/").get_json()
    assert shown["theme"] == "dark"
    assert shown["basket"] == {"tea": 1}


def test_a_logout_in_another_tab_is_not_undone(tabs: Tabs) -> None:
    second, third = tabs.second(), tabs.second()
    tabs.meanwhile.append(lambda: second.post("/logout"))
    tabs.first.post("/preferences", data={"theme": "dark"})
    assert third.get("/").get_json()["user"] is None
