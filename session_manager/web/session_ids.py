"""The id of a session in its cookie: as it is, or signed."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Flask
from itsdangerous import BadSignature, Signer

_ID = re.compile("[A-Za-z0-9_-]{16,64}")
"""What can be an id of ours. Anything else, such as a cookie of Flask's own, is not even looked for."""
NO_SECRET = (
    "SESSION_USE_SIGNER is true, and the app has no SECRET_KEY to sign with. Set SECRET_KEY, or leave the signer out: "
    "an id of 124 random bits cannot be guessed."
)


class Ids:
    """Reads and writes the cookie's value.

    Args:
        signed: whether the ids are signed with the app's SECRET_KEY. Those of SECRET_KEY_FALLBACKS are accepted too.
    """

    def __init__(self, signed: bool) -> None:
        self._signed = signed
        self._signer: tuple[object, Signer] | None = None

    def read(self, app: Flask, cookie: str | None) -> str | None:
        """The id in a cookie; None if there is none, or if its signature is wrong."""
        if cookie and self._signed:
            try:
                cookie = self._signer_of(app).unsign(cookie).decode("ascii", "replace")
            except BadSignature:
                return None
        return cookie if cookie and _ID.fullmatch(cookie) else None

    def write(self, app: Flask, session_id: str) -> str:
        """The cookie of an id."""
        return self._signer_of(app).sign(session_id).decode("ascii") if self._signed else session_id

    def _signer_of(self, app: Flask) -> Signer:
        """Made again when an app changes its keys."""
        secret, older = app.secret_key, app.config.get("SECRET_KEY_FALLBACKS") or ()
        if not secret:
            raise RuntimeError(NO_SECRET)
        keys: list[Any] = [*older, secret]  # the last one signs
        if self._signer is None or self._signer[0] != keys:
            signer = Signer(keys, salt="session_manager", key_derivation="hmac", digest_method=hashlib.sha256)
            self._signer = keys, signer
        return self._signer[1]
