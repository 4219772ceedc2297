"""A session, the methods of a manager, and the errors of an operation.

Imports nothing else of this package: every other room stands on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

MOST_KEYS = 100
"""The maximum number of metadata keys of a session: every change copies them all."""

MOST_ATTEMPTS = 3
"""Cleanup attempts before a row becomes a dead letter. A row that waits after more attempts is stuck."""


@dataclass(slots=True)
class SessionData:
    """One user's session, as the application sees it. Times are UTC."""

    session_id: str
    user_id: str
    username: str
    login_time: datetime
    last_activity: datetime
    access_count: int = 0
    is_authenticated: bool = True
    metadata: dict[str, str] = field(default_factory=dict)

    def with_key(self, key: str, value: str) -> SessionData:
        """A copy in which the key has that value.

        Raises:
            TooManyKeys: the session has `MOST_KEYS` keys already.
        """
        if key not in self.metadata and len(self.metadata) >= MOST_KEYS:
            raise TooManyKeys(self.session_id)
        data = self.copy()
        data.metadata[key] = value
        return data

    def copy(self) -> SessionData:
        """A deep copy. Written out: `dataclasses.replace` costs six times as much."""
        return SessionData(
            self.session_id,
            self.user_id,
            self.username,
            self.login_time,
            self.last_activity,
            self.access_count,
            self.is_authenticated,
            dict(self.metadata),
        )


@dataclass(slots=True)
class CachedSession:
    """A session held in memory. `cache_time` and `last_db_sync` are seconds on the runtime's monotonic clock."""

    data: SessionData
    cache_time: float
    last_db_sync: float
    version: int = 1


@dataclass(slots=True)
class SessionStats:
    """Counters that a manager keeps about itself."""

    total_sessions: int = 0
    active_sessions: int = 0
    failed_cleanups: int = 0
    cache_hits: int = 0
    cache_misses: int = 0

    def clear(self) -> None:
        """Reset all counters."""
        self.total_sessions = self.active_sessions = self.failed_cleanups = self.cache_hits = self.cache_misses = 0

    def copy(self) -> SessionStats:
        """A copy of the counters."""
        return SessionStats(
            self.total_sessions, self.active_sessions, self.failed_cleanups, self.cache_hits, self.cache_misses
        )


@dataclass(slots=True)
class Row:
    """A session in the database, the system of record.

    `deleted` marks a row that waits for cleanup, `dead` one whose cleanup was given up. Only a manager that has
    to survive a restart writes these two; the module as seeded keeps them in memory alone.
    """

    data: SessionData
    version: int = 1
    deleted: bool = False
    dead: bool = False

    def copy(self) -> Row:
        """A deep copy."""
        return Row(self.data.copy(), self.version, self.deleted, self.dead)


def cannot_be_removed(session_id: str) -> bool:
    """The cleanup failure of the Rust original: the rows of sessions whose id has an odd length cannot be removed."""
    return len(session_id) % 2 == 1


@dataclass(slots=True, frozen=True)
class DeadLetter:
    """A deleted session whose row could not be cleaned up after the last attempt."""

    session_id: str
    attempts: int
    since: datetime


@dataclass(slots=True, frozen=True)
class Counts:
    """The counts of a manager, read without its locks: each is exact, together they may be inconsistent."""

    store: int
    statistics: int
    queue: int
    dead_letters: int
    oldest_queued: str | None


@dataclass(slots=True, frozen=True)
class Census:
    """The whole state of a manager at rest, read without its locks; the cost grows with the state."""

    sessions: dict[str, SessionData]
    queue: list[str]
    dead_letters: list[str]
    stats: SessionStats


class Manager(Protocol):
    """The ten methods of the Rust original and one of ours, and the methods to run and observe a manager.

    Every method that names a session raises `SessionNotFound` if there is none.
    """

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id."""

    def get_session(self, session_id: str) -> SessionData:
        """A copy of the session; one past its TTL is refreshed from the database first."""

    def update_session(self, session_id: str, key: str, value: str) -> None:
        """Set one metadata key, count one access and touch the session."""

    def increment_access(self, session_id: str) -> int:
        """Count one access and return the new count, which no other caller gets."""

    def revoke_session(self, session_id: str) -> None:
        """An administrator withdraws `is_authenticated`: the session stays open and is no longer trusted."""

    def delete_session(self, session_id: str) -> None:
        """Close the session; its row waits for cleanup."""

    def refresh_from_database(self, session_id: str) -> None:
        """Read the session's row and bring the copy in memory up to date."""

    def run_cleanup(self) -> int:
        """One cleanup cycle over the rows of deleted sessions. Returns how many rows it removed."""

    def get_stats(self) -> SessionStats:
        """A copy of the counters."""

    def get_active_count(self) -> int:
        """The number of sessions in the store."""

    def get_cleanup_queue_size(self) -> int:
        """The number of deleted sessions that wait for cleanup."""

    def recover(self) -> int:
        """Take over the rows of an earlier process. Returns the number of sessions that are open again."""

    def counts(self) -> Counts:
        """The counts of the manager, without its locks and at constant cost."""

    def queued(self) -> list[str]:
        """The ids that wait for cleanup, without locks."""

    def peek(self, session_id: str) -> SessionData | None:
        """A copy of a session as it is in memory, without locks; None if there is none."""

    def census(self) -> Census:
        """The whole state of the manager."""

    def clear(self) -> None:
        """Delete all sessions and rows. No other call may be running."""


@runtime_checkable
class KeepsDeadLetters(Protocol):
    """A manager that gives a row up after some attempts, and lets an administrator decide."""

    def dead_letters(self) -> list[DeadLetter]:
        """The deleted sessions whose cleanup was given up, oldest first."""

    def retry_dead_letter(self, session_id: str) -> None:
        """Put a dead letter back into the queue, with all its attempts left."""

    def discard_dead_letter(self, session_id: str) -> None:
        """Remove a dead letter's row without cleaning up after it, and forget it."""


class SessionError(Exception):
    """An operation did not succeed. `definite` is true when it certainly changed nothing."""

    definite = True


class SessionNotFound(SessionError):
    """There is no such session."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"No session {session_id[:64]!r}: it was deleted, or it never existed. Nothing was changed.")


class RowChangedElsewhere(SessionError):
    """The session's row is not the one that this process wrote last."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"Session {session_id!r} was changed by another process, or by an earlier call of unknown outcome. "
            "Nothing was changed by this call; try again."
        )


class TooManySessions(SessionError):
    """The limit on sessions, open or waiting for cleanup, is reached."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"There are {most} sessions, open or waiting for cleanup; this is the limit. Nothing was changed."
        )


class TooManyKeys(SessionError):
    """The limit on metadata keys is reached."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"Session {session_id!r} has {MOST_KEYS} keys; this is the limit. Nothing was changed; reuse a key."
        )


class CleanupFailed(SessionError):
    """The database refused to remove a row."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"The row of session {session_id!r} could not be removed: ids of odd length fail, as in the module. "
            "It is still there."
        )


class InjectedFault(SessionError):
    """The fault dial killed an operation after it released a lock. Its completed steps are not undone."""

    definite = False

    def __init__(self, lock: str) -> None:
        super().__init__(
            f"An injected fault killed the operation after it released the lock {lock!r}. It may have taken effect."
        )
