"""The ledger under load: real threads, and sums that come out to the last call."""

from __future__ import annotations

import contextlib
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from racelab.bugs import Outcome
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call, Kind
from session_manager.model import InjectedFault, SessionError, SessionNotFound
from tests.instrument.calls import OUTCOMES, opened
from tests.instrument.labs import until
from tests.subject.threads import run_together

THREADS, CALLS, SESSIONS = 16, 1500, 12
CHANGES: tuple[Kind, ...] = ("update", "increment")


@pytest.fixture(autouse=True)
def restless_interpreter() -> Iterator[None]:
    """Switch threads a thousand times as often as usual: a plain hammer finds nothing."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


class Hammer:
    """One thread's calls, and its own account of them."""

    def __init__(self, ledger: Ledger, number: int, sessions: list[str]) -> None:
        self._ledger = ledger
        self._chance = random.Random(number)
        self._sessions = sessions
        self.calls: Counter[tuple[Kind, Outcome]] = Counter()
        self.changes: Counter[tuple[str, Outcome]] = Counter()
        self.met: Counter[str] = Counter()
        self.removed = 0

    def run(self) -> None:
        """All calls, with database reads and cleanup in between."""
        for number in range(CALLS):
            self._one_call(number)
            if number % 10 == 0:
                self._ledger.row_kept("a row that stays")
                self._ledger.row_removed(f"{number}", was_there=number % 20 == 0)
                self.removed += number % 20 == 0

    def _one_call(self, number: int) -> None:
        kind: Kind = self._chance.choice(("read", *CHANGES))
        outcome, session = self._chance.choice(OUTCOMES), self._chance.choice(self._sessions)
        error = {"failed": SessionNotFound(session), "unknown": InjectedFault("store")}.get(outcome)
        entered: list[Call] = []
        with contextlib.suppress(SessionError), self._ledger.call(kind, session, f"key-{number}", "v") as call:
            entered.append(call)
            if kind == "read":
                self._ledger.refreshing(call)
            if error:
                raise error
        self.calls[kind, outcome] += 1
        self.changes[session, outcome] += kind in CHANGES
        if kind in CHANGES and outcome == "acknowledged":
            self.met[session] += entered[0].met_update or entered[0].met_increment


def test_no_call_is_lost_or_invented_under_load() -> None:
    """The sums of sixteen threads' own records equal those of the ledger."""
    ledger = Ledger()
    sessions = [opened(ledger) for _ in range(SESSIONS)]
    hammers = [Hammer(ledger, number, sessions) for number in range(THREADS)]
    run_together([hammer.run for hammer in hammers])

    calls = sum((hammer.calls for hammer in hammers), Counter({("create", "acknowledged"): SESSIONS}))
    assert ledger.totals().calls == calls
    assert sum(calls.values()) == THREADS * CALLS + SESSIONS
    assert ledger.totals().in_flight == 0
    changes = sum((hammer.changes for hammer in hammers), Counter[tuple[str, Outcome]]())
    met = sum((hammer.met for hammer in hammers), Counter[str]())
    for session, promise in ledger.promises().items():
        assert (promise.changes, promise.unknown) == (changes[session, "acknowledged"], changes[session, "unknown"])
        assert promise.met_rival == met[session]
    assert sum(promise.met_rival for promise in ledger.promises().values()) > 0, "nothing ever overlapped"
    assert ledger.cleanup() == (sum(hammer.removed for hammer in hammers), {"a row that stays": THREADS * CALLS // 10})


def test_calls_that_certainly_overlap_have_met() -> None:
    """Each of eight overlapping calls has met the other seven."""
    ledger, together = Ledger(), threading.Barrier(8)
    session = opened(ledger)
    calls: list[Call] = []

    def change(number: int) -> None:
        for turn in range(50):
            with ledger.call("update", session, "k", f"{turn}-{number}") as call:
                together.wait(20)
            calls.append(call)

    run_together([lambda number=number: change(number) for number in range(8)])  # type: ignore[misc]
    assert len(calls) == 400
    for call in calls:
        turn, number = call.value.split("-")
        assert call.met_update
        assert {f"{turn}-{other}" for other in range(8) if str(other) != number} <= call.rival_values
    assert ledger.promises()[session].met_rival == 400


def test_resets_under_load_split_the_calls_and_lose_none() -> None:
    """During resets under load, each accepted call is counted in exactly one run."""
    ledger = Ledger()
    let_in, stop = [0] * 4, threading.Event()
    counted: list[int] = []

    def call(number: int) -> None:
        while not stop.is_set():
            try:
                with ledger.call("read", "s"):
                    pass
            except SessionError:
                continue
            let_in[number] += 1

    def reset() -> None:
        try:
            for _ in range(25):
                until(lambda: ledger.totals().of("acknowledged") > 3, "some calls")
                assert ledger.close(20)
                counted.append(ledger.totals().of("acknowledged"))
                ledger.open(forget=True)
        finally:
            stop.set()

    run_together([reset, *(lambda number=number: call(number) for number in range(4))])
    assert sum(counted) + ledger.totals().of("acknowledged") == sum(let_in) > 0
