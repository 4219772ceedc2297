"""Who is compared: the two managers, and what people use who do not want a session manager.

Each contender is a function that counts one access to a session and returns the new count.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from cachelib import SimpleCache
from cachetools import TTLCache

from session_manager import SessionData, State, ThreadRuntime, buggy, fixed
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import Row

Increment = Callable[[str], int]

RUNTIME = ThreadRuntime()


class EvenIds(ThreadRuntime):
    """A runtime whose session ids all have an even length, so that cleanup never fails."""

    def new_id(self) -> str:
        """32 random hexadecimal digits."""
        return secrets.token_hex(16)


class NoDatabase(MemoryDatabase):
    """Says yes and keeps nothing: what is left over is what the manager itself holds."""

    def insert(self, row: Row) -> None:
        """Forget it."""

    def save(self, row: Row, expected: int | None = None) -> bool:  # noqa: ARG002 - the port's signature
        """Pretend."""
        return True


class DictAndLock:
    """The least that is a session store: a dictionary, one lock around it, one short method."""

    def __init__(self, sessions: Iterable[SessionData]) -> None:
        self._lock = threading.Lock()
        self._sessions = {session.session_id: session for session in sessions}

    def increment(self, session_id: str) -> int:
        """Count one access, touch the session, return the count: what the managers do in memory."""
        now = datetime.now(UTC)
        with self._lock:
            session = self._sessions[session_id]
            session.access_count += 1
            session.last_activity = now
            return session.access_count


class BareDictAndLock:
    """A number behind a lock: no session, no clock. Nobody's session store; a floor to look down to."""

    def __init__(self, sessions: Iterable[SessionData]) -> None:
        self._lock = threading.Lock()
        self._counts = {session.session_id: 0 for session in sessions}

    def increment(self, session_id: str) -> int:
        """Count."""
        with self._lock:
            self._counts[session_id] += 1
            return self._counts[session_id]


class TTLCacheAndLock:
    """`cachetools`: not thread-safe by itself, its documentation says to put a lock around it."""

    def __init__(self, sessions: Iterable[SessionData]) -> None:
        self._lock = threading.Lock()
        self._cache: TTLCache[str, SessionData] = TTLCache(maxsize=100_000, ttl=3600)
        for session in sessions:
            self._cache[session.session_id] = session

    def increment(self, session_id: str) -> int:
        """Count one access in place. The session's life is not renewed: that would be one more call, and slower."""
        now = datetime.now(UTC)
        with self._lock:
            session = self._cache[session_id]
            session.access_count += 1
            session.last_activity = now
            return session.access_count


class SimpleCacheAndLock:
    """`cachelib`, which Flask-Session and Flask-Caching stand on: hands out copies, so get, change and set."""

    def __init__(self, sessions: Iterable[SessionData]) -> None:
        self._lock = threading.Lock()
        self._cache = SimpleCache(threshold=100_000, default_timeout=3600)
        for session in sessions:
            self._cache.set(session.session_id, session)

    def increment(self, session_id: str) -> int:
        """Count one access: its own `inc` reads and writes without a lock."""
        now = datetime.now(UTC)
        with self._lock:
            session: SessionData = self._cache.get(session_id)
            session.access_count += 1
            session.last_activity = now
            self._cache.set(session_id, session)
            return session.access_count


def new_fixed(runtime: ThreadRuntime = RUNTIME, database: MemoryDatabase | None = None) -> fixed.SessionManager:
    """The fixed manager over an in-memory database, with all dials down."""
    return fixed.SessionManager(database or MemoryDatabase(runtime, DatabaseDials(0)), runtime, max_sessions=2_000_000)


def new_buggy(runtime: ThreadRuntime = RUNTIME) -> buggy.SessionManager:
    """The buggy one, likewise, with a state of its own."""
    database = MemoryDatabase(runtime, DatabaseDials(0))
    return buggy.SessionManager(database, State.private(runtime), runtime, max_sessions=2_000_000)


def contenders(sessions: int) -> dict[str, tuple[Increment, list[str]]]:
    """Every contender by name: its increment, and the ids of the sessions it holds."""
    found: dict[str, tuple[Increment, list[str]]] = {}
    for name, manager in (("fixed", new_fixed()), ("buggy", new_buggy())):
        ids = [manager.create_session(f"user_{n}", f"visitor {n}") for n in range(sessions)]
        found[name] = (manager.increment_access, ids)
    models = [manager.get_session(session_id) for session_id in ids]
    for name, store in (
        ("dict+Lock", DictAndLock),
        ("bare dict+Lock", BareDictAndLock),
        ("TTLCache+Lock", TTLCacheAndLock),
        ("SimpleCache+Lock", SimpleCacheAndLock),
    ):
        found[name] = (store(replace(model) for model in models).increment, ids)
    return found
