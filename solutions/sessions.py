"""Who is logged in: a session is loaded, changed and stored in one step, and a logout comes before it or after it."""

import threading


class Sessions:
    def __init__(self):
        self._sessions = {}
        self._lock = threading.Lock()

    def login(self, key, user):
        with self._lock:
            self._sessions[key] = {"user": user}

    def logout(self, key):
        with self._lock:
            self._sessions.pop(key, None)

    def save(self, key, name, value):
        """Keep a value in a session; False if no user is logged in there."""
        with self._lock:
            session = self._load(key)
            if session is None:
                return False
            session[name] = value
            self._sessions[key] = session
            return True

    def read(self, key):
        """All that a session keeps; None if no user is logged in there."""
        with self._lock:
            return self._load(key)

    def _load(self, key):
        session = self._sessions.get(key)
        return None if session is None else dict(session)
