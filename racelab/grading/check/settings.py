"""What a check is asked to do, and the columns that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

ColumnKey = Literal["increments", "keys", "keys_while_reading", "logout_read", "logout_write", "other_visitor", "rows"]
ProtocolName = Literal["auto", "routes", "module"]

COLUMNS: Final[Mapping[ColumnKey, str]] = {
    "increments": "acknowledged increments of one session that are missing",
    "keys": "acknowledged keys of one session that are missing",
    "keys_while_reading": "keys of one writer that are missing, while others only read",
    "logout_read": "logouts undone by a read in flight",
    "logout_write": "logouts undone by a write in flight",
    "other_visitor": "reads in which a visitor sees the data of another one",
    "rows": "sessions that the store still holds after they have expired",
}
"""Each column and what it counts, in the order of every table."""

LOADS: Final = ("increments", "keys", "keys_while_reading", "other_visitor")
"""The columns that run for a time; they share `Settings.seconds`."""
LOGOUTS: Final = ("logout_read", "logout_write")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is checked.

    Attributes:
        clients: requests in flight at one time.
        seconds: time for the four columns that run for a time, together. The controls (some 200 requests) and
            the logouts (up to 20 s for each column) take more.
        hold: milliseconds that the server waits between reading and writing a session; at most 1000.
        columns: those that are wanted; all of them if None, and then a missing route for `rows` is no gap.
        protocol: `routes` (the four of the snippets), `module` (the six of the Rust original), or `auto`: find out.
        patience: seconds that one request may take, beside its hold. Later its outcome is unknown.
    """

    clients: int = 8
    seconds: float = 10.0
    hold: int = 5
    columns: tuple[ColumnKey, ...] | None = None
    protocol: ProtocolName = "auto"
    patience: float = 5.0

    @property
    def wanted(self) -> tuple[ColumnKey, ...]:
        """The columns to fill, in the order of `COLUMNS`."""
        return tuple(key for key in COLUMNS if self.columns is None or key in self.columns)

    @property
    def share(self) -> float:
        """Seconds for each column that runs for a time."""
        return self.seconds / max(1, sum(key in LOADS for key in self.wanted))
