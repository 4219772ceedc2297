"""The sentences of verdicts and cards, word for word, for one as for many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from racelab.bugs import Verdict
from racelab.promises.promise import Promise
from racelab.promises.verdict import Result, judge, leading_card
from tests.instrument.evidence import Case, data, kept, one
from tests.subject.cases import Cases

GONE = Promise(3, closed="acknowledged")

VERDICTS = {
    "No change has been acknowledged yet. 0 requests failed.": Case(),
    "Logins and logouts: 1. At rest the counts agree: store 1, statistics 1, database 1, expected 1. "
    "0 requests failed.": one(Promise()),
    "400 saves acknowledged. 31 vanished. 0 requests failed.": one(Promise(400), 369),
    "1 save acknowledged. 0 vanished. 0 requests failed.": one(Promise(1), 1),
    "2 saves acknowledged. 1 vanished. 0 requests failed.": one(Promise(2), 1),
    "12,345 saves acknowledged. 2,345 vanished. 1,000 requests failed.": replace(
        one(Promise(12_345), 10_000), calls={("read", "failed"): 1000}
    ),
    "2 saves acknowledged. 0 vanished. 1 request failed. Unknown outcome: 3.": replace(
        one(Promise(2, unknown=3), 2), calls={("read", "failed"): 1}
    ),
    "Logins and logouts: 1. At rest the counts are wrong about 1 session: store 1, statistics 1, database 2, expected "
    "1. 3 saves acknowledged. 0 vanished. 0 requests failed.": replace(one(Promise(3), 3), rows=["s", "x"]),
    "2 saves acknowledged. 0 vanished. 1 access is stored that no client made. 0 requests failed.": one(Promise(2), 3),
    "2 saves acknowledged. 0 vanished. 2 accesses are stored that no client made. 0 requests failed.": one(
        Promise(2), 4
    ),
    "3 saves acknowledged. None of them can be checked: their sessions are closed. 0 requests failed.": Case(
        {"s": (GONE, None)}
    ),
    "5 saves acknowledged. 2 of them can be checked. 1 vanished. 0 requests failed.": Case(
        {"s": (GONE, None), "t": (Promise(2), data("t", 1))}
    ),
    "5 saves and 2 counted reads acknowledged. 5 of them can be checked. 1 vanished. 0 requests failed.": replace(
        one(Promise(5), 4), calls={("increment", "acknowledged"): 2}
    ),
    "1 counted read acknowledged. None of them can be checked: their sessions are closed. 0 requests failed.": Case(
        calls={("increment", "acknowledged"): 1}
    ),
    "2 saves acknowledged. 0 vanished. 3 requests ended by an injected fault (HTTP 500), outcome unknown. "
    "1 other request failed.": replace(one(Promise(2, unknown=3), 2), calls={("read", "failed"): 1}, injected=3),
    "2 saves acknowledged. 1 vanished. Cleanup that never ends: 1 stuck. Phantom sessions: 1 miscounted. "
    "0 requests failed.": replace(one(Promise(2), 1), queue=["r"], attempts={"r": 9}, rows=["r", "s", "x"]),
    "No change has been acknowledged yet. 0 requests failed. 1 session was too many to follow.": Case(not_followed=1),
    "No change has been acknowledged yet. 0 requests failed. 1,200 sessions were too many to follow.": Case(
        not_followed=1200
    ),
}

CARDS = {
    ("lost_updates", "No change that can be checked overlapped with another user's change."): Case(),
    (
        "lost_updates",
        "200 changes overlapped with another user's change of the same session. 20 of them vanished.",
    ): one(Promise(400, met_rival=200), 380),
    ("lost_updates", "1 change overlapped with another user's change of the same session. All of them survived."): one(
        Promise(4, met_rival=1), 4
    ),
    (
        "lost_updates",
        "5 changes overlapped with another user's change of the same session. No loss is visible, but calls of unknown "
        "outcome may hide one.",
    ): one(Promise(5, 1, 5), 5),
    (
        "lost_updates",
        "3 changes overlapped with another user's change of the same session. 1 was lost to another user or to a "
        "refresh; which of the two is unknown.",
    ): one(Promise(5, 0, 3, 3), 4),
    (
        "stale_overwrites",
        "3 changes overlapped with a refresh of the session from the database. 1 of them vanished. 2 more were lost "
        "to a refresh or to another user; which of the two is unknown.",
    ): one(Promise(5, 0, 2, 3), 2),
    ("stale_overwrites", "No change that can be checked overlapped with a refresh from the database."): Case(),
    ("cleanup_leak", "No deleted session has come up for cleanup yet."): Case(),
    ("cleanup_leak", "1 deleted session came up for cleanup. No cleanup failed, so none could be stuck."): Case(
        cleaned=1
    ),
    ("cleanup_leak", "2 deleted sessions came up for cleanup. 1 removed, 1 dead letter, none stuck."): Case(
        cleaned=1, dead_letters=["d"], attempts={"d": 3}
    ),
    (
        "cleanup_leak",
        "1,003 deleted sessions came up for cleanup. 1,000 removed, 1 dead letter, 2 still queued after more than "
        "3 attempts each.",
    ): Case(cleaned=1000, dead_letters=["d"], queue=["q", "r"], attempts={"d": 3, "q": 4, "r": 9}),
    (
        "cleanup_leak",
        "5 deleted sessions came up for cleanup. 2 removed, 1 dead letter, 2 discarded dead letters, none stuck.",
    ): Case(cleaned=2, dead_letters=["d", "earlier"], attempts={"d": 3}, discarded=2),
    ("phantom_sessions", "No session has been opened or closed yet."): Case(),
    (
        "phantom_sessions",
        "Logins and logouts: 1. At rest the counts agree: store 1, statistics 1, database 1, expected 1.",
    ): one(Promise()),
    (
        "phantom_sessions",
        "Logins and logouts: 3, 1 of unknown outcome. At rest the counts agree: store 1, statistics 1, database 1, "
        "expected one number from 1 to 2; 2 more rows left over from an earlier process.",
    ): replace(one(Promise()), calls={("create", "unknown"): 1, ("create", "acknowledged"): 1,
                                      ("delete", "failed"): 5}, left_over=["l", "m"], recovered=-1),
    (
        "phantom_sessions",
        "Logins and logouts: 1. At rest the counts are wrong about 1 session: store 1, statistics 1, database 2, "
        "expected 1.",
    ): replace(one(Promise()), rows=["s", "x"]),
    (
        "phantom_sessions",
        "Logins and logouts: 2. At rest the counts are wrong about 2 sessions: store 0, statistics 0, database 0, "
        "expected 2.",
    ): Case({"s": (Promise(), None), "t": (Promise(), None)}),
}  # fmt: skip


def test_the_verdict_says() -> None:
    """The verdict's sentence counts what was promised, survived, vanished and failed."""
    with Cases() as cases:
        for sentence, case in VERDICTS.items():
            with cases.case(sentence):
                assert judge(case.evidence()).sentence == sentence


def test_the_parts_say_what_is_a_detail() -> None:
    """The parts say which sentence counts losses and which ones are details."""
    case = replace(one(Promise(2, unknown=3), 1), calls={("read", "failed"): 1}, not_followed=1)
    result = judge(case.evidence())
    assert result.sentence == " ".join(part["text"] for part in result.to_json()["parts"])
    assert [(part["role"], part["text"]) for part in result.parts] == [
        ("said", "2 saves acknowledged."),
        ("vanished", "1 vanished."),
        ("detail", "1 request failed."),
        ("detail", "Unknown outcome: 3."),
        ("detail", "1 session was too many to follow."),
    ]
    cards = result.cards.values()
    assert {part["role"] for card in cards for part in card.parts} == {"said"}


def test_the_card_says() -> None:
    """A card's sentence says what was put to the test, and what came of it."""
    with Cases() as cases:
        for (bug, sentence), case in CARDS.items():
            with cases.case(bug, sentence):
                assert judge(case.evidence()).cards[bug].sentence == sentence


def lines(case: Case, bug: str) -> list[str]:
    """The card's evidence in words."""
    return [line.text for line in judge(case.evidence()).cards[bug].evidence]


def test_the_evidence_names_acknowledged_and_stored_values() -> None:
    """Evidence names both values of a key, both counts, attempts, and the phantom."""
    keys = {"k3": kept("17", rival=True), "k4": kept("a", "b", rival=True)}
    case = Case({"5f00aa11bb": (Promise(9, 0, 9, 0, keys), data("5f00aa11bb", 6, {"k3": "12"}))})
    assert lines(case, "lost_updates") == [
        "session 5f00aa11…: 'k3' was saved as '17'; '12' is stored",
        "session 5f00aa11…: 'k4' was saved as 'a' or 'b'; no value is stored",
        "session 5f00aa11…: 9 accesses were acknowledged, 6 are stored",
    ]
    stuck = Case(queue=["0123456789"], attempts={"0123456789": 7})
    assert lines(stuck, "cleanup_leak") == ["session 01234567…: tried 7 times, still queued"]
    case = Case({"s" * 9: (Promise(), None), "t" * 9: (Promise(closed="acknowledged"), data("t" * 9))}, active=2,
                rows=["r" * 9])  # fmt: skip
    assert lines(case, "phantom_sessions") == [
        "session rrrrrrrr… has a row, but is neither open nor waiting for cleanup",
        "session tttttttt… is open, but has no row",
        "session tttttttt… was closed, and is open",
        "session ssssssss… was opened and not closed, and has vanished",
        "store 1, statistics 2, database 1, expected 1",
    ]


def with_card(bug: str, **values: Any) -> Result:
    """The verdict on nothing, but for one card."""
    told = judge(Case().evidence())
    told.cards[bug] = replace(told.cards[bug], **values)
    return told


def test_who_was_asked_for_anything_is_said_by_the_judge() -> None:
    """A change, an unknown outcome, a failure and a counted login count; cleanup of earlier rows does not."""
    nothing = judge(Case().evidence())
    assert not nothing.asked
    called: list[dict[str, Any]] = [{"promised": 1}, {"unknown": 1}, {"failed_requests": 1}]
    for values in called:
        assert replace(nothing, **values).asked, values
    assert with_card("phantom_sessions", promised=1).asked
    assert not with_card("cleanup_leak", promised=9).asked


def test_one_card_leads_all_managers_or_none() -> None:
    """Where something vanished no card leads; else what is wrong does, and then what was measured."""
    nothing = judge(Case().evidence())
    leaking = with_card("cleanup_leak", promised=9, verdict=Verdict.DISAGREE)
    counted = with_card("phantom_sessions", promised=3, verdict=Verdict.AGREE)
    for results, card in (
        ([nothing, nothing], ""),
        ([counted, nothing], "phantom_sessions"),
        ([counted, leaking], "cleanup_leak"),
        ([replace(nothing, promised=5), counted], ""),
        ([replace(nothing, promised=5), leaking], "cleanup_leak"),
        ([replace(nothing, vanished=1), leaking], ""),
        ([leaking, replace(nothing, surplus=1)], ""),
    ):
        assert leading_card(results) == card, [one.cards for one in results]
