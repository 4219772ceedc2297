"""A session manager in plain threading, right with one lock; and what makes it wrong, bug by bug."""

from __future__ import annotations

from pathlib import Path

RIGHT = """
import threading
from dataclasses import dataclass, field, replace


class NoSuchSession(Exception):
    pass


@dataclass
class Session:
    session_id: str
    user_id: str
    username: str
    access_count: int = 0
    is_authenticated: bool = True
    metadata: dict = field(default_factory=dict)

    def copy(self):
        return replace(self, metadata=dict(self.metadata))


@dataclass
class Stats:
    active_sessions: int = 0


class Manager:
    def __init__(self):
        self._lock = threading.RLock()
        self._sessions, self._rows, self._queue, self._attempts = {}, {}, [], {}
        self._stats = Stats()
        self._next = 8

    def create_session(self, user_id, username):
        with self._lock:
            session_id = f"s{self._next}"
            self._next += 1
            self._sessions[session_id] = Session(session_id, user_id, username)
            self._rows[session_id] = self._sessions[session_id].copy()
            self._stats.active_sessions += 1
            return session_id

    def _find(self, session_id):
        if session_id not in self._sessions:
            raise NoSuchSession(session_id)
        return self._sessions[session_id]

    def get_session(self, session_id):
        with self._lock:
            return self._find(session_id).copy()

    def update_session(self, session_id, key, value):
        with self._lock:
            session = self._find(session_id)
            session.metadata[key] = value
            session.access_count += 1
            self._rows[session_id] = session.copy()

    def increment_access(self, session_id):
        with self._lock:
            count = self._find(session_id).access_count + 1
            self._find(session_id).access_count = count
            self._rows[session_id] = self._find(session_id).copy()
            return count

    def delete_session(self, session_id):
        with self._lock:
            self._find(session_id)
            del self._sessions[session_id]
            self._stats.active_sessions -= 1
            self._queue.append(session_id)

    def refresh_from_database(self, session_id):
        with self._lock:
            self._find(session_id)
            row = self._rows[session_id].copy()
            self._sessions[session_id] = row

    def run_cleanup(self):
        removed = 0
        with self._lock:
            for session_id in list(self._queue):
                if len(session_id) % 2:
                    self._attempts[session_id] = self._attempts.get(session_id, 0) + 1
                    if self._attempts[session_id] < 3:
                        continue
                else:
                    removed += 1
                self._queue.remove(session_id)
                del self._rows[session_id]
        return removed

    def get_stats(self):
        with self._lock:
            return replace(self._stats)

    def get_active_count(self):
        with self._lock:
            return len(self._sessions)

    def get_cleanup_queue_size(self):
        with self._lock:
            return len(self._queue)
"""
GAP = "        with self._lock:\n"
WRONG = {
    "lost update": ("            self._find(session_id).access_count = count\n", GAP),
    "stale overwrite": ("            self._sessions[session_id] = row\n", GAP),
    "leaking cleanup": (
        "                    if self._attempts[session_id] < 3:\n                        continue\n",
        "",
    ),
    "phantom delete": ("            self._stats.active_sessions -= 1\n", GAP),
    "phantom create": ("            self._stats.active_sessions += 1\n", GAP),
}
"""A line, and what comes before it: there the lock is given up for a moment."""
LEAKS = "                    continue\n"


def manager(folder: Path, *changes: tuple[str, str], name: str = "manager") -> Path:
    """A file with the manager, with some texts replaced.

    Args:
        folder: for the file.
        changes: what is replaced, and by what.
        name: of the module.
    """
    source = RIGHT
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return path


def wrong(folder: Path, bug: str) -> Path:
    """A file with the manager that has one of the bugs."""
    line, gap = WRONG[bug]
    return manager(folder, (line, gap + line if gap else LEAKS))
