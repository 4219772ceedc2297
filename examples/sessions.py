"""A session manager to grade: its sessions in memory, their rows beside them, and one lock."""

import threading
from dataclasses import dataclass, field


class NoSuchSession(Exception):
    """There is no session of that id."""


@dataclass
class Session:
    """One session."""

    session_id: str
    user_id: str
    username: str
    access_count: int = 0
    metadata: dict = field(default_factory=dict)

    def copy(self):
        """Nothing is shared with it."""
        copied = Session(self.session_id, self.user_id, self.username, self.access_count)
        copied.metadata.update(self.metadata)
        return copied


@dataclass
class Stats:
    """The number of open sessions."""

    active_sessions: int = 0


class Sessions:
    """The ten methods. `refresh_from_database` gives up the lock between reading the row and using it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sessions, self._rows, self._waiting = {}, {}, []
        self._stats = Stats()

    def create_session(self, user_id, username):
        """Open a session."""
        with self._lock:
            session_id = f"s{len(self._rows) + 1}"
            self._sessions[session_id] = Session(session_id, user_id, username)
            self._rows[session_id] = self._sessions[session_id].copy()
            self._stats.active_sessions += 1
            return session_id

    def get_session(self, session_id):
        """A copy of it."""
        with self._lock:
            return self._find(session_id).copy()

    def update_session(self, session_id, key, value):
        """Set a key."""
        with self._lock:
            session = self._find(session_id)
            session.metadata[key] = value
            session.access_count += 1
            self._rows[session_id] = session.copy()

    def increment_access(self, session_id):
        """Count an access."""
        with self._lock:
            session = self._find(session_id)
            session.access_count += 1
            self._rows[session_id] = session.copy()
            return session.access_count

    def delete_session(self, session_id):
        """Close it; its row waits."""
        with self._lock:
            self._find(session_id)
            del self._sessions[session_id]
            self._stats.active_sessions -= 1
            self._waiting.append(session_id)

    def refresh_from_database(self, session_id):
        """Take what the row has."""
        with self._lock:
            self._find(session_id)
            row = self._rows[session_id].copy()
        with self._lock:
            self._find(session_id)
            self._sessions[session_id] = row

    def run_cleanup(self):
        """Remove the rows of closed sessions."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            for session_id in waiting:
                self._rows[session_id] = None
            return len(waiting)

    def get_stats(self):
        """A copy."""
        with self._lock:
            return Stats(self._stats.active_sessions)

    def get_active_count(self):
        """How many are open."""
        with self._lock:
            return len(self._sessions)

    def get_cleanup_queue_size(self):
        """How many rows wait."""
        with self._lock:
            return len(self._waiting)

    def _find(self, session_id):
        if session_id not in self._sessions:
            raise NoSuchSession(session_id)
        return self._sessions[session_id]
