"""The client-side ledger: what it remembers, what it forgets, and how it is compared. No Locust in here."""

from __future__ import annotations

import json
from collections import Counter

from locustfiles._shop import Seat, Shop
from racelab.bugs import Outcome
from racelab.promises.client_ledger import ClientLedger, Heard, Kind, Sent, difference, disagreements
from tests.subject.cases import Cases

LOGIN = Sent("login", "s1")
READ = Sent("read", "s1")


def save(value: str, key: str = "k") -> Sent:
    """A save to the one session."""
    return Sent("save", "s1", key, value)


def ledger(*entries: tuple[Sent, Outcome]) -> ClientLedger:
    """A ledger in which the session was opened and then that happened."""
    filled = ClientLedger()
    filled.enter(LOGIN, "acknowledged")
    for sent, outcome in entries:
        filled.enter(sent, outcome)
    return filled


def promise(*entries: tuple[Sent, Outcome]) -> Heard:
    """What such a ledger says of the session."""
    return ledger(*entries).sessions["s1"]


def test_acknowledged_changes_are_promised() -> None:
    """A save or read promises one access, and the last value of a key is promised."""
    held = promise((save("1"), "acknowledged"), (save("2"), "acknowledged"), (READ, "acknowledged"))
    assert held.compare(3, {"k": "2"}) == (0, 0)
    assert held.compare(2, {"k": "2"}) == (1, 0)
    assert held.compare(3, {"k": "1"}) == (1, 0)
    assert held.compare(3, {}) == (1, 0)


def test_a_lost_key_and_its_lost_access_are_one_lost_change() -> None:
    """A save whose key and access are both lost is one lost change."""
    held = promise((save("1", "a"), "acknowledged"), (save("2", "b"), "acknowledged"))
    assert held.compare(1, {"a": "1"}) == (1, 0)


def test_what_nobody_knows_is_neither_promised_nor_a_surplus() -> None:
    """A change of unknown outcome is neither promised nor a surplus."""
    held = promise((save("1"), "acknowledged"), (save("2"), "unknown"), (READ, "unknown"))
    for count in (1, 2, 3):
        for value in ("1", "2"):
            assert held.compare(count, {"k": value}) == (0, 0)
    assert held.compare(4, {"k": "1"}) == (0, 1)
    assert held.compare(3, {"k": "7"}) == (1, 0)
    assert promise((save("1"), "unknown")).compare(0, {}) == (0, 0)


def test_a_failed_request_promises_nothing() -> None:
    """A definite failure promises nothing."""
    filled = ledger((save("1"), "failed"), (Sent("logout", "s1"), "failed"))
    assert filled.sessions["s1"] == Heard()
    assert filled.of("failed") == 2


def test_closed_sessions_are_forgotten() -> None:
    """A session whose logout was acknowledged or unknown takes no more memory."""
    outcomes: tuple[Outcome, ...] = ("acknowledged", "unknown")
    with Cases() as cases:
        for outcome in outcomes:
            with cases.case(outcome):
                filled = ledger((save("1"), "acknowledged"), (Sent("logout", "s1"), outcome), (READ, "acknowledged"))
                assert not filled.sessions
                assert filled.calls["read", "acknowledged"] == 1


def test_more_sessions_than_the_limit_are_counted_and_not_followed() -> None:
    """Sessions beyond the limit are counted and not followed."""
    filled = ClientLedger(most_sessions=2)
    for number in range(5):
        filled.enter(Sent("login", f"s{number}"), "acknowledged")
        filled.enter(Sent("save", f"s{number}", "k", "v"), "acknowledged")
    assert set(filled.sessions) == {"s0", "s1"}
    assert (filled.not_followed, filled.calls["login", "acknowledged"]) == (3, 5)


def test_a_login_of_unknown_outcome_is_counted_only() -> None:
    """A login of unknown outcome is counted, and no session is followed."""
    filled = ClientLedger()
    filled.enter(Sent("login"), "unknown")
    assert (filled.sessions, filled.of("unknown")) == ({}, 1)


def test_it_travels_from_a_worker_to_the_master() -> None:
    """The ledger survives JSON, and several can be merged."""
    filled = ledger((save("1"), "acknowledged"), (save("2"), "unknown"), (READ, "acknowledged"))
    filled.note_failure("logout: 404")
    copy = ClientLedger.from_json(json.loads(json.dumps(filled.to_json())))
    assert copy == filled
    other = ClientLedger(not_followed=2)
    other.enter(Sent("login", "s2"), "acknowledged")
    copy.merge(other)
    assert set(copy.sessions) == {"s1", "s2"}
    assert (copy.calls["login", "acknowledged"], copy.not_followed, copy.examples) == (2, 2, ["logout: 404"])


def test_the_server_has_acknowledged_what_was_heard_and_at_most_the_unknown_more() -> None:
    """For each kind of call, heard <= said by the server <= heard + unknown."""
    heard: Counter[tuple[Kind, Outcome]] = Counter({("save", "acknowledged"): 10, ("save", "unknown"): 2})
    with Cases() as cases:
        for said, agree in ((9, False), (10, True), (12, True), (13, False)):
            with cases.case(f"server says {said}"):
                found = disagreements(heard, {"update": {"acknowledged": said, "failed": 3}})
                assert not found if agree else "save" in found[0]


def test_a_read_is_held_against_the_access_it_counts() -> None:
    """Reads are compared with the server's increments, not with its reads."""
    heard: Counter[tuple[Kind, Outcome]] = Counter({("read", "acknowledged"): 4})
    assert not disagreements(heard, {"read": {"acknowledged": 99}, "increment": {"acknowledged": 4}})
    assert disagreements(heard, {"read": {"acknowledged": 4}})


def test_only_what_happened_during_the_run_is_compared() -> None:
    """With --keep-run the counts from before the run are subtracted."""
    after = {"create": {"acknowledged": 7, "unknown": 1}, "update": {"acknowledged": 3}}
    assert difference(after, {"create": {"acknowledged": 5}}) == {
        "create": {"acknowledged": 2, "unknown": 1},
        "update": {"acknowledged": 3},
    }


def test_visitors_sit_by_turns_and_crews_fill_up() -> None:
    """Visitors alternate between the managers, and free seats are taken first."""
    shop = Shop()
    shop.open(("buggy", "fixed"), seed=1)
    seats = [shop.enter() for _ in range(6)]
    assert seats == [Seat(variant, number) for number in range(3) for variant in ("buggy", "fixed")]
    shop.leave(Seat("fixed", 1))
    assert shop.enter() == Seat("fixed", 1)
    assert shop.enter() == Seat("buggy", 3)
