"""The last calls of each session: complete within their bounds, and bounded."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from racelab.promises import history
from racelab.promises.history import History, PastCall
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call
from tests.instrument.calls import Running, done, opened, past_of
from tests.instrument.journals import Judge, started
from tests.subject.cases import Cases
from tests.subject.threads import run_together


def kept_by(ledger: Ledger, session: str) -> list[PastCall]:
    return list(past_of(ledger, session).calls)


def test_a_call_is_kept_with_who_asked_what_when_and_the_answer() -> None:
    """A kept call has its key, value, caller, answer, outcome and interval."""
    ledger = Ledger(history=History())
    session = opened(ledger)
    with ledger.call("increment", session, caller="ann") as call:
        call.answer = 3
    with ledger.call("update", session, "theme", "dark", "bob") as other:
        pass
    create, increment, update = kept_by(ledger, session)
    assert (create.kind, create.number, create.outcome) == ("create", 1, "acknowledged")
    assert (increment.kind, increment.caller, increment.answer, increment.number) == ("increment", "ann", 3, 2)
    assert (update.key, update.value, update.caller, update.answer) == ("theme", "dark", "bob", None)
    assert call.began == increment.begin < increment.end <= update.begin == other.began < update.end
    assert not increment.overlaps(update)


def test_only_a_refresh_of_the_reads_is_kept() -> None:
    """A read is kept with the time of its look at the row, or not at all."""
    ledger = Ledger(history=History())
    session = opened(ledger)
    done(ledger, "read", session)
    refresh = Running(ledger, "read", session).read_row().end()
    (_, kept) = kept_by(ledger, session)
    assert kept.read_at == refresh.read_at
    assert kept.read_at is not None
    assert kept.begin < kept.read_at < kept.end


def test_no_client_fills_the_history_with_ids_that_it_invents() -> None:
    """A call about an unknown session is not kept; a refused one of a known session is."""
    ledger = Ledger(history=History())
    session = opened(ledger)
    with Cases() as cases:
        for outcome in ("failed", "unknown", "acknowledged"):
            with cases.case(outcome):
                done(ledger, "delete", "no such session", outcome=outcome)
                assert ledger.past("no such session") is None
    done(ledger, "delete", session, outcome="failed")
    assert [call.outcome for call in kept_by(ledger, session)] == ["acknowledged", "failed"]


def test_what_a_call_met_is_complete_or_said_to_be_incomplete() -> None:
    """Of a call after `whole_since` every overlapping writer is known."""
    ledger = Ledger(history=History())
    session = opened(ledger)
    for number in range(10 * history.MOST_OF_ONE):
        first, second = Running(ledger, "update", session, f"a{number}"), Running(ledger, "increment", session)
        first.end()
        second.end()
    past = past_of(ledger, session)
    assert len(past.calls) == history.MOST_OF_ONE
    whole = [call for call in past.calls if call.begin > past.whole_since]
    assert len(whole) == history.MOST_OF_ONE
    for call in whole:
        assert len(list(past.met(call))) == 1
    across = Running(ledger, "increment", session)
    for _ in range(history.MOST_OF_ONE):
        done(ledger, "increment", session)
    across.end()
    past = past_of(ledger, session)
    assert past.calls[-1].begin < past.whole_since, "some of what it met is forgotten, and that is said"


def test_a_history_that_begins_late_says_so() -> None:
    """Of an adopted session nothing is whole that began before its first kept call ended."""
    ledger = Ledger(history=History())
    ledger.adopt("s", 4)
    open_before = Running(ledger, "increment", "s")
    done(ledger, "increment", "s")
    open_before.end()
    past = past_of(ledger, "s")
    assert all(call.begin < past.whole_since for call in past.calls)


def test_memory_is_bounded_and_the_longest_silent_session_goes_first() -> None:
    """With endless sessions, keys and texts, 10,000 calls of less than 1 kB are kept."""
    ledger = Ledger(history=History())
    used = opened(ledger, "used")
    for number in range(2 * history.MOST_CALLS):
        session = opened(ledger, f"{number:032x}")
        done(ledger, "update", session, "ü€🂡" * 400 + f"{number}", "🂡" * 1024)
        ledger.row_kept(session)
        done(ledger, "increment", used)
    pasts = {session: past for session in ledger.promises() if (past := ledger.past(session))}
    assert sum(len(past.calls) for past in pasts.values()) <= history.MOST_CALLS
    assert used in pasts
    assert f"{2 * history.MOST_CALLS - 1:032x}" in pasts
    assert f"{0:032x}" not in pasts
    assert ledger.history is not None
    kept = ledger.history._sessions.values()
    parts = [part for each in kept for row in each.rows for part in (row, *row)]
    own = sum(sys.getsizeof(each) for each in {id(part): part for part in parts}.values())
    around = sum(sys.getsizeof(part) for each in kept for part in (each, each.rows, each.attempts))
    assert own / history.MOST_CALLS < 1000
    assert own + around < 20e6


def test_attempts_to_clean_up_are_kept_with_their_times() -> None:
    """The last attempts of a known session are kept; a new run begins with none."""
    ledger = Ledger(history=History())
    session = opened(ledger)
    ledger.row_kept("no such session")
    for _ in range(2 * history.MOST_ATTEMPTS_OF_ONE):
        ledger.row_kept(session)
    times = list(past_of(ledger, session).attempts)
    assert len(times) == history.MOST_ATTEMPTS_OF_ONE
    assert times == sorted(times)
    ledger.open(forget=True)
    assert ledger.past(session) is None


def test_a_ledger_without_a_history_keeps_none() -> None:
    """A ledger on the users' side has no history."""
    ledger = Ledger()
    assert ledger.past(opened(ledger)) is None


def test_a_workers_journal_tells_the_same_history(tmp_path: Path) -> None:
    """What comes through a journal has the same caller, answer, times and attempts."""
    folder = tmp_path / "j"
    writer, judge = started(folder), Judge(folder, history=True)
    ledger = writer.ledger("buggy")
    session = opened(ledger, "s")
    with ledger.call("increment", session, caller="visitor-7 ü") as call:
        call.answer = 12
    with ledger.call("increment", session, caller="odd") as odd:
        odd.answer = -1
    Running(ledger, "read", session).read_row().end()
    ledger.row_kept(session)
    judge.settle()
    past = past_of(judge.buggy, session)
    create, counted, strange, refresh = past.calls
    assert (counted.caller, counted.answer, strange.answer) == ("visitor-7 ü", 12, None)
    assert refresh.read_at is not None
    times = [create.begin, create.end, counted.begin, counted.end, refresh.begin, refresh.read_at, refresh.end]
    assert times == sorted(set(times))
    assert len(past.attempts) == 1
    assert past.attempts[0] > refresh.end


def test_histories_are_exact_under_load() -> None:
    """Threads that overlap by a barrier have met in the history, each with its own answer."""
    ledger, together = Ledger(history=History()), threading.Barrier(8)
    session = opened(ledger)

    def count(number: int) -> None:
        for turn in range(8):
            with ledger.call("increment", session, caller=f"visitor-{number}") as call:
                together.wait(20)
                call.answer = 8 * turn + number

    run_together([lambda number=number: count(number) for number in range(8)])  # type: ignore[misc]
    past = past_of(ledger, session)
    calls = [call for call in past.calls if call.kind == "increment"]
    assert sorted(call.answer or 0 for call in calls) == list(range(64))
    for call in calls:
        assert call.answer is not None
        assert call.caller == f"visitor-{call.answer % 8}"
        same_turn = {8 * (call.answer // 8) + other for other in range(8)}
        assert same_turn - {call.answer} <= {other.answer for other in past.met(call)}
    assert [call.number for call in past.calls] == list(range(2, 66))
    assert [call.end for call in past.calls] == sorted(call.end for call in past.calls)


def test_the_past_is_read_while_calls_go_on() -> None:
    """A reader gets a past that does not change, however many calls end meanwhile."""
    ledger, over = Ledger(history=History()), threading.Event()
    session = opened(ledger)

    def call() -> None:
        try:
            for _ in range(3_000):
                done(ledger, "increment", session)
        finally:
            over.set()

    def read() -> None:
        while not over.is_set():
            past = past_of(ledger, session)
            numbers = [call.number for call in past.calls]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    run_together([call, read, read])


def test_a_call_object_is_no_part_of_the_history() -> None:
    """What is kept does not change with the call that it was made of."""
    past = History()
    call = Call("update", "s", "k", "v", caller="ann")
    past.add(call, "acknowledged", 9, known=True)
    call.value = call.caller = "other"
    kept = past.past("s")
    assert kept is not None
    assert (kept.calls[0].value, kept.calls[0].caller) == ("v", "ann")
