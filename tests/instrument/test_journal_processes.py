"""Journals of real processes: killed, stopped and forked, and merged to the last call."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.instrument.calls import done, opened
from tests.instrument.journal_worker import Worker
from tests.instrument.journals import Judge, files, nothing_more_is_entered, started

THREADS = 3
SESSIONS = [f"session-{number}" for number in range(4)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def judge(folder: Path) -> Judge:
    return Judge(folder)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], Worker]]:
    """Starts workers, and kills those that still live."""
    with ExitStack() as workers:
        yield lambda: workers.enter_context(Worker(folder))


def changes(judge: Judge) -> dict[str, int]:
    return {session: promise.changes for session, promise in judge.buggy.promises().items() if promise.changes}


def test_no_call_of_several_workers_is_lost_or_invented(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """Three workers of three threads have made exactly the changes they report."""
    own = started(folder)
    for session in SESSIONS:
        opened(own.ledger("buggy"), session)
    workers = [start() for _ in range(3)]
    for seed, worker in enumerate(workers):
        worker.tell("hammer", seed=100 * seed, threads=THREADS, calls=400)
    judge.read()
    reported: Counter[str] = sum((Counter(worker.hear()) for worker in workers), Counter())
    judge.settle()
    assert changes(judge) == reported
    totals = judge.buggy.totals()
    assert totals.of("acknowledged") + totals.of("failed") == 3 * THREADS * 400 + len(SESSIONS)
    assert (totals.in_flight, totals.of("unknown"), judge.merger.doubts()) == (0, 0, [])
    assert judge.merger.living() == sorted([os.getpid(), *(worker.pid for worker in workers)])


def test_a_worker_that_is_killed_loses_no_call_that_it_has_reported(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """After SIGKILL under load every reported call counts; only open ones are unknown."""
    own = started(folder)
    for session in SESSIONS:
        opened(own.ledger("buggy"), session)
    victim, survivor = start(), start()
    survivor.tell("hammer", seed=1, threads=THREADS, calls=300)
    victim.tell("stream", seed=1000, threads=THREADS)
    assert victim.process.stdout
    lines = [victim.process.stdout.readline().strip() for _ in range(2000)]
    judge.read()
    lines += victim.kill()
    reported = Counter(line for line in lines if line != "+")
    others = survivor.hear()
    judge.settle()

    calls, unknown = judge.buggy.totals().calls, judge.buggy.totals().of("unknown")
    ended = calls.total() - len(SESSIONS) - THREADS * 300 - unknown
    assert reported.total() <= ended <= reported.total() + THREADS
    assert reported.total() > 500
    assert 0 <= lines.count("+") - (ended + unknown) <= THREADS, "begun and written, or killed before"
    assert unknown == judge.merger.cut_short <= THREADS
    for session in SESSIONS:
        acknowledged = reported[f"{session} acknowledged"] + others.get(session, 0)
        assert acknowledged <= changes(judge)[session] <= acknowledged + THREADS
    assert (judge.buggy.totals().in_flight, judge.merger.doubts()) == (0, [])
    assert judge.merger.living() == sorted([os.getpid(), survivor.pid])


def test_a_call_that_was_begun_by_a_killed_worker_is_unknown(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """A call that is open at a SIGKILL is unknown; the worker's files are deleted."""
    worker = start()
    worker.ask("begin", variant="buggy", kind="create", session="")
    worker.ask("end", name="")
    worker.ask("begin", variant="buggy", kind="update", session="", key="k")
    worker.ask("begin", variant="fixed", kind="read", session="s")
    judge.reaches(4)
    assert (judge.merger.settled(), judge.merger.living()) == (False, [worker.pid])
    worker.kill()
    judge.settle()
    assert dict(judge.buggy.totals().calls) == {("create", "acknowledged"): 1, ("update", "unknown"): 1}
    assert dict(judge.ledgers["fixed"].totals().calls) == {("read", "unknown"): 1}
    promise = judge.buggy.promises()[""]
    assert (promise.changes, promise.unknown, promise.keys["k"].values) == (0, 1, {"v"})
    assert (judge.merger.cut_short, judge.merger.living(), files(folder)) == (2, [], [])


def test_calls_of_two_workers_have_met_if_they_overlap(folder: Path, judge: Judge, start: Callable[[], Worker]) -> None:
    """Calls of two processes have met if they overlap, and not one after another."""
    own = started(folder)
    for session in ("across", "in turn"):
        opened(own.ledger("buggy"), session)
    one, other = start(), start()
    one.ask("begin", variant="buggy", kind="update", session="across", key="1")
    other.ask("begin", variant="buggy", kind="update", session="across", key="2")
    other.ask("end", name="across2")
    one.ask("end", name="across1")
    for number, worker in enumerate((one, other)):
        worker.ask("begin", variant="buggy", kind="update", session="in turn", key=f"{number}")
        worker.ask("end", name=f"in turn{number}")
    judge.settle()
    met = {session: (promise.changes, promise.met_rival) for session, promise in judge.buggy.promises().items()}
    assert met == {"across": (2, 2), "in turn": (2, 0)}


def test_a_worker_stopped_in_a_record_holds_the_merge_back(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """What happens while a worker is stopped in a record is entered after that record."""
    own, worker = started(folder), start()
    opened(own.ledger("buggy"), "s")
    judge.settle()
    worker.tell("begin", variant="buggy", kind="update", session="s", key="1", stops=True)
    worker.wait_until_stopped()
    done(own.ledger("buggy"), "update", "s", "2", "v")
    nothing_more_is_entered(judge)
    os.kill(worker.pid, signal.SIGCONT)
    assert worker.hear()
    worker.ask("end", name="s1")
    promise = judge.settle().buggy.promises()["s"]
    assert (judge.entered, promise.changes, promise.met_rival) == (6, 2, 2)
    assert (judge.merger.late, judge.merger.doubts()) == (0, [])


def test_a_worker_stopped_between_records_holds_nothing_back(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """A worker that is stopped outside a record delays no other worker's calls."""
    own, worker = started(folder), start()
    worker.ask("begin", variant="buggy", kind="read", session="s")
    os.kill(worker.pid, signal.SIGSTOP)
    worker.wait_until_stopped()
    opened(own.ledger("buggy"), "s")
    judge.reaches(3)
    assert list(judge.buggy.promises()) == ["s"]
    os.kill(worker.pid, signal.SIGCONT)
    worker.ask("end", name="s")
    judge.settle()


def test_a_worker_killed_in_a_record_holds_nothing_back(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """A call whose beginning was not written had not begun, and delays nothing."""
    own, worker = started(folder), start()
    worker.tell("begin", variant="buggy", kind="update", session="s", stops=True)
    worker.wait_until_stopped()
    opened(own.ledger("buggy"), "s")
    nothing_more_is_entered(judge)
    worker.kill()
    judge.settle()
    assert dict(judge.buggy.totals().calls) == {("create", "acknowledged"): 1}
    assert (judge.merger.cut_short, judge.merger.living(), judge.merger.doubts()) == (0, [os.getpid()], [])


def test_a_forked_child_has_no_part_in_its_parents_journal(
    folder: Path, judge: Judge, start: Callable[[], Worker]
) -> None:
    """A child of a worker is refused, and does not keep the dead worker's journal alive."""
    worker = start()
    child, told = worker.ask("fork")
    try:
        worker.ask("begin", variant="buggy", kind="read", session="s")
        worker.process.kill()
        judge.reaches(2)
        assert told.startswith("This journal is closed")
        assert (judge.merger.cut_short, judge.merger.living(), judge.merger.doubts()) == (1, [], [])
    finally:
        os.kill(child, signal.SIGKILL)
