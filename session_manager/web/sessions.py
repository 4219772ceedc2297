"""The Flask extension for web sessions: `Session(app)`, with the store in `app.config["SESSION_STORE"]`.

    app = Flask(__name__)
    app.config["SESSION_STORE"] = "redis://127.0.0.1:6379/0"
    Session(app)

`flask.session` then works as it does with Flask's own, and can do more: see `stored_session.StoredSession`.
"""

from __future__ import annotations

import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import flask
from flask import Flask, current_app, has_request_context

from ..model import SessionError, SessionNotFound
from ..sessions.stores import sessions_at
from .open_store import OpenStore
from .session_interface import StoreSessionInterface
from .session_refusals import answer, refusal_of
from .session_settings import read_session_settings
from .stored_session import StoredSession

EXTENSION = "session_manager_sessions"
session = cast(StoredSession, flask.session)
"""`flask.session` itself, for type checkers: they learn here what it can do more."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of a user, for a page that lists them. Times are UTC; `last_activity` is exact to a minute or so.

    The id is a secret: whoever has it has the session. Do not put it into a page; `current` tells a user's own apart.
    """

    sid: str
    login_time: datetime
    last_activity: datetime
    current: bool


class Session:
    """The extension. `Session(app)`, or `Session().init_app(app)`.

    Args:
        app: registered at once if given.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Give the app its sessions. Opens nothing: the first request that uses a session does.

        Raises:
            ValueError: a setting is missing or makes no sense.
            RuntimeError: the app has sessions already.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("This app has its sessions already. Call init_app once per app.")
        settings = read_session_settings(app.config)
        url = settings.store.replace("{instance}", app.instance_path)
        lifetime = app.permanent_session_lifetime.total_seconds()
        made = sessions_at(url, settings.key_prefix, lifetime, max_sessions=settings.max_sessions)
        store = OpenStore(made, settings.cleanup_interval)
        weakref.finalize(app, store.stop)
        app.extensions[EXTENSION] = store
        app.session_interface = StoreSessionInterface(store, settings.use_signer, settings.permanent)
        app.register_error_handler(SessionError, _refused)

    @staticmethod
    def start(app: Flask, patience: float = 0.0) -> None:
        """Open the store now, for a server that shall not start without it.

        Args:
            app: whose.
            patience: seconds to wait for another process that has the store and is about to end.

        Raises:
            SessionError: it cannot be opened; the sentence says why.
            RuntimeError: it is open.
        """
        _store_of(app).life.start(patience)

    @staticmethod
    def stop(app: Flask) -> None:
        """Close the store, when no request is in flight. It is also closed when the app is gone or Python ends."""
        _store_of(app).stop()


def list_sessions(user: str | int) -> list[OpenSession]:
    """The open sessions of a user, as given to `session.regenerate(user=...)`. Reading them renews none."""
    sessions = _store_of(current_app)()
    own = _own()
    mine = own.sid if own is not None else None
    found = [(session_id, sessions.peek(session_id)) for session_id in sessions.sessions_of(str(user))]
    return [
        OpenSession(session_id, data.login_time, data.last_activity, session_id == mine)
        for session_id, data in found
        if data is not None
    ]


def log_out_everywhere(user: str | int, keep: str | None = None) -> int:
    """End all sessions of a user now, also the one of this request. Returns how many were ended.

    A session that changes its id at the same time is found under the one or the other id: see
    `StoredSession.regenerate`. So the list is read again until nothing is left of it.

    Args:
        user: as given to `session.regenerate(user=...)`.
        keep: an id that is not ended: `session.sid`, after a new password for instance.
    """
    sessions, ended, own = _store_of(current_app)(), 0, _own()
    mine = own.sid if own is not None else None
    before: list[str] = []
    while (ids := [each for each in sessions.sessions_of(str(user)) if each != keep]) and ids != before:
        before = ids
        for session_id in ids:
            with suppress(SessionNotFound):
                sessions.close_session(session_id)
                ended += 1
        if own is not None and mine in ids and not own.is_over:  # a stream has sent its cookies
            own.clear()
    return ended


def _store_of(app: Flask) -> OpenStore:
    store = app.extensions.get(EXTENSION)
    if not isinstance(store, OpenStore):
        raise RuntimeError("This app has no sessions of session_manager. Call Session(app) first.")  # noqa: TRY004
    return store


def _own() -> StoredSession | None:
    """The session of the request in progress, if there is one."""
    found: Any = flask.session._get_current_object() if has_request_context() else None  # type: ignore[attr-defined]
    return found if isinstance(found, StoredSession) else None


def _refused(error: Exception) -> Any:
    """A step that acts at once has failed, and the view has not caught it."""
    own = _own()
    refusal = refusal_of(error) if own is None else refusal_of(error, own.has_new_id, own.has_acted)
    if refusal.status == 500:
        raise error
    if own is not None:
        own.abandon()
        own.refusal = refusal
    return answer(refusal)
