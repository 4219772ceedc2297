"""The ledger, one call at a time: outcomes, what calls meet, and what is promised of a session."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest

from racelab.bugs import Outcome
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call, KeyPromise
from session_manager.model import CleanupFailed, InjectedFault, RowChangedElsewhere, SessionError, SessionNotFound
from tests.instrument.calls import KINDS, OUTCOMES, Running, done, opened
from tests.subject.cases import Cases


class IndefiniteError(SessionError):
    definite = False


def test_only_an_error_that_says_so_changed_nothing() -> None:
    """A definite error has failed, any other is unknown, and the caller gets both."""
    errors: dict[BaseException, Outcome] = {
        SessionNotFound("x"): "failed",
        RowChangedElsewhere("x"): "failed",
        CleanupFailed("x"): "failed",
        InjectedFault("store"): "unknown",
        IndefiniteError(): "unknown",
        ValueError("a bug of the manager"): "unknown",
        KeyboardInterrupt(): "unknown",
        SystemExit(1): "unknown",
    }
    with Cases() as cases:
        for error, outcome in errors.items():
            with cases.case(type(error).__name__):
                ledger = Ledger()
                with pytest.raises(type(error)) as raised, ledger.call("update", "s", "k", "v"):
                    raise error
                assert raised.value is error
                assert dict(ledger.totals().calls) == {("update", outcome): 1}
                assert [ledger.totals().of(each) for each in OUTCOMES].count(0) == 2
                assert ledger.totals().in_flight == 0


def test_a_call_is_in_flight_until_it_ends() -> None:
    """Until it ends a call has no outcome; then it has one, and its end is noted."""
    with Cases() as cases:
        for kind in KINDS:
            with cases.case(kind):
                ledger = Ledger()
                running = Running(ledger, kind, "s")
                begun = ledger.totals()
                assert (begun.in_flight, dict(begun.calls), begun.last_end) == (1, {}, 0.0)
                running.end()
                assert (ledger.totals().in_flight, dict(ledger.totals().calls)) == (0, {(kind, "acknowledged"): 1})
                assert ledger.totals().last_end > 0


def test_the_sums_that_are_handed_out_are_copies() -> None:
    """The ledger returns copies of its sums, and keeps its own."""
    ledger = Ledger()
    before = ledger.totals()
    before.calls["read", "acknowledged"] += 7
    done(ledger, "read", "s")
    assert ledger.totals().of("acknowledged") == 1
    assert before.of("acknowledged") == 7


@dataclass
class Interval:
    """When a call ran, by the number of the event, for an oracle that knows intervals and nothing else."""

    running: Running
    began: int
    read: int | None = None
    ended: int = -1
    others: list[Interval] = field(default_factory=list)

    @property
    def call(self) -> Call:
        return self.running.call

    def overlaps(self, other: Interval) -> bool:
        return self.began < other.ended and other.began < self.ended

    def overlaps_the_read_of(self, other: Interval) -> bool:
        return other.read is not None and other.read < self.ended and self.began < other.ended


def random_history(seed: int) -> list[Interval]:
    """Eight calls of all kinds on two sessions, some of which read their row, in a random order of events."""
    chance, ledger = random.Random(seed), Ledger()
    sessions = [opened(ledger), opened(ledger)]
    waiting, running, ended = 8, list[Interval](), list[Interval]()
    for now in itertools.count():
        if waiting and (not running or chance.random() < 0.45):
            waiting -= 1
            kind = chance.choice(KINDS[1:])
            arguments = (chance.choice("ab"), chance.choice("12")) if kind == "update" else ()
            running.append(Interval(Running(ledger, kind, chance.choice(sessions), *arguments), now))
        elif running and chance.random() < 0.3:
            reader = chance.choice(running)
            if reader.read is None:
                reader.running.read_row()
                reader.read = now
        elif running:
            last = running.pop(chance.randrange(len(running)))
            last.running.end(chance.choice(OUTCOMES))
            last.ended = now
            ended.append(last)
        if not waiting and not running:
            return ended
    raise AssertionError("unreachable")


def test_a_call_has_met_exactly_what_ran_at_the_same_time_on_its_session() -> None:
    """A call has met exactly the overlapping changes and refreshes of its session."""
    met = 0
    for seed in range(300):
        history = random_history(seed)
        for one in history:
            others = [
                other
                for other in history
                if other is not one and other.call.session_id == one.call.session_id and one.overlaps(other)
            ]
            kinds = {other.call.kind for other in others}
            rivals = {x.call.value for x in others if x.call.kind == one.call.kind == "update"
                      and x.call.key == one.call.key}  # fmt: skip
            expected = (
                "update" in kinds,
                "increment" in kinds,
                any(one.overlaps_the_read_of(other) for other in others),
                rivals,
            )
            call = one.call
            assert (call.met_update, call.met_increment, call.met_refresh, call.rival_values) == expected, seed
            met += sum(map(bool, expected))
    assert met > 1000, "the histories hardly ever overlap: the test shows nothing"


def test_a_refresh_counts_from_the_database_read_on() -> None:
    """A change has met a refresh only if it ended after the refresh read the row."""
    ledger = Ledger()
    session = opened(ledger)
    reader = Running(ledger, "read", session)
    before = done(ledger, "update", session, "k", "1")
    across = Running(ledger, "update", session, "k", "2")
    reader.read_row()
    after = done(ledger, "update", session, "k", "3")
    marks = before.met_refresh, across.end().met_refresh, after.met_refresh, reader.end().met_refresh
    assert marks == (False, True, True, False)
    assert ledger.promises()[session].met_refresh == 2


def test_rivals_are_counted_once_for_each_acknowledged_change() -> None:
    """An acknowledged change that met several rivals is counted once."""
    ledger = Ledger()
    session = opened(ledger)
    three = [Running(ledger, "update", session, "k", "1"), Running(ledger, "increment", session)]
    three.append(Running(ledger, "increment", session))
    for running, outcome in zip(three, OUTCOMES, strict=True):
        running.end(outcome)
    alone = done(ledger, "increment", session)
    promise = ledger.promises()[session]
    assert (promise.changes, promise.unknown, promise.met_rival, promise.met_refresh) == (2, 1, 1, 0)
    assert (alone.met_update, alone.met_increment) == (False, False)


def key_promise(ledger: Ledger, session_id: str) -> KeyPromise:
    return ledger.promises()[session_id].keys["k"]


def test_the_last_acknowledged_value_is_promised() -> None:
    """Of sequential writes the last value is promised, and the others are superseded."""
    ledger = Ledger()
    session = opened(ledger)
    for value in "123":
        done(ledger, "update", session, "k", value)
    assert key_promise(ledger, session) == KeyPromise({"3"}, True, False, False)
    assert ledger.promises()[session].superseded == 2


def test_a_definite_failure_promises_nothing() -> None:
    """A definite failure promises neither a value nor an access."""
    ledger = Ledger()
    session = opened(ledger)
    done(ledger, "update", session, "k", "1", "failed")
    promise = ledger.promises()[session]
    assert (promise.keys, promise.changes, promise.unknown) == ({}, 0, 0)


def test_a_write_without_an_answer_may_come_later_than_the_next_one() -> None:
    """An engine may still carry it out; a fault of the dial has ended its operation."""
    ledger = Ledger()
    session = opened(ledger)
    silent = Call("update", session, "k", "late")
    ledger.begin(silent)
    ledger.end(silent, "unknown")
    for value in "12":
        done(ledger, "update", session, "k", value)
    assert key_promise(ledger, session).values == {"late", "2"}
    done(ledger, "update", session, "k", "over", "unknown")
    assert key_promise(ledger, session).values == {"late", "2", "over"}
    done(ledger, "update", session, "k", "3")
    assert key_promise(ledger, session).values == {"late", "3"}


def test_an_unknown_write_allows_the_old_value_and_its_own() -> None:
    """After a write of unknown outcome the old value and the new one are allowed."""
    ledger = Ledger()
    session = opened(ledger)
    done(ledger, "update", session, "k", "1", "unknown")
    assert (key_promise(ledger, session).values, key_promise(ledger, session).promised) == ({"1"}, False)
    done(ledger, "update", session, "k", "2")
    done(ledger, "update", session, "k", "3", "unknown")
    assert (key_promise(ledger, session).values, key_promise(ledger, session).promised) == ({"2", "3"}, True)
    done(ledger, "update", session, "k", "4")
    assert key_promise(ledger, session).values == {"4"}
    assert ledger.promises()[session].superseded == 1, "only an acknowledged value that was replaced is superseded"


@dataclass
class Write:
    """A write to one key."""

    began: int
    ended: int
    value: str
    outcome: Outcome


def random_writes(seed: int) -> tuple[Ledger, str, list[Write]]:
    """Writes to one key, each of its own value, that overlap at random, by their ends; one is acknowledged."""
    chance, ledger, clock = random.Random(seed), Ledger(), itertools.count()
    session = opened(ledger)
    running, writes = list[tuple[int, Running]](), list[Write]()
    for value in "abcdefgh":
        running.append((next(clock), Running(ledger, "update", session, "k", value)))
        for _ in range(min(chance.choice((0, 1, 2)) if value < "h" else 8, len(running))):
            began, last = running.pop(chance.randrange(len(running)))
            outcome = chance.choice(OUTCOMES) if running else "acknowledged"
            writes.append(Write(began, next(clock), last.end(outcome).value, outcome))
    return ledger, session, writes


def test_no_value_is_ruled_out_that_a_correct_manager_could_hold() -> None:
    """Every value that a correct manager could hold is allowed, and few others are."""
    narrow = 0
    for seed in range(400):
        ledger, session, writes = random_writes(seed)
        acknowledged = [write for write in writes if write.outcome == "acknowledged"]
        possible = {
            write.value
            for write in writes
            if write.outcome != "failed" and not any(later.began > write.ended for later in acknowledged)
        }
        last = acknowledged[-1]
        near = {write.value for write in writes if write.ended > last.began}
        promise = key_promise(ledger, session)
        assert promise.promised
        assert possible <= promise.values <= near, seed
        assert ledger.promises()[session].superseded == len(acknowledged) - 1
        narrow += len(promise.values) < len(writes)
    assert narrow > 300, "hardly anything is ruled out: the test shows nothing"


def test_a_deleted_session_promises_no_values_any_more() -> None:
    """A session with an acknowledged or unknown deletion promises no values."""
    for outcome in ("acknowledged", "unknown"):
        ledger = Ledger()
        session = opened(ledger)
        done(ledger, "update", session, "k", "0")
        late = Running(ledger, "update", session, "k", "1")
        done(ledger, "delete", session, outcome=outcome)
        late.end()
        promise = ledger.promises()[session]
        assert (promise.closed, promise.keys) == (outcome, {})
        assert ledger.closed_at(session) == promise.closed_at > 0


def test_a_refused_deletion_leaves_the_session_open() -> None:
    """A deletion that definitely failed leaves the session open."""
    ledger = Ledger()
    session = opened(ledger)
    done(ledger, "delete", session, outcome="failed")
    assert ledger.promises()[session].closed is None
    assert ledger.closed_at(session) is None


def test_an_acknowledged_deletion_outweighs_an_unknown_one() -> None:
    """An acknowledged deletion outweighs an unknown one, in either order."""
    orders: tuple[tuple[Outcome, Outcome], ...] = (("acknowledged", "unknown"), ("unknown", "acknowledged"))
    with Cases() as cases:
        for outcomes in orders:
            with cases.case(*outcomes):
                ledger = Ledger()
                session = opened(ledger)
                for outcome in outcomes:
                    done(ledger, "delete", session, outcome=outcome)
                assert ledger.promises()[session].closed == "acknowledged"
