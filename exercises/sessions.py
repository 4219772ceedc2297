"""Who is logged in, and what each session keeps.

What must never happen: a user logs out while another request of the same browser is under way, and is logged in again
when that request ends. Nor may one of two requests lose what it has saved, or save it
for another user, who has logged in meanwhile.
"""


class Sessions:
    def __init__(self):
        self._sessions = {}

    def login(self, key, user):
        self._sessions[key] = {"user": user}

    def logout(self, key):
        self._sessions.pop(key, None)

    def save(self, key, name, value):
        """Keep a value in a session; False if no user is logged in there."""
        session = self._load(key)
        if session is None:
            return False
        session[name] = value
        self._sessions[key] = session
        return True

    def read(self, key):
        """All that a session keeps; None if no user is logged in there."""
        return self._load(key)

    def _load(self, key):
        session = self._sessions.get(key)
        return None if session is None else dict(session)
