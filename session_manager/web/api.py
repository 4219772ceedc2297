"""The HTTP example that came with the module: six routes, bound to one manager."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ..databases import DatabaseUnavailable
from ..model import (
    InjectedFault,
    Manager,
    RowChangedElsewhere,
    SessionData,
    SessionError,
    SessionNotFound,
    TooManyKeys,
    TooManySessions,
)
from .problems import json_object, problem

STATUS_OF: dict[type[SessionError], int] = {
    SessionNotFound: 404,
    RowChangedElsewhere: 409,
    InjectedFault: 500,
    DatabaseUnavailable: 503,
    TooManySessions: 503,
    TooManyKeys: 422,
}

QUEUE_WARNING = 1000
DIFFERENCE_WARNING = 10


MOST_NAME = 64
"""Characters in a user name or a key."""
MOST_TEXT = 1024
"""Characters in a password or a value."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class SessionApi:
    """The six routes.

    Args:
        manager: who answers.
    """

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def blueprint(self, name: str) -> Blueprint:
        """The routes under the paths of the module's example."""
        api = Blueprint(name, __name__)
        api.register_error_handler(SessionError, _failed)
        api.add_url_rule("/api/login", view_func=self.login, methods=["POST"])
        api.add_url_rule("/api/session/<session_id>", view_func=self.look, methods=["HEAD"])
        api.add_url_rule("/api/session/<session_id>", view_func=self.read)
        api.add_url_rule("/api/session/<session_id>/prefs", view_func=self.save, methods=["PUT"])
        api.add_url_rule("/api/logout/<session_id>", view_func=self.logout, methods=["DELETE"])
        api.add_url_rule("/api/stats", view_func=self.stats)
        api.add_url_rule("/health", view_func=self.health)
        return api

    def login(self) -> Response | tuple[Response, int]:
        """Open a session."""
        body = json_object()
        username = _text(body, "username", MOST_NAME)
        if not _text(body, "password", MOST_TEXT, may_be_empty=True):
            return jsonify(success=False, session_id=None, message="A password is needed."), 401
        session_id = self._manager.create_session(f"user_{username}", username)
        return jsonify(success=True, session_id=session_id, message=f"Welcome, {username}.")

    def look(self, session_id: str) -> Response:
        """The head of `read`. It counts no access."""
        return _answer(self._manager.get_session(session_id))

    def read(self, session_id: str) -> Response:
        """The session as it is, and one more access counted."""
        data = self._manager.get_session(session_id)
        self._manager.increment_access(session_id)
        return _answer(data)

    def save(self, session_id: str) -> Response:
        """Set one preference."""
        body = json_object()
        key = _text(body, "key", MOST_NAME)
        value = _text(body, "value", MOST_TEXT, may_be_empty=True)
        self._manager.update_session(session_id, key, value)
        return jsonify(success=True, message=f"Saved {key}.")

    def logout(self, session_id: str) -> Response:
        """Close the session."""
        self._manager.delete_session(session_id)
        return jsonify(success=True, message="Logged out.")

    def stats(self) -> Response:
        """The manager's reported statistics beside its actual counts."""
        reported, actual = self._manager.get_stats(), self._manager.get_active_count()
        return jsonify(
            total_sessions=reported.total_sessions,
            active_sessions_reported=reported.active_sessions,
            active_sessions_actual=actual,
            cache_hits=reported.cache_hits,
            cache_misses=reported.cache_misses,
            cleanup_queue_size=self._manager.get_cleanup_queue_size(),
            inconsistency_detected=reported.active_sessions != actual,
        )

    def health(self) -> Response:
        """The health of the manager. Reads without locks, so that it answers also during a deadlock."""
        held = self._manager.counts()
        warnings = {
            "memory_leak": held.queue > QUEUE_WARNING,
            "inconsistent_state": abs(held.statistics - held.store) > DIFFERENCE_WARNING,
        }
        return jsonify(
            status="degraded" if any(warnings.values()) else "healthy",
            warnings=warnings,
            metrics={
                "cleanup_queue_size": held.queue,
                "active_sessions": held.store,
                "reported_sessions": held.statistics,
            },
        )


def _answer(data: SessionData) -> Response:
    return jsonify(
        username=data.username,
        login_time=data.login_time.isoformat(),
        access_count=data.access_count,
        metadata=data.metadata,
    )


def _failed(error: SessionError) -> Response:
    known = (status for kind, status in STATUS_OF.items() if isinstance(error, kind))
    return problem(next(known, 503 if error.definite else 500), str(error), error.definite)


def _text(body: dict[str, Any], field: str, longest: int, may_be_empty: bool = False) -> str:
    """A text field of the body; 422 if it is missing, not text, empty, too long, or cannot be stored."""
    if field not in body:
        abort(422, f"The field {field!r} is missing.")
    value = body[field]
    if not isinstance(value, str):
        abort(422, f"The field {field!r} must be text.")
    if not value and not may_be_empty:
        abort(422, f"The field {field!r} must not be empty.")
    if len(value) > longest:
        abort(422, f"The field {field!r} may have at most {longest} characters; it has {len(value)}.")
    if _UNSTORABLE.search(value):
        abort(422, f"The field {field!r} holds a character that cannot be stored (NUL, or half a surrogate pair).")
    return value
