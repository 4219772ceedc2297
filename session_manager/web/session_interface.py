"""Flask's session interface over a store: makes `flask.session`, and saves it when a request ends."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, Request, Response
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin

from .open_store import OpenStore
from .session_ids import Ids
from .session_refusals import refusal_of, turn_into
from .session_tags import TagKeys
from .session_values import Values
from .stored_session import StoredSession


class StoreSessionInterface(SessionInterface):
    """See `flask.sessions.SessionInterface`. How the cookie looks is Flask's: the `SESSION_COOKIE_*` keys.

    Args:
        store: of the app.
        signed: whether the ids are signed.
        permanent: whether a session is permanent if nothing else was said.

    Attributes:
        serializer: may be given tags for types of an app's own, as Flask's documentation says.
    """

    def __init__(self, store: OpenStore, signed: bool, permanent: bool) -> None:
        self.serializer = TaggedJSONSerializer()
        self.serializer.register(TagKeys, index=0)
        self._store = store
        self._ids = Ids(signed)
        self._permanent = permanent
        self._values = Values(self.serializer)

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        """A session that has asked for nothing yet, neither the cookie nor the store."""
        return StoredSession(self._store, self._values, partial(self._claimed, app, request), self._permanent)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save what was changed, and send a cookie if one is needed. A request that used no session does nothing here.

        If it cannot be saved, the response is turned into the reason: see `session_refusals`.
        """
        if not isinstance(session, StoredSession):
            return
        if session.accessed or session.is_loaded:
            _vary(response)
        if session.refusal is not None:
            turn_into(response, session.refusal)  # once more: the app's hooks may have added a cookie
        elif session.is_loaded and not session.is_over:
            try:
                session.commit()
                self._set_cookie(app, session, response)
            except Exception as error:  # noqa: BLE001 - Flask would save again, and answer without a reason
                session.is_over = True
                self._refuse(app, session, response, error)
        session.is_over = True

    @staticmethod
    def regenerate(session: StoredSession) -> None:
        """As Flask-Session has it: `app.session_interface.regenerate(session)`."""
        session.regenerate()

    def _set_cookie(self, app: Flask, session: StoredSession, response: Response) -> None:
        told: dict[str, Any] = {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "httponly": self.get_cookie_httponly(app),
            "samesite": self.get_cookie_samesite(app),
            "partitioned": self.get_cookie_partitioned(app),
        }
        if session.sid is None:
            if session.was_cleared:
                response.delete_cookie(self.get_cookie_name(app), **told)
        elif (
            session.has_new_id
            or session.lives_otherwise
            or (session.permanent and self.should_set_cookie(app, session))
        ):
            expires = self.get_expiration_time(app, session)
            value = self._ids.write(app, session.sid)
            response.set_cookie(self.get_cookie_name(app), value, expires=expires, **told)

    def _claimed(self, app: Flask, request: Request) -> str | None:
        return self._ids.read(app, request.cookies.get(self.get_cookie_name(app)))

    @staticmethod
    def _refuse(app: Flask, session: StoredSession, response: Response, error: Exception) -> None:
        refusal = refusal_of(error, session.abandon(), session.has_acted)
        if refusal.status == 500 and _is_raised(app):
            raise error
        if refusal.status == 500:
            app.logger.error("The session of a request could not be saved.", exc_info=error)
        turn_into(response, refusal)


def _is_raised(app: Flask) -> bool:
    """Whether an error of the app is to reach its tests or the debugger, as Flask itself decides."""
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    return bool(app.testing or app.debug if propagate is None else propagate)


def _vary(response: Response) -> None:
    """`Vary: Cookie`, without parsing a header that is not there, and without the error that `in` makes of that."""
    if response.headers.getlist("Vary"):
        response.vary.add("Cookie")
    else:
        response.headers.add("Vary", "Cookie")
