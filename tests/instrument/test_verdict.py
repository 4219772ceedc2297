"""The verdict is a pure function: evidence made by hand, three values, and each bug on its own card."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

from racelab.bugs import Outcome, Verdict
from racelab.promises.evidence import should_be
from racelab.promises.json_types import CountsJson
from racelab.promises.ledger import Totals
from racelab.promises.promise import Kind, Promise
from racelab.promises.verdict import Result, judge, unsettled
from tests.instrument.calls import OUTCOMES
from tests.instrument.evidence import Case, data, kept, one
from tests.instrument.labs import BUGS
from tests.subject.cases import Cases


def lit(verdict: Result) -> set[str]:
    return {bug for bug, card in verdict.cards.items() if card.verdict == Verdict.DISAGREE}


def values(verdict: Result) -> dict[str, str]:
    return {bug: card.verdict for bug, card in verdict.cards.items()}


def test_nothing_observed_is_never_agree() -> None:
    """Without a call the verdict and every card are 'cannot tell'."""
    verdict = judge(Case().evidence())
    assert verdict.verdict == Verdict.CANNOT_TELL
    assert values(verdict) == dict.fromkeys(BUGS, Verdict.CANNOT_TELL)
    assert [(card.promised, card.present, card.count) for card in verdict.cards.values()] == [(0, 0, 0)] * 4


def test_reads_alone_are_nothing_observed() -> None:
    """Reads and refused logins alone leave the verdict at 'cannot tell'."""
    with Cases() as cases:
        for outcome in OUTCOMES:
            with cases.case(outcome):
                verdict = judge(
                    Case(calls={("read", outcome): 5, ("create", "failed"): 3, ("update", "failed"): 2}).evidence()
                )
                assert {verdict.verdict, *values(verdict).values()} == {Verdict.CANNOT_TELL}


def test_a_card_agrees_only_where_its_conditions_were_met() -> None:
    """A card agrees only if the conditions of its bug were met."""
    verdict = judge(one(Promise(changes=3), 3).evidence())
    assert verdict.verdict == Verdict.AGREE
    assert values(verdict) == {**dict.fromkeys(BUGS, Verdict.CANNOT_TELL), "phantom_sessions": Verdict.AGREE}
    verdict = judge(one(Promise(changes=3, met_rival=2, met_refresh=1), 3).evidence())
    assert values(verdict) == {**dict.fromkeys(BUGS, Verdict.AGREE), "cleanup_leak": Verdict.CANNOT_TELL}
    verdict = judge(Case(cleaned=1).evidence())
    assert values(verdict) == dict.fromkeys(BUGS, Verdict.CANNOT_TELL)  # what is easy to clean up cannot get stuck
    assert verdict.verdict == Verdict.CANNOT_TELL
    verdict = judge(Case(cleaned=1, dead_letters=["d"], attempts={"d": 3}).evidence())
    assert values(verdict) == {**dict.fromkeys(BUGS, Verdict.CANNOT_TELL), "cleanup_leak": Verdict.AGREE}
    assert verdict.verdict == Verdict.AGREE


LOST = {
    "lost_updates": one(Promise(changes=9, met_rival=5), 7),
    "stale_overwrites": one(Promise(changes=9, met_refresh=5), 7),
    "cleanup_leak": Case(queue=["odd"], attempts={"odd": 4}, cleaned=1),
    "phantom_sessions": replace(one(Promise(changes=9), 9), rows=["s", "nobody's"]),
}


def test_each_bug_lights_its_own_card_alone() -> None:
    """Evidence of one bug alone lights that bug's card, and the verdict disagrees."""
    with Cases() as cases:
        for bug in BUGS:
            with cases.case(bug):
                verdict = judge(LOST[bug].evidence())
                assert lit(verdict) == {bug}
                assert verdict.verdict == Verdict.DISAGREE
                assert verdict.cards[bug].count == {"lost_updates": 2, "stale_overwrites": 2}.get(bug, 1)
                assert verdict.cards[bug].evidence


def test_a_key_that_vanished_tells_by_itself_what_it_met() -> None:
    """A lost key counts for the one thing it met; after both or neither, for no card."""
    with Cases() as cases:
        for rival, refresh in product((True, False), repeat=2):
            with cases.case(f"rival={rival}", f"refresh={refresh}"):
                promise = Promise(2, 0, 2 * rival, 2 * refresh, {"k": kept("1", rival=rival, refresh=refresh)})
                verdict = judge(one(promise, 1, {"k": "0"}).evidence())
                expected = {"lost_updates": rival and not refresh, "stale_overwrites": refresh and not rival}
                assert lit(verdict) == {bug for bug, is_lit in expected.items() if is_lit}
                assert {verdict.cards[bug].either for bug in expected} == {int(rival and refresh)}
                assert (verdict.verdict, verdict.vanished, verdict.present) == (Verdict.DISAGREE, 1, 1)


def test_what_met_nothing_is_put_down_to_nobody() -> None:
    """A loss in a session without overlaps is attributed to no card."""
    unlucky, busy = Promise(changes=8), Promise(changes=10, met_rival=3, met_refresh=2)
    case = Case({"a": (unlucky, data("a", 0)), "b": (busy, data("b", 10))})
    verdict = judge(case.evidence())
    assert (verdict.verdict, verdict.vanished, lit(verdict)) == (Verdict.DISAGREE, 8, set())
    for bug, promised in (("lost_updates", 3), ("stale_overwrites", 2)):
        card = verdict.cards[bug]
        assert (card.promised, card.present, card.count, card.either) == (promised, promised, 0, 0)


def test_a_value_that_was_written_at_the_same_time_is_kept() -> None:
    """Any of several overlapping writes may survive, and no other value."""
    keys = {"a": kept("1", "2", rival=True), "b": kept("x", promised=False)}
    for metadata in ({"a": "1", "b": "x"}, {"a": "2"}, {"a": "1", "b": "never written"}):
        assert judge(one(Promise(2, 1, 2, keys=keys), 2, metadata).evidence()).verdict == Verdict.AGREE
    for metadata in ({"a": "3"}, {}):
        assert lit(judge(one(Promise(2, 1, 2, keys=keys), 2, metadata).evidence())) == {"lost_updates"}


def test_a_closed_session_is_not_asked_for_its_changes() -> None:
    """The changes of a closed session are not checked."""
    for closed in ("acknowledged", "unknown"):
        promise = Promise(5, closed=closed)
        verdict = judge(Case({"s": (promise, None)}).evidence())
        assert (verdict.verdict, verdict.promised, verdict.vanished) == (Verdict.AGREE, 0, 0)


def test_a_session_that_disappeared_took_its_changes_with_it() -> None:
    """All changes of a session that disappeared have vanished, through neither race."""
    verdict = judge(Case({"s": (Promise(5, met_rival=5), None)}).evidence())
    assert (verdict.promised, verdict.present, verdict.vanished) == (5, 0, 5)
    assert lit(verdict) == {"phantom_sessions"}


def test_more_than_anybody_asked_for_is_wrong_too() -> None:
    """Accesses beyond those acknowledged or of unknown outcome are counted as surplus."""
    with Cases() as cases:
        for unknown, surplus in ((0, 3), (2, 1), (3, 0), (9, 0)):
            with cases.case(f"{unknown} unknown"):
                verdict = judge(one(Promise(4, unknown), 7).evidence())
                assert (verdict.surplus, verdict.vanished) == (surplus, 0)
                assert verdict.verdict == (Verdict.DISAGREE if surplus else Verdict.AGREE)


def test_what_should_be_there_is_an_interval() -> None:
    """Unknown logins raise the upper bound, and unknown logouts lower the lower one."""
    some: dict[tuple[Kind, Outcome], int] = {("create", "acknowledged"): 5, ("delete", "acknowledged"): 2}
    created = {("create", "acknowledged"): 5}
    expected: list[tuple[dict[Any, int], int, tuple[int, int]]] = [
        ({}, 0, (0, 0)),
        (some, 0, (3, 3)),
        (some, 4, (7, 7)),
        ({**created, ("create", "unknown"): 2}, 0, (5, 7)),
        ({**created, ("delete", "unknown"): 2}, 0, (3, 5)),
        ({**created, ("create", "unknown"): 1, ("delete", "unknown"): 2}, 1, (4, 7)),
        ({("create", "acknowledged"): 1, ("delete", "unknown"): 3}, 0, (0, 1)),
        ({("create", "failed"): 9, ("delete", "failed"): 9, ("update", "unknown"): 9}, 0, (0, 0)),
    ]
    with Cases() as cases:
        for calls, recovered, interval in expected:
            with cases.case(calls, f"{recovered} recovered"):
                assert should_be(Totals(Counter(calls)), recovered) == interval


def test_any_count_within_the_interval_agrees() -> None:
    """With five logins, two more unknown and one unknown logout, four to seven agree."""
    with Cases() as cases:
        for extra, wrong in ((-2, 1), (-1, 0), (0, 0), (1, 0), (2, 0), (3, 1), (5, 3)):
            with cases.case(f"{5 + extra} sessions"):
                opened = {f"s{number}": (Promise(), data(f"s{number}")) for number in range(min(5, 5 + extra))}
                case = Case({**opened}, calls={("create", "unknown"): 2, ("delete", "unknown"): 1})
                evidence = case.evidence()
                evidence.totals.calls["create", "acknowledged"] = 5
                for number in range(extra):
                    evidence.census.sessions[f"x{number}"] = data(f"x{number}")
                    evidence.row_ids.add(f"x{number}")
                    evidence.census.stats.active_sessions += 1
                assert judge(evidence).cards["phantom_sessions"].count == wrong


PHANTOMS = {
    "a row that nobody cares for": (Case(rows=["a", "b", "x"]), 1),
    "the same, still counted by the statistics": (Case(rows=["a", "b", "x"], active=3), 1),
    "two rows, one of them still counted": (Case(rows=["a", "b", "x", "y"], active=3), 2),
    "open and not counted": (Case(active=1), 1),
    "counted and nowhere": (Case(active=4), 2),
    "opposite signs: one open and not counted, one gone with its row and still counted": (
        Case(rows="abx", active=2),
        1,
    ),
    "three rows that nobody cares for, and one open that is not counted": (Case(rows="abxyz", active=1), 4),
    "open without a row": (Case(rows=["a"]), 1),
    "a row too few here and one too many there": (Case(rows=["a", "x"]), 2),
    "waiting for cleanup": (Case(queue=["q"], attempts={"q": 4}), 0),
    "set aside": (Case(dead_letters=["d"], attempts={"d": 3}), 0),
    "left over from an earlier process": (Case(left_over=["l", "m"]), 0),
    "left over, and cleaned away since": (Case(left_over=["l", "m"], rows=["a", "b", "l"]), 0),
}


def test_a_session_counted_here_and_not_there_is_a_phantom() -> None:
    """Each phantom counts once, and faults of opposite sign do not cancel out."""
    with Cases() as cases:
        for name, (case, wrong) in PHANTOMS.items():
            with cases.case(name):
                told = replace(case, sessions={name: (Promise(), data(name)) for name in "ab"})
                card = judge(told.evidence()).cards["phantom_sessions"]
                verdict = Verdict.DISAGREE if wrong else Verdict.AGREE
                assert (card.count, card.verdict, bool(card.evidence)) == (wrong, verdict, bool(wrong))


def test_a_session_that_is_open_after_its_logout_was_acknowledged_is_wrong() -> None:
    """A session that is open after an acknowledged logout is a phantom."""
    for closed, wrong in (("acknowledged", 1), ("unknown", 0)):
        case = Case({"s": (Promise(closed=closed), data("s"))})  # type: ignore[arg-type]
        assert judge(case.evidence()).cards["phantom_sessions"].count == wrong


def test_cleanup_is_stuck_only_when_it_tried_too_often_and_still_waits() -> None:
    """A row is stuck if it is still queued after more than three attempts."""
    for attempts, stuck in ((1, 0), (3, 0), (4, 1), (400, 1)):
        card = judge(Case(queue=["q"], attempts={"q": attempts}).evidence()).cards["cleanup_leak"]
        assert (card.promised, card.count) == (1, stuck)
        card = judge(Case(dead_letters=["q"], attempts={"q": attempts}).evidence()).cards["cleanup_leak"]
        assert (card.promised, card.count) == (1, 0)


def test_the_counts_are_the_ones_that_the_page_shows() -> None:
    """The database count leaves out rows that wait for cleanup and dead letters."""
    case = Case(
        {"a": (Promise(), data("a")), "b": (Promise(), data("b"))},
        {("create", "unknown"): 1}, queue=["q"], dead_letters=["d", "e"], left_over=["l"], active=3, recovered=1,
    )  # fmt: skip
    counts = {"store": 2, "statistics": 3, "database": 3, "should_be": [3, 4], "queue": 1, "dead_letters": 2}
    assert judge(case.evidence()).counts == {**counts, "left_over": 1}


def test_judging_changes_nothing() -> None:
    """Judging the same evidence twice gives the same verdict and changes nothing."""
    evidence = LOST["lost_updates"].evidence()
    before = copy.deepcopy(evidence)
    assert judge(evidence) == judge(evidence)
    assert evidence == before


def test_failures_and_unknown_outcomes_are_added_up() -> None:
    """Failures and unknown outcomes are summed over all kinds of calls."""
    calls = {("read", "failed"): 2, ("update", "failed"): 3, ("create", "unknown"): 1, ("delete", "unknown"): 4}
    verdict = judge(Case(calls=calls).evidence())  # type: ignore[arg-type]
    assert (verdict.failed_requests, verdict.unknown) == (5, 5)


def test_evidence_is_bounded() -> None:
    """A card has at most five lines of evidence, each of bounded length."""
    promise = Promise(1, 0, 1, 0, {"k" * 20: kept("v" * 1000, rival=True)})
    case = Case({f"session-{n:03}": (promise, data(f"session-{n:03}", 1)) for n in range(100)})
    card = judge(case.evidence()).cards["lost_updates"]
    assert (card.count, len(card.evidence)) == (100, 5)
    assert max(len(line.text) for line in card.evidence) < 150


def test_while_things_move_nothing_is_said() -> None:
    """While calls are in flight every card is 'cannot tell', with the counts shown."""
    counts: CountsJson = {
        "store": 1,
        "statistics": 2,
        "database": 3,
        "should_be": [4, 4],
        "queue": 5,
        "dead_letters": 6,
        "left_over": 9,
    }
    verdict = unsettled("3 calls are in flight", counts, failed=7, unknown=8)
    assert {verdict.verdict, *values(verdict).values()} == {Verdict.CANNOT_TELL}
    assert set(verdict.cards) == set(BUGS)
    assert verdict.sentence == "Measuring: 3 calls are in flight."
    assert (verdict.promised, verdict.vanished, verdict.failed_requests, verdict.unknown) == (0, 0, 7, 8)
    assert verdict.counts == counts
