"""Journals merged in the order of time: the ledger that they feed equals one that was fed inline."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from racelab.live.events import Events
from racelab.live.memory import Memory
from racelab.live.watch import CurrentCall, WatchedDatabase, WatchedManager
from racelab.promises import journal_format as form
from racelab.promises import merge, steady
from racelab.promises.ledger import Ledger
from racelab.promises.recorder import Recorder
from session_manager import fixed
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import SessionNotFound
from session_manager.sync import ThreadRuntime
from tests.instrument.calls import KINDS, OUTCOMES, Running, done, opened
from tests.instrument.journals import (
    VARIANTS,
    Judge,
    account,
    nothing_more_is_entered,
    set_writing,
    started,
    tell,
    written_at,
)
from tests.subject.cases import Cases

SESSIONS = tuple("pqrs")
WEIGHTS = (1, 10, 20, 15, 1)
"""How often each of `KINDS` begins: an opening or a deletion ends what a session promises."""


class Twice:
    """Random events, each given to one of several journals and to a ledger fed inline."""

    def __init__(self, seed: int, folder: Path, journals: int) -> None:
        self._chance = random.Random(seed)
        self._journals = [started(folder, segment_bytes=8192) for _ in range(journals)]
        self.inline = {variant: Ledger() for variant in VARIANTS}
        self._running: list[tuple[Running, Running]] = []
        for session in SESSIONS:
            opened(self._journals[0].ledger("buggy"), session)
            opened(self.inline["buggy"], session)

    def event(self) -> None:
        """A call begins, reads its row or ends, or something becomes of a row."""
        roll = self._chance.random()
        if roll < 0.38:
            self._begin()
        elif roll < 0.5 and self._running:
            for one in self._chance.choice(self._running):
                one.read_row()
        elif roll < 0.9 and self._running:
            self._end()
        else:
            self._row()

    def end_all(self) -> None:
        while self._running:
            self._end()

    def _both(self) -> tuple[Recorder, Recorder]:
        variant = self._chance.choice(VARIANTS)
        return self._chance.choice(self._journals).ledger(variant), self.inline[variant]

    def _begin(self) -> None:
        (kind,) = self._chance.choices(KINDS, WEIGHTS)
        session = "" if kind == "create" else self._chance.choice(SESSIONS)
        key, value = (self._chance.choice("ab"), self._chance.choice("12é")) if kind == "update" else ("", "")
        one, other = self._both()
        self._running.append((Running(one, kind, session, key, value), Running(other, kind, session, key, value)))

    def _end(self) -> None:
        outcome, created = self._chance.choice(OUTCOMES), self._chance.choice(SESSIONS)
        for one in self._running.pop(self._chance.randrange(len(self._running))):
            one.call.session_id = one.call.session_id or created
            one.end(outcome)

    def _row(self) -> None:
        session, was_there, what = self._chance.choice(SESSIONS), self._chance.random() < 0.5, self._chance.randrange(5)
        for one in self._both():
            if what == 0:
                one.row_removed(session, was_there)
            elif what == 1:
                one.row_discarded(session)
            elif what == 2:
                one.row_kept(session)
            elif what == 3:
                one.attempt_unanswered(session)
            else:
                one.attempts_forgotten(session)


def test_merged_journals_make_the_ledger_that_inline_calls_make(tmp_path: Path) -> None:
    """Random events over four journals make the same ledgers as fed inline."""
    met = 0
    for seed in range(40):
        folder = tmp_path / f"{seed}"
        twice, judge, chance = Twice(seed, folder, journals=4), Judge(folder), random.Random(seed)
        for _ in range(600):
            twice.event()
            if chance.random() < 0.05:
                judge.read()
        twice.end_all()
        assert judge.settle().merger.doubts() == []
        for variant, ledger in twice.inline.items():
            assert account(judge.ledgers[variant]) == account(ledger), (seed, variant)
            met += sum(promise.met_rival + promise.met_refresh for promise in ledger.promises().values())
    assert met > 500, "the calls hardly ever overlap: the test shows nothing"


def test_open_calls_are_in_flight_in_the_merged_ledger(tmp_path: Path) -> None:
    """A call without its end is in flight, and the merger is not settled."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    running = Running(writer.ledger("buggy"), "update", "s", "k", "1")
    judge.reaches(1)
    assert (judge.buggy.totals().in_flight, judge.merger.settled()) == (1, False)
    running.end()
    judge.settle()
    assert (judge.buggy.totals().in_flight, judge.buggy.totals().of("acknowledged")) == (0, 1)


def test_calls_that_touch_at_one_time_have_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that begins when another ends has met it; a nanosecond later it has not."""
    start = time.monotonic_ns()
    with Cases() as cases:
        for gap, met in ((0, 2), (1, 0)):
            with cases.case(gap):
                folder = tmp_path / f"{gap}"
                one, other, judge = started(folder), started(folder), Judge(folder)
                clock = written_at(monkeypatch, start)
                opened(one.ledger("buggy"), "s")
                clock.now += 10
                first = Running(one.ledger("buggy"), "update", "s", "a", "1")
                clock.now += 10
                first.end()
                clock.now += gap
                second = Running(other.ledger("buggy"), "update", "s", "b", "1")
                clock.now += 10
                second.end()
                assert judge.settle().buggy.promises()["s"].met_rival == met


def test_a_call_ends_at_the_time_that_its_worker_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has the times of the workers, not those of the merger."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    clock = written_at(monkeypatch, time.monotonic_ns() - 5_000_000_000)
    opened(writer.ledger("buggy"), "s")
    done(writer.ledger("buggy"), "delete", "s")
    at = steady.at(clock.now)
    assert abs(steady.now() - 5 - at) < 1
    judge.settle()
    assert judge.buggy.closed_at("s") == pytest.approx(at, abs=1e-6)
    assert judge.buggy.totals().last_end == pytest.approx(at, abs=1e-6)


def test_a_closed_ledger_takes_what_has_happened(tmp_path: Path) -> None:
    """A ledger that refuses calls still takes those of other processes."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    assert judge.buggy.close(timeout=0)
    opened(writer.ledger("buggy"), "s")
    judge.settle()
    assert list(judge.buggy.promises()) == ["s"]


def test_what_the_margin_covers_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record younger than the margin is entered by a later read, and is not settled."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    opened(writer.ledger("buggy"), "s")
    monkeypatch.setattr(merge, "MARGIN_NS", 3_600_000_000_000)
    assert (judge.read(), judge.merger.settled()) == (0, False)
    monkeypatch.undo()
    judge.settle()
    assert judge.entered == 2


def test_a_record_that_breaks_the_order_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record from before the watermark is entered, and makes a doubt."""
    one, other, judge = started(tmp_path / "j"), started(tmp_path / "j"), Judge(tmp_path / "j")
    start = time.monotonic_ns()
    tell(one, 1)
    judge.settle()
    assert judge.merger.doubts() == []
    written_at(monkeypatch, start)
    tell(other, 1)
    judge.settle()
    assert (judge.merger.late, judge.entered) == (2, 4)
    assert judge.merger.doubts() == ["Records that came too late to be entered in order: 2."]


def test_what_cannot_be_placed_is_told(tmp_path: Path) -> None:
    """A record of an unknown manager, or of an unknown call, makes a doubt."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    writer.ledger("no such manager").row_kept("s")
    writer.append(form.body(form.END, b"buggy", number=7))
    opened(writer.ledger("buggy"), "s")
    judge.settle()
    assert list(judge.buggy.promises()) == ["s"]
    assert judge.merger.doubts() == ["Records that belong to no known call or manager: 2."]


def test_a_journal_that_is_being_written_holds_the_merge_back(tmp_path: Path) -> None:
    """With `writing` set nothing after that journal's last record is entered."""
    one, other, judge = started(tmp_path / "j"), started(tmp_path / "j"), Judge(tmp_path / "j")
    tell(one, 1)
    judge.settle()
    set_writing(one.path, True)
    judge.read()
    assert not judge.merger.settled()
    tell(other, 1)
    nothing_more_is_entered(judge)
    set_writing(one.path, False)
    judge.settle()
    assert judge.entered == 4


def test_the_acknowledged_calls_of_each_process_are_counted(tmp_path: Path) -> None:
    """By variant; a failed call, one of unknown outcome and one in flight are none of them."""
    journal = started(tmp_path)
    for outcome in (*OUTCOMES, OUTCOMES[0]):
        done(journal.ledger("buggy"), "update", "p", outcome=outcome)
    done(journal.ledger("fixed"), "update", "p", outcome="unknown")
    judge = Judge(tmp_path).settle()
    assert judge.merger.acknowledged() == {os.getpid(): {"buggy": 2}}
    Running(journal.ledger("buggy"), "update", "p")
    judge.read()
    assert judge.merger.acknowledged() == {os.getpid(): {"buggy": 2}}


def test_memory_is_bounded_and_the_rest_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long journals of a dead and a living worker are read in portions, in order."""
    monkeypatch.setattr(merge, "MOST_WAITING", 100)
    one, other, judge = started(tmp_path / "j"), started(tmp_path / "j"), Judge(tmp_path / "j")
    opened(one.ledger("buggy"), "s")
    for number in range(2500):
        for writer in (one, other):
            done(writer.ledger("buggy"), "update", "s", "k", f"{number}")
    one.close()
    portion = form.LONGEST * 2 // form.HEADER.size
    assert judge.read() < 2 * portion < 10_000
    assert not judge.merger.settled()
    promise = judge.settle().buggy.promises()["s"]
    assert (promise.changes, promise.met_rival, promise.keys["k"].values) == (5000, 0, {"2499"})
    assert judge.merger.doubts() == []


def test_managers_with_the_same_session_do_not_mix(tmp_path: Path) -> None:
    """Calls of two managers on one session id are entered in their own ledgers."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    both = [writer.ledger(variant) for variant in VARIANTS]
    running = [Running(opened_in, "create") for opened_in in both]
    for one in running:
        one.call.session_id = "s"
        one.end()
    done(both[0], "update", "s", "k", "1")
    judge.settle()
    assert [ledger.promises()["s"].changes for ledger in judge.ledgers.values()] == [1, 0]


def test_a_journal_keeps_its_order_when_the_clock_stands_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of one worker that came one after another have not met, whatever the clock."""
    writer, judge = started(tmp_path / "j"), Judge(tmp_path / "j")
    written_at(monkeypatch, time.monotonic_ns())
    opened(writer.ledger("buggy"), "s")
    for value in "123":
        done(writer.ledger("buggy"), "update", "s", "k", value)
    promise = judge.settle().buggy.promises()["s"]
    assert (promise.changes, promise.met_rival, promise.keys["k"].values) == (3, 0, {"3"})


def lives(recorder: Recorder) -> None:
    """Two sessions from their opening to their cleanup, through a watched manager that refreshes at every read."""
    runtime, current = ThreadRuntime(), CurrentCall()
    database = WatchedDatabase(MemoryDatabase(runtime, DatabaseDials(0.0)), recorder, current)
    fixed_one = fixed.SessionManager(database, runtime, cache_ttl=-1.0)
    manager = WatchedManager(fixed_one, recorder, current, Memory(), Events(), "fixed")
    one, other = manager.create_session("1", "Ada"), manager.create_session("2", "Bob")
    manager.update_session(one, "k", "v")
    manager.get_session(one)
    manager.increment_access(other)
    manager.delete_session(one)
    with pytest.raises(SessionNotFound):
        manager.delete_session(one)
    database.set_aside(other)
    database.set_aside(other, dead=False)
    manager.run_cleanup()


def test_a_watched_manager_may_be_given_a_journal(tmp_path: Path) -> None:
    """A manager watched with a journal leaves the sums that it leaves with a ledger."""
    inline, judge = Ledger(), Judge(tmp_path / "j")
    lives(inline)
    lives(started(tmp_path / "j").ledger("buggy"))
    judge.settle()
    with Cases() as cases:
        for name, ledger in (("inline", inline), ("merged", judge.buggy)):
            with cases.case(name):
                assert ledger.totals().by_kind() == {
                    "create": {"acknowledged": 2},
                    "update": {"acknowledged": 1},
                    "read": {"acknowledged": 1},
                    "increment": {"acknowledged": 1},
                    "delete": {"acknowledged": 1, "failed": 1},
                }
                assert sum(ledger.tried()) == 1
                assert max(promise.changes for promise in ledger.promises().values()) == 1
    assert judge.entered == 2 * 7 + 1 + 2, "seven calls, a refresh, and two rows"
