"""What a manager and its database hold when nothing runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from session_manager.model import Row

from .history import SessionView


class RowView(NamedTuple):
    """A row: the session that it holds, and whether it is marked as deleted or as a dead letter."""

    session: SessionView
    deleted: bool = False
    dead: bool = False

    @classmethod
    def of(cls, row: Row) -> RowView:
        """The view of a row as a database returns it."""
        return cls(SessionView.of(row.data), row.deleted, row.dead)

    @property
    def marked(self) -> bool:
        """Whether it is marked at all, so that no restart opens the session again."""
        return self.deleted or self.dead


@dataclass(frozen=True, slots=True)
class AtRest:
    """The final state.

    Attributes:
        sessions: the store.
        rows: the database by session id; None for a manager that keeps no rows, which promises nothing about them.
        queue: the ids that wait for cleanup.
        dead_letters: the ids whose cleanup was given up.
        active: the number of open sessions according to the statistics.
    """

    sessions: Mapping[str, SessionView]
    rows: Mapping[str, RowView] | None
    queue: tuple[str, ...]
    dead_letters: tuple[str, ...]
    active: int
