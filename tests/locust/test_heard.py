"""The users' ledger: what it remembers, what it forgets, how it travels, and how it is compared. No Locust in here."""

from __future__ import annotations

import json
from collections import Counter

from locustfiles._shop import Seat, Shop
from racelab.bugs import Outcome
from racelab.promises.afar import compared
from racelab.promises.heard import Heard, difference, disagreements
from racelab.promises.promise import Call, Kind, Promise
from tests.locust.heard import entered
from tests.subject.cases import Cases

Request = tuple[Kind, str, str]
READ: Request = ("increment", "", "")


def save(value: str, key: str = "k") -> Request:
    """A save to the one session."""
    return "update", key, value


def heard(*entries: tuple[Request, Outcome]) -> Heard:
    """What users heard who opened the session and then did that, one after another."""
    filled = Heard()
    entered(filled, "acknowledged", "create", "s1")
    for (kind, key, value), outcome in entries:
        entered(filled, outcome, kind, "s1", key, value)
    return filled


def compare(filled: Heard, access_count: int, metadata: dict[str, str]) -> tuple[int, int]:
    """How many changes vanished, and how many are stored that no user made, if the session holds that."""
    held = {"s1": {"access_count": access_count, "metadata": metadata}}
    changes = compared(filled.open_sessions(), held)  # type: ignore[arg-type]
    return changes.vanished, changes.surplus


def test_acknowledged_changes_are_promised() -> None:
    """A save or read promises one access, and the last value of a key is promised."""
    held = heard((save("1"), "acknowledged"), (save("2"), "acknowledged"), (READ, "acknowledged"))
    assert compare(held, 3, {"k": "2"}) == (0, 0)
    assert compare(held, 2, {"k": "2"}) == (1, 0)
    assert compare(held, 3, {"k": "1"}) == (1, 0)
    assert compare(held, 3, {}) == (1, 0)


def test_a_session_that_is_gone_took_all_its_changes_along() -> None:
    """All changes of a session that is not stored have vanished."""
    gone = heard((save("1"), "acknowledged"), (READ, "acknowledged"))
    assert compared(gone.open_sessions(), {}).vanished == 2


def test_a_lost_key_and_its_lost_access_are_one_lost_change() -> None:
    """A save whose key and access are both lost is one lost change."""
    held = heard((save("1", "a"), "acknowledged"), (save("2", "b"), "acknowledged"))
    assert compare(held, 1, {"a": "1"}) == (1, 0)


def test_what_nobody_knows_is_neither_promised_nor_a_surplus() -> None:
    """A change of unknown outcome is neither promised nor a surplus."""
    held = heard((save("1"), "acknowledged"), (save("2"), "unknown"), (READ, "unknown"))
    for count in (1, 2, 3):
        for value in ("1", "2"):
            assert compare(held, count, {"k": value}) == (0, 0)
    assert compare(held, 4, {"k": "1"}) == (0, 1)
    assert compare(held, 3, {"k": "7"}) == (1, 0)
    assert compare(heard((save("1"), "unknown")), 0, {}) == (0, 0)


def test_a_failed_request_promises_nothing() -> None:
    """A definite failure promises nothing, and its message is kept."""
    filled = heard((save("1"), "failed"), (("delete", "", ""), "failed"))
    assert filled.open_sessions() == {"s1": Promise()}
    assert (filled.of("failed"), filled.examples) == (2, ["save: 404", "logout: 404"])


def test_closed_sessions_are_not_read_back() -> None:
    """A session whose logout was acknowledged or unknown is not certainly open, and keeps no keys."""
    outcomes: tuple[Outcome, ...] = ("acknowledged", "unknown")
    with Cases() as cases:
        for outcome in outcomes:
            with cases.case(outcome):
                filled = heard((save("1"), "acknowledged"), (("delete", "", ""), outcome), (READ, "acknowledged"))
                assert not filled.open_sessions()
                assert not filled.ledger.promises()["s1"].keys
                assert filled.calls["increment", "acknowledged"] == 1


def test_more_open_sessions_than_the_limit_are_counted_and_not_followed() -> None:
    """Open sessions beyond the limit are counted only; closed ones make room."""
    filled = Heard(most_sessions=2)
    for number in range(5):
        entered(filled, "acknowledged", "create", f"s{number}")
        entered(filled, "acknowledged", "update", f"s{number}", "k", "v")
    assert set(filled.open_sessions()) == {"s0", "s1"}
    assert (filled.ledger.not_followed, filled.calls["create", "acknowledged"]) == (3, 5)
    entered(filled, "acknowledged", "delete", "s0")
    entered(filled, "acknowledged", "create", "s5")
    assert set(filled.open_sessions()) == {"s1", "s5"}


def test_a_login_of_unknown_outcome_is_counted_only() -> None:
    """A login of unknown outcome is counted, and no session is followed."""
    filled = Heard()
    entered(filled, "unknown", "create")
    assert (filled.open_sessions(), filled.of("unknown")) == ({}, 1)


def test_it_travels_from_a_worker_to_the_master() -> None:
    """The ledger survives JSON, and those of several processes become one."""
    filled = heard((save("1"), "acknowledged"), (save("2"), "unknown"), (READ, "acknowledged"), (save("3"), "failed"))
    meeting = [Call("update", "s1", "a", "x"), Call("increment", "s1", refreshing=True)]
    for call in meeting:
        filled.ledger.begin(call)
    for call in meeting:
        filled.end(call, "acknowledged")
    other = Heard(most_sessions=1)
    for number in (2, 3):
        entered(other, "acknowledged", "create", f"s{number}")
    entered(other, "unknown", "delete", "s2")
    merged = Heard()
    for each in (filled, other):
        merged.merge(json.loads(json.dumps(each.to_json())))
    assert merged.open_sessions() == filled.open_sessions()
    assert (merged.open_sessions()["s1"].met_rival, merged.open_sessions()["s1"].met_refresh) == (2, 1)
    assert merged.ledger.promises()["s2"].closed == "unknown"
    assert merged.calls == filled.calls + other.calls
    assert (merged.ledger.not_followed, merged.examples) == (1, ["save: 404"])


def test_the_server_has_acknowledged_what_was_heard_and_at_most_the_unknown_more() -> None:
    """For each kind of call, heard <= said by the server <= heard + unknown."""
    ours: Counter[tuple[Kind, Outcome]] = Counter({("update", "acknowledged"): 10, ("update", "unknown"): 2})
    with Cases() as cases:
        for said, agree in ((9, False), (10, True), (12, True), (13, False)):
            with cases.case(f"server says {said}"):
                found = disagreements(ours, {"update": {"acknowledged": said, "failed": 3}})
                assert not found if agree else "save" in found[0]


def test_a_read_is_held_against_the_access_it_counts() -> None:
    """Reads are compared with the server's increments, not with its reads."""
    ours: Counter[tuple[Kind, Outcome]] = Counter({("increment", "acknowledged"): 4})
    assert not disagreements(ours, {"read": {"acknowledged": 99}, "increment": {"acknowledged": 4}})
    assert disagreements(ours, {"read": {"acknowledged": 4}})


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
