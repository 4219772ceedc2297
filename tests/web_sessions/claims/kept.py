"""What the store behind an app has, in ours and in Flask-Session alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from flask import Flask
from flask.sessions import SessionMixin

from tests.web_sessions.claims.sites import store_of

SHORT = {"PERMANENT_SESSION_LIFETIME": timedelta(seconds=1), "SESSION_CLEANUP_INTERVAL": 0.05}
PATIENCE = 20.0


def until(asked: Callable[[], object]) -> None:
    """Ask until it is so: the end of a lifetime is what is waited for."""
    deadline = time.monotonic() + PATIENCE
    while not asked():
        assert time.monotonic() < deadline


def kept_by_flask_session(app: Flask, session_id: str) -> dict[str, Any] | None:
    """What Flask-Session has stored for an id."""
    interface: Any = app.session_interface
    found = interface._retrieve_session_data(f"session:{session_id}")
    return cast("dict[str, Any] | None", found)


def kept_by_ours(app: Flask, session_id: str) -> dict[str, Any] | None:
    """What our store has for an id. Looking renews nothing."""
    found = store_of(app).peek(session_id)
    return None if found is None else {key: json.loads(text) for key, text in found.metadata.items()}


def kept(app: Flask, session_id: str) -> dict[str, Any] | None:
    """What is stored for an id, without the key that says whether the cookie outlives the browser."""
    known = kept_by_flask_session if hasattr(app.session_interface, "_retrieve_session_data") else kept_by_ours
    found = known(app, session_id)
    return found and {key: value for key, value in found.items() if key != "_permanent"}


def without_flag(session: SessionMixin) -> dict[str, Any]:
    """A view that returns what the app itself has put in."""
    return {key: value for key, value in session.items() if key != "_permanent"}
