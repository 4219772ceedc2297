"""The port: what a manager needs of a database. One file per adapter, and one contract suite that runs over all.

Every call is atomic on its own. Nothing here spans two calls, and that is on purpose: what a manager makes of single
atomic steps is what the lab is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..model import Row, SessionError


@dataclass(slots=True)
class DatabaseDials:
    """How the database behaves.

    Attributes:
        latency: seconds between reading a row and handing it over. The row is read first and *then* arrives late:
            what makes an answer stale is that it was true when it was asked for.
    """

    latency: float = 0.010


class DatabaseUnavailable(SessionError):
    """The database did not answer as it should. Whether the call took effect is not known."""

    definite = False

    def __init__(self, error: BaseException | None) -> None:
        reason = (str(getattr(error, "orig", None) or error).strip() or type(error).__name__).splitlines()[0]
        super().__init__(f"The database refused or did not answer ({reason}). Whether it took effect is not known.")


class Database(Protocol):
    """Rows by session id. `DatabaseUnavailable` may come out of every call; whether it took effect is then unknown."""

    def insert(self, row: Row) -> None:
        """Add a row."""

    def read(self, session_id: str) -> Row | None:
        """The row as it is now, handed over `latency` seconds later."""

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
        """Mark a row as waiting for cleanup. From here on no `save` changes it. False if there was none to mark."""

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Mark a deleted row as given up, or take that mark back."""

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the row. False if it was gone already.

        Raises:
            CleanupFailed: the row is there, and the id has an odd length.
        """

    def purge(self, session_id: str) -> bool:
        """Remove the row without cleaning up after it. An administrator's last resort; never fails on odd ids."""

    def rows(self) -> Iterator[Row]:
        """Every row, at no latency."""

    def ids(self) -> set[str]:
        """The session ids of all rows."""

    def count(self) -> int:
        """How many rows there are, at a cost that does not depend on how many."""

    def clear(self) -> None:
        """Remove every row."""

    def close(self) -> None:
        """Give back what is held."""
