"""What a web framework's session needs of its store, beside the methods of a manager."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..model import Manager, SessionData, SessionError


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of one session that are made together or not at all.

    Attributes:
        values: keys that are set, each with its new text.
        removed: keys that go; one that is not there changes nothing.
        read: keys that must still have these texts, None for a missing one. Otherwise nothing is changed.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[str] = ()
    read: Mapping[str, str | None] = field(default_factory=dict)


class SessionConflict(SessionError):
    """Somebody else has changed a key since it was read."""

    def __init__(self, key: str) -> None:
        super().__init__(f"Another request has changed {key[:64]!r} since this one read it. Nothing was changed.")
        self.key = key


class NotANumber(SessionError):
    """The value of a key that is to be counted is no whole number."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The value of {key[:64]!r} is no whole number of 64 bits. Nothing was changed.")
        self.key = key


class WebSessions(Manager, Protocol):
    """A fixed manager with the methods below. Each is one atomic step, and raises `SessionNotFound` without a session.

    Attributes:
        lifetime: seconds until a session expires that nobody reads or changes.
    """

    lifetime: float

    def change_session(self, session_id: str, changes: Changes) -> None:
        """Make all the changes, and renew the expiry. A session that is gone stays gone.

        Raises:
            SessionConflict: a key of `changes.read` has another text by now.
            TooManyKeys: it would have more than `MOST_KEYS` keys.
        """

    def add(self, session_id: str, key: str, amount: int) -> int:
        """Add to a key's number, 0 if it is missing, and return the sum, which no other caller gets for the same step.

        Raises:
            NotANumber: the text is no decimal number of 64 bits, or the sum is none.
            TooManyKeys: the key is new, and there is no room for it.
        """

    def take(self, session_id: str, key: str) -> str | None:
        """Remove a key and return its text: one of several callers gets it, the others None."""

    def close_session(self, session_id: str) -> SessionData:
        """Close the session as `delete_session` does, and return its last data: no acknowledged change is missing."""

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user."""
