"""Two requests of one session, the second in the middle of the first, and how such requests end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import get_flashed_messages
from flask.testing import FlaskClient

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


def refused(answer: Any, partly: bool = False) -> None:
    """It is a 409 that says that nothing was changed, or only what was before, and sets no cookie."""
    assert answer.status_code == 409
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Cookie"
    assert set_cookies(answer) == []
    assert answer.json["definite"] is not partly
    assert ("stays" if partly else "nothing") in answer.json["detail"].lower()


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


ENDINGS: dict[str, View] = {
    "clear": lambda: session.clear(),  # noqa: PLW0108 - a proxy of the request
    "clear and login": lambda: in_turn(session.clear, lambda: session.update(user=5)),
    "regenerate": lambda: session.regenerate(),  # noqa: PLW0108
}
