"""What an operator reads afterwards: one JSON object a line, with pseudonyms in place of session ids; or nothing."""

from __future__ import annotations

import json
import logging
import os
import secrets
import threading
from datetime import UTC, datetime
from hashlib import blake2b

DIGITS = 12
log = logging.getLogger(__name__)

KEY_BYTES = 32
MOST_KEY = 64
"""Bytes of a key of BLAKE2."""


class AsJson(logging.Formatter):
    """One line; what an event tells beside its name is in `told`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one event."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg,
            "worker": os.getpid(),
            "thread": threading.current_thread().name,
        }
        return json.dumps({**line, **vars(record)["told"]}, ensure_ascii=False)


class Events:
    """The log of one app. Its logger belongs to it alone, so that apps of one process do not write each other's.

    Args:
        kind: `json`, or empty for silence.
        key: of the pseudonyms; without one they differ after each start.

    Raises:
        ValueError: there is no such log, or the key is too long.
    """

    def __init__(self, kind: object = "", key: object = "") -> None:
        if kind not in ("", "json"):
            raise ValueError(f"LOG must be 'json', or empty for no log; got {kind!r}.")
        self._key = str(key).encode() or secrets.token_bytes(KEY_BYTES)
        if len(self._key) > MOST_KEY:
            raise ValueError(f"LOG_KEY may have at most {MOST_KEY} bytes; it has {len(self._key)}.")
        self.on = kind == "json"
        self._log = logging.Logger("racelab.events", logging.INFO)  # noqa: LOG001 - a registered one is shared by apps
        if self.on:
            handler = logging.StreamHandler()
            handler.setFormatter(AsJson())
            self._log.addHandler(handler)

    def pseudonym(self, session_id: str) -> str:
        """The same for the same session, and no way back to its id."""
        return blake2b(session_id.encode(errors="replace"), key=self._key).hexdigest()[:DIGITS]

    def tell(self, level: int, event: str, variant: str | None = None, session: str = "", **more: object) -> None:
        """Write one line.

        Args:
            level: of the standard library's logging.
            event: its name.
            variant: of the manager, if it is about one.
            session: an id; its pseudonym is written.
            more: further fields. They must hold no session id.
        """
        if self.on:
            told = {"variant": variant, "session": self.pseudonym(session) if session else None, **more}
            self._log.log(level, event, extra={"told": told})

    def say(self, level: int, event: str, sentence: str, **more: object) -> None:
        """Write one line in any case: the sentence, where no JSON was asked for.

        Args:
            level: of the standard library's logging.
            event: its name in JSON.
            sentence: the same for a reader.
            more: see `tell`.
        """
        if self.on:
            self.tell(level, event, None, "", **more)
        else:
            log.log(level, sentence)
