"""Apps with sessions whose views the tests write, and a real server for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from session_manager.model import SessionData
from session_manager.sessions.contract import Changes, WebSessions
from session_manager.web import Session
from session_manager.web.sessions import EXTENSION

View = Callable[[], Any]
PATIENCE = 20.0
"""Seconds after which a test that hangs is given up. Nothing waits that long when all is well."""


class Watched:
    """The sessions of an app, and each call that a request has made."""

    def __init__(self, sessions: WebSessions) -> None:
        self._sessions = sessions
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._sessions, name)

        def called(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if self.error is not None:
                raise self.error
            return method(*arguments)

        return called

    def names(self) -> list[str]:
        """Which methods were called since the last time."""
        found = [name for name, _ in self.calls]
        self.calls.clear()
        return found


class Site:
    """An app, whose views are given one by one.

    Args:
        config: of the app; `SESSION_STORE` is in memory if it is not there.
    """

    def __init__(self, **config: Any) -> None:
        self.app = Flask(__name__)
        self.app.config |= {"SESSION_STORE": "memory:", **config}
        Session(self.app)
        self._views: list[View] = []
        self.app.add_url_rule("/<int:number>", view_func=self._run, methods=["GET", "POST", "OPTIONS"])

    def _run(self, number: int) -> Any:
        answer = self._views[number]()
        return "" if answer is None else answer

    def path(self, view: View) -> str:
        """Where a view is."""
        self._views.append(view)
        return f"/{len(self._views) - 1}"

    def visit(self, client: FlaskClient, view: View, **options: Any) -> TestResponse:
        """A request that is answered by a view."""
        return client.open(self.path(view), **options)

    def browser(self) -> FlaskClient:
        """A client with cookies of its own."""
        return self.app.test_client()

    def twin(self, client: FlaskClient) -> FlaskClient:
        """Another client with the same cookie, as a second tab has it."""
        other = self.browser()
        sent = client.get_cookie("session")
        assert sent is not None
        other.set_cookie("session", sent.value)
        return other

    @property
    def store(self) -> Any:
        """The extension's store."""
        return self.app.extensions[EXTENSION]

    @property
    def sessions(self) -> WebSessions:
        """The sessions themselves."""
        found: WebSessions = self.store._store.sessions
        return found

    def watch(self) -> Watched:
        """From now on, note the calls that requests make."""
        watched, real = Watched(self.sessions), self.store._store
        self.store._store = type(real)(watched, real.records, real.claim)
        return watched

    def held(self, client: FlaskClient) -> dict[str, str]:
        """The texts that the store has for a client's session."""
        data = self.data(client)
        assert data is not None
        return data.metadata

    def data(self, client: FlaskClient) -> SessionData | None:
        """The client's session as the store has it; None if it has none."""
        cookie = client.get_cookie("session")
        return self.sessions.peek(cookie.value) if cookie is not None else None

    def change_elsewhere(self, client: FlaskClient, **values: str) -> None:
        """Another request changes keys."""
        cookie = client.get_cookie("session")
        assert cookie is not None
        self.sessions.change_session(cookie.value, Changes(values))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app behind a real server with a thread for each request. Gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads of their own, and wait for all. An error of one is raised."""
    answers: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            answers[number] = calls[number]()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a request hangs"
    if errors:
        raise errors[0]
    return answers


class Browser:
    """A client of a real server, with one cookie, which it sends along from several threads.

    Args:
        address: of the server.
    """

    def __init__(self, address: str) -> None:
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)
        self._address = address
        self.cookie = ""

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        """Visit a path, and keep the cookie that is set."""
        headers = {"Cookie": f"session={self.cookie}"} if self.cookie else {}
        answer = self._pool.request("GET", self._address + path, headers=headers, timeout=PATIENCE)
        for each in answer.headers.getlist("Set-Cookie"):
            self.cookie = each.partition(";")[0].partition("=")[2]
        return answer


def set_cookies(response: TestResponse | Response) -> list[str]:
    """The cookies that a response sets."""
    return response.headers.getlist("Set-Cookie")


def argument(name: str) -> str:
    """An argument of the request's query string."""
    return request.args[name]
