"""Apps for the claims: over each of our stores, and the twins, over Flask's own session and over Flask-Session.

A claim is stated right if the twin that it was taken from passes the same test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask_session
import pytest
import redis
from cachelib.file import FileSystemCache
from flask import Flask, session
from flask.sessions import SessionMixin
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from session_manager.model import SessionError
from session_manager.sessions.contract import WebSessions
from session_manager.web import Session
from session_manager.web.sessions import EXTENSION

FLASK = "flask"
FLASK_SESSION = ["flask-session on files", "flask-session on redis"]
OURS = ["memory", "sqlite", "redis", "postgres"]
PREFIX = f"claims-{os.getpid()}:"
SECRET = "a secret of the tests"

Build = Callable[..., Flask]
"""Makes an app over one kind of store. Named arguments are configuration keys."""
Act = Callable[[Any], Any]
"""What a view does with `flask.session`."""


@contextmanager
def builder(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Build]:
    """Apps over one kind of store, which is empty at first and at the end."""
    with ExitStack() as at_the_end:

        def build(**config: Any) -> Flask:
            app = Flask("claims", root_path=str(folder))
            app.testing = True
            app.config.update(SECRET_KEY=SECRET, **config)
            if kind in OURS:
                app.config.setdefault("SESSION_STORE", _url(kind, request, folder))
                app.config.setdefault("SESSION_KEY_PREFIX", PREFIX)
                Session(app)
                at_the_end.callback(_clear, app)
            elif kind == FLASK_SESSION[0]:
                cache = FileSystemCache(str(folder / "flask-session"))
                app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cache)
                flask_session.Session(app)
            elif kind == FLASK_SESSION[1]:
                client = redis.from_url(_url("redis", request, folder))
                at_the_end.callback(client.close)
                at_the_end.callback(client.flushdb)
                app.config.update(SESSION_TYPE="redis", SESSION_REDIS=client)
                flask_session.Session(app)
            return app

        yield build


def _url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind in ("redis", "postgres"):
        return str(request.getfixturevalue(f"{kind}_server").url)
    return "memory:" if kind == "memory" else f"sqlite:///{folder}/sessions.db"


def _clear(app: Flask) -> None:
    with suppress(SessionError):  # of a test whose store is away
        store_of(app).clear()
    Session.stop(app)


def store_of(app: Flask) -> WebSessions:
    """Our store behind an app."""
    found: WebSessions = app.extensions[EXTENSION]()
    return found


def open_sessions(app: Flask) -> int:
    """How many sessions of our store are open."""
    store: Any = store_of(app)
    return len(store.census().sessions)


def rows(app: Flask) -> int:
    """How many sessions our store holds, those included that wait for cleanup."""
    store: Any = store_of(app)
    return open_sessions(app) + len(store.queued())


@dataclass
class Visit:
    """One request: what the view returned, as it is, and the response."""

    answer: Any
    response: TestResponse

    @property
    def cookie(self) -> str | None:
        """The header that sets the session's cookie, in lower case; None if there is none."""
        found = [each for each in self.response.headers.getlist("Set-Cookie") if each.startswith("session=")]
        assert len(found) <= 1
        return found[0].lower() if found else None


@dataclass
class Visitor:
    """A browser at an app. Calling it makes a request whose view does `act` with `flask.session`.

    Attributes:
        client: the browser.
        seen: what the views of the last call returned; several if there was a redirect.
    """

    app: Flask
    seen: list[Any] = field(default_factory=list)
    _act: Act | None = None

    def __post_init__(self) -> None:
        """A route that does whatever the test says."""
        self.client = self.app.test_client()
        self.app.add_url_rule("/", "act", self._view)

    def __call__(self, act: Act, url: str = "/", client: FlaskClient | None = None, **options: Any) -> Visit:
        """One request, from this browser or from another client of the app."""
        self._act = act
        self.seen.clear()
        response = (client or self.client).get(url, **options)
        return Visit(self.seen[0] if self.seen else None, response)

    def _view(self) -> Any:
        assert self._act is not None
        answer = self._act(session)
        self.seen.append(answer)
        return answer if isinstance(answer, self.app.response_class) else "done"


def put(**values: Any) -> Act:
    """A view that stores values."""

    def act(session: SessionMixin) -> None:
        for key, value in values.items():
            session[key] = value

    return act


def everything(session: SessionMixin) -> dict[str, Any]:
    """A view that returns what the session holds."""
    return dict(session)


def nothing(session: SessionMixin) -> None:
    """A view that has nothing to do with the session."""


def sid(session: Any) -> Any:
    """A view that returns the session's id."""
    return session.sid
