"""The ledger over a session's life: what cleanup does to it, how much it keeps, and the gate."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import partial

import pytest

from racelab.bugs import Outcome
from racelab.live.watch import CurrentCall, WatchedDatabase
from racelab.promises.ledger import LabClosed, Ledger
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import CleanupFailed, Row, SessionData
from session_manager.sync import ThreadRuntime
from tests.instrument.calls import KINDS, Running, done, opened
from tests.instrument.labs import World, until
from tests.subject.cases import Cases


def test_a_session_closed_and_cleaned_is_forgotten() -> None:
    """Once a session is closed and its row removed, in either order, nothing is kept."""
    outcomes: tuple[Outcome, ...] = ("acknowledged", "unknown")
    with Cases() as cases:
        for outcome, removed_first in itertools.product(outcomes, (True, False)):
            with cases.case(outcome, f"removed_first={removed_first}"):
                ledger = Ledger()
                session = opened(ledger)
                end = partial(Running(ledger, "delete", session).end, outcome)
                remove = partial(ledger.row_removed, session, was_there=True)
                steps: list[Callable[[], object]] = [remove, end] if removed_first else [end, remove]
                for step in steps:
                    assert session in ledger.promises()
                    step()
                assert ledger.promises() == {}
                assert ledger.cleanup() == (1, {})


def test_a_row_that_was_gone_already_is_not_counted_as_removed() -> None:
    """A row that two cleanup cycles remove is counted once."""
    ledger = Ledger()
    ledger.row_removed("s", was_there=True)
    ledger.row_removed("s", was_there=False)
    assert ledger.cleanup() == (1, {})


def test_attempts_are_counted_while_the_row_is_there() -> None:
    """Failed attempts are counted until the row is removed, retried or discarded."""
    ledger = Ledger()
    for session in ("a", "a", "b", "c"):
        ledger.row_kept(session)
    assert ledger.cleanup() == (0, {"a": 2, "b": 1, "c": 1})
    assert (ledger.attempts("a"), ledger.attempts("z")) == (2, 0)
    ledger.row_removed("a", was_there=True)
    ledger.attempts_forgotten("b")
    ledger.row_discarded("c")
    assert ledger.cleanup() == (1, {})
    assert ledger.tried() == (1, 0, 1)


def watched(session_id: str, ledger: Ledger) -> WatchedDatabase:
    """A watched database with one row."""
    runtime = ThreadRuntime()
    database = WatchedDatabase(MemoryDatabase(runtime, DatabaseDials(0.0)), ledger, CurrentCall())
    database.insert(Row(SessionData(session_id, "u", "ann", runtime.now(), runtime.now())))
    return database


def test_what_the_database_does_reaches_the_ledger() -> None:
    """The watched database records attempts, retries, removals and discards."""
    ledger = Ledger()
    database = watched("odd", ledger)
    for _ in range(2):
        with pytest.raises(CleanupFailed):
            database.remove("odd")
    assert ledger.attempts("odd") == 2
    database.set_aside("odd")
    assert ledger.attempts("odd") == 2
    database.set_aside("odd", dead=False)
    assert ledger.attempts("odd") == 0
    with pytest.raises(CleanupFailed):
        database.remove("odd")
    assert database.purge("odd")
    assert ledger.tried() == (0, 0, 1)
    assert watched("even", ledger).remove("even")
    assert ledger.tried() == (1, 0, 1)


def test_a_discarded_session_is_forgotten_too() -> None:
    """The ledger keeps nothing of a discarded session."""
    ledger = Ledger()
    session = opened(ledger)
    done(ledger, "delete", session)
    ledger.row_kept(session)
    ledger.row_discarded(session)
    assert ledger.promises() == {}


def test_only_so_many_sessions_are_followed() -> None:
    """Sessions beyond the limit are counted, and followed when there is room again."""
    ledger = Ledger(most_sessions=3)
    sessions = [opened(ledger) for _ in range(5)]
    assert set(ledger.promises()) == set(sessions[:3])
    assert ledger.not_followed == 2
    done(ledger, "update", sessions[4], "k", "v")
    assert ledger.totals().of("acknowledged") == 6
    assert set(ledger.promises()) == set(sessions[:3])
    done(ledger, "delete", sessions[0])
    ledger.row_removed(sessions[0], was_there=True)
    assert opened(ledger, "newcomer") in ledger.promises()
    assert ledger.not_followed == 2


def test_nothing_is_kept_of_sessions_that_are_over() -> None:
    """After a thousand sessions that were closed and cleaned up, the ledger is empty."""
    ledger = Ledger(most_sessions=5)
    for _ in range(1000):
        session = opened(ledger)
        reader = Running(ledger, "read", session).read_row()
        done(ledger, "update", session, "k", "v")
        reader.end()
        done(ledger, "delete", session)
        ledger.row_kept(session)
        ledger.row_removed(session, was_there=True)
    assert (ledger.promises(), ledger.cleanup(), ledger.not_followed) == ({}, (1000, {}), 0)
    assert ledger._running == {}


def test_an_opening_that_was_not_acknowledged_is_not_followed() -> None:
    """A login that was not acknowledged is not followed."""
    ledger = Ledger()
    Running(ledger, "create").end("unknown")
    Running(ledger, "create").end("failed")
    assert ledger.promises() == {}
    assert ledger.not_followed == 0


def test_a_closed_gate_refuses_and_a_refused_call_changes_nothing() -> None:
    """A closed gate raises a definite error, and the ledger has no trace of the call."""
    with Cases() as cases:
        for kind in KINDS:
            with cases.case(kind):
                ledger = Ledger()
                session = opened(ledger)
                before = ledger.totals(), ledger.promises()[session]
                assert ledger.close(0)
                with pytest.raises(LabClosed) as refused, ledger.call(kind, session, "k", "v"):
                    raise AssertionError("the body must not run")
                assert refused.value.definite
                assert (ledger.totals(), ledger.promises()[session]) == before
                ledger.open(forget=False)
                done(ledger, "update", session, "k", "v")
                assert ledger.promises()[session].changes == 1


def test_the_gate_waits_for_calls_in_flight_and_gives_up_in_time() -> None:
    """Closing the gate fails in time while a call is in flight, which ends as usual."""
    ledger = Ledger()
    session = opened(ledger)
    running = Running(ledger, "update", session, "k", "v")
    assert not ledger.close(0.01)
    with pytest.raises(LabClosed):
        Running(ledger, "read", session)
    running.end()
    assert ledger.close(0)
    assert ledger.promises()[session].changes == 1


def test_the_last_call_to_end_wakes_whoever_closes_the_gate() -> None:
    """Closing the gate returns as soon as the last call in flight has ended."""
    ledger = Ledger()
    session = opened(ledger)
    calls = [Running(ledger, "increment", session) for _ in range(2)]
    drained: list[bool] = []
    closing = threading.Thread(target=lambda: drained.append(ledger.close(100)), daemon=True)
    closing.start()

    def refused() -> bool:
        try:
            Running(ledger, "read", session).end()
        except LabClosed:
            return True
        return False

    until(refused, "the gate to close")
    calls[0].end()
    assert closing.is_alive()
    calls[1].end()
    closing.join(10)
    assert drained == [True]


def test_opening_the_gate_can_forget_everything() -> None:
    """Opening the gate for a new run clears sums, promises, attempts and discards."""
    ledger = Ledger(most_sessions=1)
    session = opened(ledger)
    opened(ledger)
    done(ledger, "update", session, "k", "v")
    for name in ("odd", "gone"):
        ledger.row_kept(name)
    ledger.row_discarded("gone")
    ledger.row_removed("even", was_there=True)
    assert ledger.close(0)
    ledger.open(forget=True)
    fresh = Ledger()
    assert (ledger.totals(), ledger.promises(), ledger.cleanup(), ledger.tried(), ledger.not_followed) == (
        fresh.totals(),
        {},
        (0, {}),
        (0, 0, 0),
        0,
    )


def test_a_refresh_is_put_down_to_the_call_that_needs_it(world: World) -> None:
    """A read of a session past its TTL is a refresh, and a read of a fresh one is not."""
    marks = []
    for cache_ttl in (3600.0, 0.0):
        world.lab.turn({"cache_ttl_s": cache_ttl})
        session = world.login()
        ledger = world.lab.variants["fixed"].ledger
        change = Running(ledger, "increment", session)
        world.lab.sessions.managers["fixed"].get_session(session)
        marks.append(change.end().met_refresh)
    assert marks == [False, True]


def test_a_refresh_that_is_asked_for_is_one(world: World) -> None:
    """An explicit refresh counts as one, and a database read outside a call does not."""
    session = world.login()
    ledger = world.lab.variants["fixed"].ledger
    change = Running(ledger, "increment", session)
    world.lab.sessions.managers["fixed"].refresh_from_database(session)
    world.lab.sessions.databases["fixed"].read(session)
    assert change.end().met_refresh
    later = Running(ledger, "increment", session)
    world.lab.sessions.databases["fixed"].read(session)
    assert not later.end().met_refresh
