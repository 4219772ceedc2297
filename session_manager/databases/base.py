"""The port: the methods that a manager needs of a database. One file per adapter, and one contract suite for all.

Every call is atomic on its own. Nothing here spans two calls, and that is on purpose: what a manager makes of single
atomic steps is what the lab is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..model import Row, SessionError
from .secrets import without_password


@dataclass(slots=True)
class DatabaseDials:
    """The behaviour of the database.

    Attributes:
        latency: seconds between reading a row and handing it over. The row is read first and *then* arrives late:
            so an answer may be stale when it arrives.
    """

    latency: float = 0.010


class CannotOpen(SessionError):
    """The database cannot be used at all: it cannot be reached, read or written, or it is not one of ours."""

    def __init__(self, place: object, error: BaseException) -> None:
        super().__init__(
            f"The sessions cannot be stored in {without_password(place)} ({_reason(error)}). Choose another folder, "
            "which is the app's instance_path (RACELAB_INSTANCE in the lab), or another database: "
            "SESSION_MANAGER_DATABASE=memory:// keeps the sessions in memory."
        )


class DatabaseUnavailable(SessionError):
    """The database refused or did not answer. The call may have taken effect."""

    definite = False

    def __init__(self, error: BaseException | None) -> None:
        super().__init__(
            f"The database refused or did not answer ({_reason(error)}). The change may have taken effect."
        )


class DatabaseGone(DatabaseUnavailable):
    """The file of the database is not the one that was opened."""

    def __init__(self, file: object) -> None:
        SessionError.__init__(
            self,
            f"The file {file} was removed, moved or replaced while this lab was running, so nothing more can be stored "
            "there. The change will be gone after a restart. Put the file back, or restart the lab.",
        )


def make_folder(folder: Path) -> None:
    """For its owner alone, if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _reason(error: BaseException | None) -> str:
    """The first line of what the system or the driver says."""
    said = getattr(error, "strerror", None) or getattr(error, "orig", None) or error
    return (str(said).strip() or type(error).__name__).splitlines()[0]


class Records(Protocol):
    """What cleanup removes, by session id. Every call may raise `DatabaseUnavailable`; its outcome is then unknown."""

    def open(self) -> None:
        """Make it ready. Before that no other call is allowed.

        Raises:
            CannotOpen: it cannot be used.
        """

    def read(self, session_id: str) -> Row | None:
        """The session as it is now, returned `latency` seconds later."""

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the row. False if it was removed already.

        Raises:
            CleanupFailed: the row is there, and the id has an odd length.
        """

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Mark a deleted row as a dead letter, or remove that mark."""

    def purge(self, session_id: str) -> bool:
        """Remove the row without cleanup, for an administrator; never fails on odd ids."""

    def ids(self) -> set[str]:
        """The session ids of all rows."""

    def count(self) -> int:
        """The number of rows, at constant cost."""

    def clear(self) -> None:
        """Remove every row."""

    def close(self) -> None:
        """Release all resources."""


class Database(Records, Protocol):
    """Rows for a manager that keeps its sessions in memory."""

    def insert(self, row: Row) -> None:
        """Add a row."""

    def save(self, row: Row, expected: int | None = None) -> bool:
        """Replace the row of a session that is not deleted.

        Args:
            row: what shall stand there.
            expected: only if the row still has this version (compare-and-set); None replaces whatever is there.

        Returns:
            Whether a row was replaced.
        """

    def save_access(
        self,
        session_id: str,
        access_count: int,
        last_activity: datetime,
        version: int | None = None,
        expected: int | None = None,
    ) -> bool:
        """Replace the two fields that counting an access changes, and the version if one is given. Else as `save`."""

    def mark_deleted(self, session_id: str) -> bool:
        """Mark a row as waiting for cleanup. From then on no `save` changes it. False if there is no such row."""

    def rows(self) -> Iterator[Row]:
        """Every row, at no latency."""
