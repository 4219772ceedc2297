"""Sessions with a lock each; a closed one stays closed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


class Closed(Exception):
    pass


@dataclass(slots=True)
class Session:
    user: str
    values: dict = field(default_factory=dict)
    open: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class SessionStore:
    def __init__(self):
        self._sessions: dict[str, Session] = {}
        self._guard = threading.Lock()

    def start(self, user):
        with self._guard:
            session = self._sessions.get(user)
            if session is None:
                session = self._sessions[user] = Session(user)
            return session.user

    def change(self, user, key, by=1):
        session = self._find(user)
        with session.lock:
            if not session.open:
                raise Closed(user)
            session.values[key] = session.values.get(key, 0) + by
            return session.values[key]

    def end(self, user):
        with self._guard:
            session = self._sessions.pop(user, None)
        if session is None:
            return None
        with session.lock:
            session.open = False
            return dict(session.values)

    def _find(self, user):
        with self._guard:
            try:
                return self._sessions[user]
            except KeyError:
                raise Closed(user) from None
