"""Journals, their merger and the ledgers that it feeds, for the tests."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pytest

from racelab.promises import journal, merge
from racelab.promises import journal_format as form
from racelab.promises.history import History
from racelab.promises.journal import Journal
from racelab.promises.ledger import Ledger, Totals
from racelab.promises.merge import Merger
from racelab.promises.promise import Promise
from tests.instrument.labs import until

VARIANTS = ("buggy", "fixed")

_journals: list[Journal] = []
_judges: list[Judge] = []


def started(folder: Path, **bounds: int) -> Journal:
    """A journal of this process, closed at the end of the test."""
    _journals.append(Journal(folder, **bounds))
    return _journals[-1]


def close_all() -> None:
    """Close all journals; their readers let go of the files."""
    while _journals:
        _journals.pop().close()
    while _judges:
        _judges.pop().read()


class Judge:
    """A merger with a ledger for each variant, and a history if that is wanted."""

    def __init__(self, folder: Path, history: bool = False) -> None:
        self.ledgers = {variant: Ledger(history=History() if history else None) for variant in VARIANTS}
        self.merger = Merger(folder, self.ledgers)
        self.entered = 0
        _judges.append(self)

    @property
    def buggy(self) -> Ledger:
        return self.ledgers["buggy"]

    def read(self) -> int:
        """One read, counted."""
        count = self.merger.read()
        self.entered += count
        return count

    def settle(self) -> Judge:
        """Read until all that was written before this call is entered."""
        until(lambda: (self.read(), self.merger.settled())[1], "the merger to settle")
        return self

    def reaches(self, records: int) -> Judge:
        """Read until so many records are entered, while calls are open."""
        until(lambda: (self.read(), self.entered >= records)[1], f"{records} records")
        assert self.entered == records
        return self


def nothing_more_is_entered(judge: Judge) -> None:
    """For longer than the margin, every read enters nothing."""
    begun = time.monotonic_ns()
    while time.monotonic_ns() < begun + 5 * merge.MARGIN_NS:
        assert (judge.read(), judge.merger.settled()) == (0, False)


class Account(NamedTuple):
    """What a ledger holds, without its times."""

    promises: dict[str, Promise]
    totals: Totals
    cleanup: tuple[int, dict[str, int]]
    tried: tuple[int, int, int]


def account(ledger: Ledger) -> Account:
    promises = {session: replace(promise, closed_at=0.0) for session, promise in ledger.promises().items()}
    return Account(promises, replace(ledger.totals(), last_end=0.0), ledger.cleanup(), ledger.tried())


def files(folder: Path) -> list[str]:
    """The ends of the names of all files in the folder."""
    return sorted(path.suffix for path in folder.iterdir())


@dataclass
class Clock:
    """A monotonic clock that stands still. It is put in the place of the module `time` of the writer."""

    now: int

    def monotonic_ns(self) -> int:
        return self.now


def written_at(monkeypatch: pytest.MonkeyPatch, now: int) -> Clock:
    """What journals write from now on has this time."""
    clock = Clock(now)
    monkeypatch.setattr(journal, "time", clock)
    return clock


def segment(folder: Path, number: int = 0) -> Path:
    """A segment of the only journal in the folder."""
    (found,) = folder.glob(f"*.{number:06}")
    return found


def overwrite(path: Path, at: int, what: bytes) -> None:
    """Other bytes in the place of these."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


def set_writing(head: Path, writing: bool) -> None:
    """What a worker's head says of itself: it has read the clock, and its record is not complete yet."""
    overwrite(head, form.WRITING, bytes([writing]))


def tell(writer: Journal, sessions: int) -> None:
    """Two records for each session, from the first on: its opening."""
    for number in range(sessions):
        with writer.ledger("buggy").call("create") as call:
            call.session_id = f"session-{number}"
