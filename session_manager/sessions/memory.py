"""Web sessions in the memory of one process, over a database in memory or a SQL database: `fixed.py`, and what a web
session needs beside it.

Everything is done as `fixed.py` does it: under the session's own lock, the database first and memory second, with a
check of the row's version. So each method seems to happen at one instant, and one that comes after a close finds the
mark of it and raises `SessionNotFound`: nothing makes a session anew.

A session expires `lifetime` seconds after it was last changed or read. Whoever looks for one that has expired closes it
first, under its lock: then no call that began earlier can renew it after another was told that it is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .. import fixed
from ..databases import Database
from ..model import MOST_KEYS, Row, SessionData, TooManyKeys
from ..sync import RUNTIME, Guarded, Runtime
from ..tables import LiveSession
from .contract import Changes, SessionConflict
from .texts import check_amount, check_changes, check_texts, check_user, total


class WebSessions(fixed.SessionManager):
    """The fixed manager for web sessions. See `contract.WebSessions` for the methods.

    Args:
        database, runtime, max_sessions: as for the fixed manager. The dials of the database should be 0.
        lifetime: seconds until a session expires that nobody reads or changes.
        cache_ttl: seconds for which a read does not renew the expiry again.
    """

    def __init__(
        self,
        database: Database | None = None,
        runtime: Runtime = RUNTIME,
        cache_ttl: float = 60.0,
        max_sessions: int = 100_000,
        lifetime: float = 1_209_600.0,
    ) -> None:
        super().__init__(database, runtime, cache_ttl, max_sessions)
        self._users = runtime.lock("users", dict[str, set[str]]())
        self.lifetime = lifetime

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id.

        Raises:
            CannotStore: of one of the two.
        """
        check_user(user_id, username)
        return super().create_session(user_id, username)

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session. A read renews the expiry if that was not done for `cache_ttl` seconds.

        The database is not read again: this process alone changes the rows, and `_outdated` notices any other.
        """
        now = self._runtime.now()
        with self._find(session_id) as session:
            self._check_open(session)
            if (now - session.data.last_activity).total_seconds() > self.cache_ttl:
                self._renew(session, now)
            return session.data.copy()

    def change_session(self, session_id: str, changes: Changes) -> None:
        """Make all the changes or none, and renew the expiry. A key that is set and removed is set."""
        check_changes(changes)
        now = self._runtime.now()
        with self._find(session_id) as session:
            self._check_open(session)
            metadata = session.data.metadata
            for key, text in changes.read.items():
                if metadata.get(key) != text:
                    raise SessionConflict(key)
            changed = dict(metadata)
            for key in changes.removed:
                changed.pop(key, None)
            changed.update(changes.values)
            self._write(session, changed, now)

    def add(self, session_id: str, key: str, amount: int) -> int:
        """Add to a key's number, and return the sum."""
        amount = check_amount(key, amount)
        now = self._runtime.now()
        with self._find(session_id) as session:
            self._check_open(session)
            metadata = session.data.metadata
            result = total(key, metadata.get(key), amount)
            self._write(session, {**metadata, key: str(result)}, now)
        return result

    def take(self, session_id: str, key: str) -> str | None:
        """Remove a key and return its text: one of several callers gets it."""
        check_texts(key)
        now = self._runtime.now()
        with self._find(session_id) as session:
            self._check_open(session)
            left = dict(session.data.metadata)
            text = left.pop(key, None)
            if text is not None:
                self._write(session, left, now)
        return text

    def close_session(self, session_id: str) -> SessionData:
        """Close the session, and return its last data: nothing is acknowledged after that."""
        due = self._runtime.monotonic()
        with self._find(session_id) as session:
            self._check_open(session)
            self._database.mark_deleted(session_id)
            self._close(session, due)
            return session.data.copy()

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user, as they were at one instant.

        One that is listed and not in the store is being made or closed now. It is not left out: its successor may be
        missing in a list that is older, and then a logout everywhere would find neither of the two.
        """
        now = self._runtime.now()
        with self._users as users:
            ids = sorted(users.get(user_id, ()))
        held = [(session_id, self._sessions.get(session_id)) for session_id in ids]
        return [session_id for session_id, one in held if one is None or not self._expired(one.peek(), now)]

    def run_cleanup(self) -> int:
        """Close what has expired, and remove each row that is due. Returns how many rows were removed.

        Every session is looked at: a million of them cost 0.5 s in a cycle (measured), while requests go on. An order
        by expiry would cost something in every request.
        """
        now = self._runtime.now()
        oldest = now - timedelta(seconds=self.lifetime)
        for found in [each for each in list(self._sessions.values()) if each.peek().data.last_activity < oldest]:
            self._close_if_expired(found, now)
        return super().run_cleanup()

    def clear(self) -> None:
        """Delete everything. No other call may be running."""
        super().clear()
        with self._users as users:
            users.clear()

    def _find(self, session_id: str) -> Guarded[LiveSession]:
        """Every method comes by here, also those of the fixed manager."""
        found = super()._find(session_id)
        now = self._runtime.now()
        if self._expired(found.peek(), now):
            self._close_if_expired(found, now)
        return found

    def _close_if_expired(self, found: Guarded[LiveSession], now: datetime) -> None:
        due = self._runtime.monotonic()
        with found as session:
            if not session.closed and self._expired(session, now):  # nobody has renewed it meanwhile
                self._database.mark_deleted(session.data.session_id)
                self._close(session, due)

    def _expired(self, session: LiveSession, now: datetime) -> bool:
        return (now - session.data.last_activity).total_seconds() > self.lifetime

    def _write(self, session: LiveSession, metadata: dict[str, str], now: datetime) -> None:
        """Store the session with these keys, in the database and then in memory. The caller holds its lock.

        Args:
            metadata: belongs to the session from now on.
        """
        if len(metadata) > MOST_KEYS and len(metadata) > len(session.data.metadata):
            raise TooManyKeys(session.data.session_id)
        data = session.data.copy()
        data.metadata = metadata
        data.last_activity = now
        version = session.version + 1
        if not self._database.save(Row(data, version), expected=session.version):
            raise self._outdated(session)
        session.data = data
        session.version = version

    def _renew(self, session: LiveSession, now: datetime) -> None:
        data, version = session.data, session.version + 1
        if not self._database.save_access(data.session_id, data.access_count, now, version, session.version):
            raise self._outdated(session)
        data.last_activity = now
        session.version = version

    def _clean_up(self, session_id: str) -> bool:
        """Remove one row, whatever its id: that ids of odd length fail is a lesson of the module, not for the web."""
        removed = self._database.purge(session_id)
        with self._tables as tables:
            tables.queue.remove(session_id)
        return removed

    def _hold(self, row: Row) -> Guarded[LiveSession]:
        """A session is listed before it is in the store, and struck off after: so no open one is missing."""
        data = row.data
        with self._users as users:
            users.setdefault(data.user_id, set()).add(data.session_id)
        return super()._hold(row)

    def _close(self, session: LiveSession, due: float) -> None:
        super()._close(session, due)
        data = session.data
        with self._users as users:
            ids = users.get(data.user_id, set())
            ids.discard(data.session_id)
            if not ids:
                users.pop(data.user_id, None)
