"""A judge and its workers: what reaches all of them at once, and what no moment between two steps can lose."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from racelab.live.workers import control
from racelab.live.workers.control import Control, Dialled, Note, workers
from racelab.live.workers.deployment import MISSED, GatedLedger, Judge
from racelab.promises.journal import Journal
from racelab.promises.ledger import LabClosed, Ledger
from racelab.several import LOCAL
from session_manager.web import settings
from tests.instrument.calls import Running, done, opened
from tests.instrument.labs import until

DIALS = Dialled(1.0, 0.5, 10.0, 60.0, 0.5)
SHORT = 0.05
"""Seconds in which something must not happen."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of one deployment, for its owner alone."""
    place = tmp_path / "run"
    place.mkdir(mode=0o700)
    return place


@pytest.fixture
def worker(folder: Path) -> Iterator[GatedLedger]:
    """The part of a worker's journal that is about `fixed`."""
    journal = Journal(folder / "journals")
    yield GatedLedger(journal, "fixed", Control(folder))
    journal.close()


@pytest.fixture
def ledger() -> Ledger:
    """The account of `fixed` that the judge keeps."""
    return Ledger()


@pytest.fixture
def judge(folder: Path, ledger: Ledger) -> Judge:
    """The judge of that deployment."""
    return Judge(folder, {"fixed": ledger})


def test_a_change_is_read_whole_and_leaves_the_rest(folder: Path) -> None:
    """What is not named stays, and every change has a higher number."""
    judge, worker = Control(folder), Control(folder)
    first = judge.write(dials=DIALS, run=3)
    assert worker.read() == (first, False, 3, DIALS)
    second = judge.write(closed=True)
    assert worker.read() == (second, True, 3, DIALS)
    assert (second > first, worker.is_closed()) == (True, True)


def test_a_judge_that_died_in_the_middle_of_a_change_hangs_nobody(folder: Path) -> None:
    """Readers keep what held before, and the next judge writes anew."""
    worker = Control(folder)
    number = Control(folder).write(dials=DIALS)
    before = worker.read()
    struct.pack_into("<Q", Control(folder)._page, 0, number + 1)
    assert worker.read() == before
    after = Control(folder).write(closed=True)
    assert worker.read() == (after, True, 0, DIALS)
    assert (after > number, after % 2) == (True, 0)


class Recorded(bytearray):
    """A page, and what another process can see on it after each step of a change."""

    def __init__(self, page: Any) -> None:
        super().__init__(page[:])
        self.seen: list[bytes] = []

    def __setitem__(self, place: Any, value: Any) -> None:
        super().__setitem__(place, value)
        self.seen.append(bytes(self))


def test_a_closed_gate_is_closed_at_each_step_of_a_change(folder: Path) -> None:
    """A reader in another process meets no cleared byte, and no even number of half a change."""
    judge = Control(folder)
    number = judge.write(closed=True, dials=DIALS, run=3)
    page: Any = Recorded(judge._page)
    judge._page = page
    judge.write(dials=DIALS._replace(window_ms=9.0))
    assert [state[8] for state in page.seen] == [1, 1, 1]
    assert [int.from_bytes(state[:8], "little") for state in page.seen] == [number + 1, number + 1, number + 2]


def test_a_worker_is_never_seen_without_a_time(folder: Path) -> None:
    """Else it would be silent since the start of the computer, for a moment."""
    note = Note(folder)
    written: Any = note._page
    page: Any = Recorded(written)
    note._page = page
    note.write(5, {"in_flight": 0})
    assert len(page.seen) == 2
    assert all(any(state[8:16]) for state in page.seen)
    note._page = written
    note.close()


def test_a_worker_that_is_writing_its_note_may_have_calls_in_flight(folder: Path) -> None:
    """A judge that reads half of a note asks again, as `Note` says."""
    note = Note(folder)
    note.write(1_000, {"in_flight": 10})
    half = b'{"in_flight": 9}'
    note._page[control._NOTE.size : control._NOTE.size + len(half)] = half
    judge = Judge(folder, {"fixed": Ledger()})
    judge.begin(SHORT)
    assert judge.catch_up() == MISSED.rstrip(".")
    note.close()


def test_a_worker_is_known_as_long_as_it_lives(folder: Path) -> None:
    """What it tells is read; when its lock is free it is gone, and so is its page."""
    note = Note(folder)
    note.write(8, {"threads": 4})
    (told,) = workers(folder)
    assert (told.followed, told.told, told.age < 5) == (8, {"threads": 4}, True)
    note.close()
    assert list(workers(folder)) == []
    assert not list(folder.glob(f"*{control.WORKER}"))


def test_a_closed_gate_refuses_calls_and_an_open_one_does_not(worker: GatedLedger, judge: Judge) -> None:
    """A refused call has not begun."""
    assert judge.close(1.0)
    with pytest.raises(LabClosed):
        opened(worker)
    assert worker.in_flight() == 0
    judge.open(1)
    opened(worker)


def test_a_gate_that_closes_just_as_a_call_begins_refuses_it(
    worker: GatedLedger, judge: Judge, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call looks once more after it has written its beginning; the judge counts it as failed."""
    looks = iter([False, True])
    monkeypatch.setattr(worker._control, "is_closed", lambda: next(looks))
    with pytest.raises(LabClosed):
        opened(worker)
    assert worker.in_flight() == 0
    assert judge.close(5.0)  # it has seen the end as well
    assert ledger.totals().calls == {("create", "failed"): 1}


def test_a_close_waits_for_the_calls_that_have_begun(worker: GatedLedger, judge: Judge) -> None:
    """It succeeds only when the last of them has ended."""
    session = opened(worker)
    running = Running(worker, "increment", session)
    assert not judge.close(SHORT)
    running.end("acknowledged")
    assert judge.close(1.0)


def test_a_new_judge_waits_for_calls_that_it_has_not_seen_begin(worker: GatedLedger, folder: Path) -> None:
    """If they do not end in time, nothing is judged until a new run."""
    note = Note(folder)
    running = Running(worker, "increment", opened(worker))
    note.write(1_000, {"in_flight": worker.in_flight()})
    second = Judge(folder, {"fixed": Ledger()})
    second.begin(SHORT)
    assert second.catch_up() == MISSED.rstrip(".")
    running.end("acknowledged")
    note.write(1_000, {"in_flight": worker.in_flight()})
    third = Judge(folder, {"fixed": Ledger()})
    third.begin(1.0)
    assert third.catch_up() is None
    second.begin_anew()
    assert second.catch_up() is None
    note.close()


def test_a_new_judge_enters_nothing_that_the_store_has_already(worker: GatedLedger, folder: Path) -> None:
    """Older records are left out, whoever read them; later ones are entered."""
    session = opened(worker)
    done(worker, "increment", session)
    ledger = Ledger()
    judge = Judge(folder, {"fixed": ledger})
    judge.begin(1.0)
    ledger.adopt(session, accesses=1)
    judge.open(1)
    done(worker, "increment", session)
    until(lambda: judge.catch_up() is None and not ledger.totals().in_flight, "the end of the call to be entered")
    promise = ledger.promises()[session]
    assert (promise.before, promise.changes) == (1, 1)
    assert ledger.totals().calls == {("increment", "acknowledged"): 1}


def test_a_worker_that_does_not_follow_is_named(judge: Judge, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does is not."""
    monkeypatch.setattr("racelab.live.workers.deployment.FOLLOWED_SECONDS", SHORT)
    note = Note(folder)
    dials = DIALS._asdict()
    (told,) = workers(folder)
    assert judge.turn(dials) == [told.pid]  # type: ignore[arg-type]
    note.write(1_000, {})
    assert judge.turn(dials) == []  # type: ignore[arg-type]
    note.close()


def test_the_managers_in_memory_are_known_to_gunicorns_parent() -> None:
    """It cannot import the settings, which need Flask, and must name the same."""
    assert set(settings.LOCAL) == LOCAL
