"""Every interleaving of giving a row up, retrying it and discarding it: mark, list and row agree at rest."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from session_manager import fixed
from session_manager.databases import Database
from session_manager.dead_letters import DeadLetters
from session_manager.model import Census, SessionNotFound, SessionStats
from session_manager.sync import Runtime

PROGRAMS = (
    # A late cycle and a retry; a retry and a discard.
    ["run_cleanup; get_active_count", "run_cleanup"],
    ["run_cleanup; get_active_count", "get_stats"],
)
WORLD: dict[str, Any] = {"sessions": ("s1", "odd"), "closed": ("odd",), "reduce": True}


class WithoutTheLock(DeadLetters):
    """Wrong on purpose: no lock spans the two steps."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._marks = nullcontext()  # type: ignore[assignment]


class Administered(fixed.SessionManager):
    """Gives a row up after one attempt, retries it with each count of sessions, and discards it with each statistics.

    A program can call the methods of the protocol only, so two of them do an administrator's work as well.
    """

    letters: type[DeadLetters] = DeadLetters

    def __init__(self, database: Database, runtime: Runtime) -> None:
        super().__init__(database, runtime, max_attempts=1, backoff=0.0)
        self._dead_letters = self.letters(database, runtime, self._tables, 10)

    def get_active_count(self) -> int:
        with suppress(SessionNotFound):
            self.retry_dead_letter("odd")
        return super().get_active_count()

    def get_stats(self) -> SessionStats:
        with suppress(SessionNotFound):
            self.discard_dead_letter("odd")
        return super().get_stats()

    def census(self) -> Census:
        """Asked for when nothing runs any more."""
        held = super().census()
        rows = self._database._rows.peek()  # type: ignore[attr-defined]
        assert sorted([*held.sessions, *held.queue, *held.dead_letters]) == sorted(rows)
        assert {name for name, row in rows.items() if row.dead} == set(held.dead_letters)
        return held


class AdministeredWithoutTheLock(Administered):
    letters = WithoutTheLock


@pytest.mark.exhaustive
def test_every_row_is_in_one_list_and_marked_so(explore: Explorer) -> None:
    """No interleaving leaves a row in two lists, in none, or with the wrong mark."""
    for program in PROGRAMS:
        explore.must_survive(program, Administered, **WORLD)
        assert "AssertionError" in explore(program, AdministeredWithoutTheLock, **WORLD).unsure, program
