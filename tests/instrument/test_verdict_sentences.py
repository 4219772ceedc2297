"""The sentences, word for word: each is exactly true, with one as with many."""

from __future__ import annotations

from dataclasses import replace

from racelab.promises.promise import Promise
from racelab.promises.verdict import judge
from tests.instrument.evidence import Case, data, kept, one
from tests.subject.cases import Cases

GONE = Promise(3, closed="acknowledged")

VERDICTS = {
    "The server has not said 'saved' yet. Failed requests: 0.": Case(),
    "Logins and logouts: 1. At rest the counts agree: store 1, statistics 1, database 1, all three should be 1. "
    "Failed requests: 0.": one(Promise()),
    "The server said 'saved' 400 times. 369 are there. 31 vanished. Failed requests: 0.": one(Promise(400), 369),
    "The server said 'saved' 1 time. 1 is there. 0 vanished. Failed requests: 0.": one(Promise(1), 1),
    "The server said 'saved' 2 times. 1 is there. 1 vanished. Failed requests: 0.": one(Promise(2), 1),
    "The server said 'saved' 12,345 times. 10,000 are there. 2,345 vanished. Failed requests: 1,000.": replace(
        one(Promise(12_345), 10_000), calls={("read", "failed"): 1000}
    ),
    "The server said 'saved' 2 times. 2 are there. 0 vanished. Failed requests: 0. Outcome unknown: 3.": one(
        Promise(2, unknown=3), 2
    ),
    "Logins and logouts: 1. At rest the counts are wrong about 1 session: store 1, statistics 1, database 2, all three "
    "should be 1. The server said 'saved' 3 times. 3 are there. 0 vanished. Failed requests: 0.": replace(
        one(Promise(3), 3), rows=["s", "x"]
    ),
    "The server said 'saved' 2 times. 2 are there. 0 vanished. 1 is there that nobody asked for. "
    "Failed requests: 0.": one(Promise(2), 3),
    "The server said 'saved' 2 times. 2 are there. 0 vanished. 2 are there that nobody asked for. "
    "Failed requests: 0.": one(Promise(2), 4),
    "The server said 'saved' 3 times, never in a session that can still be checked. Failed requests: 0.": Case(
        {"s": (GONE, None)}
    ),
    "The server said 'saved' 5 times. Of the 2 that can still be checked, 1 is there. 1 vanished. "
    "Failed requests: 0.": Case({"s": (GONE, None), "t": (Promise(2), data("t", 1))}),
    "The server has not said 'saved' yet. Failed requests: 0. 1 session was too many to follow.": Case(not_followed=1),
    "The server has not said 'saved' yet. Failed requests: 0. 1,200 sessions were too many to follow.": Case(
        not_followed=1200
    ),
}

CARDS = {
    ("lost_updates", "No change that can be checked was saved while another visitor was saving one."): Case(),
    ("lost_updates", "200 changes came while another visitor was changing the same session. 20 of them vanished."): one(
        Promise(400, met_rival=200), 380
    ),
    ("lost_updates", "1 change came while another visitor was changing the same session. All of them are there."): one(
        Promise(4, met_rival=1), 4
    ),
    (
        "lost_updates",
        "5 changes came while another visitor was changing the same session. None is missing, as far as calls of "
        "unknown outcome let it be told.",
    ): one(Promise(5, 1, 5), 5),
    (
        "lost_updates",
        "3 changes came while another visitor was changing the same session. None vanished for sure. 1 more was lost "
        "to another visitor or to a refresh: nobody can tell which.",
    ): one(Promise(5, 0, 3, 3), 4),
    (
        "stale_overwrites",
        "3 changes came while the session was being refreshed from the database. 1 of them vanished. 2 more were lost "
        "to a refresh or to another visitor: nobody can tell which.",
    ): one(Promise(5, 0, 2, 3), 2),
    ("stale_overwrites", "No change that can be checked was saved during a refresh from the database."): Case(),
    ("cleanup_leak", "No deleted session has been up for cleanup yet."): Case(),
    ("cleanup_leak", "1 deleted session came up for cleanup. None was hard to clean up, so none could be stuck."): Case(
        cleaned=1
    ),
    ("cleanup_leak", "2 deleted sessions came up for cleanup. 1 removed, 1 set aside, none stuck."): Case(
        cleaned=1, dead_letters=["d"], attempts={"d": 3}
    ),
    (
        "cleanup_leak",
        "1,003 deleted sessions came up for cleanup. 1,000 removed, 1 set aside, 2 still queued after more than "
        "3 attempts each.",
    ): Case(cleaned=1000, dead_letters=["d"], queue=["q", "r"], attempts={"d": 3, "q": 4, "r": 9}),
    (
        "cleanup_leak",
        "5 deleted sessions came up for cleanup. 2 removed, 1 set aside, 2 set aside and then discarded, none stuck.",
    ): Case(cleaned=2, dead_letters=["d", "earlier"], attempts={"d": 3}, discarded=2),
    ("phantom_sessions", "No session has been opened or closed yet."): Case(),
    (
        "phantom_sessions",
        "Logins and logouts: 1. At rest the counts agree: store 1, statistics 1, database 1, all three should be 1.",
    ): one(Promise()),
    (
        "phantom_sessions",
        "Logins and logouts: 3. At rest the counts agree: store 1, statistics 1, database 1, all three should be one "
        "number from 1 to 2; 2 more rows left over from an earlier process.",
    ): replace(one(Promise()), calls={("create", "unknown"): 1, ("create", "acknowledged"): 1,
                                      ("delete", "failed"): 5}, left_over=["l", "m"], recovered=-1),
    (
        "phantom_sessions",
        "Logins and logouts: 1. At rest the counts are wrong about 1 session: store 1, statistics 1, database 2, "
        "all three should be 1.",
    ): replace(one(Promise()), rows=["s", "x"]),
    (
        "phantom_sessions",
        "Logins and logouts: 2. At rest the counts are wrong about 2 sessions: store 0, statistics 0, database 0, "
        "all three should be 2.",
    ): Case({"s": (Promise(), None), "t": (Promise(), None)}),
}  # fmt: skip


def test_the_verdict_says() -> None:
    """The verdict's sentence counts what was promised, survived, vanished and failed."""
    with Cases() as cases:
        for sentence, case in VERDICTS.items():
            with cases.case(sentence):
                assert judge(case.evidence()).sentence == sentence


def test_the_card_says() -> None:
    """A card's sentence says what was put to the test, and what came of it."""
    with Cases() as cases:
        for (bug, sentence), case in CARDS.items():
            with cases.case(bug, sentence):
                assert judge(case.evidence()).cards[bug].sentence == sentence


def test_the_evidence_says_what_was_promised_and_what_is_there() -> None:
    """A key by both its values, an access count by both numbers, a stuck row by its attempts, a phantom by its kind."""
    keys = {"k3": kept("17", rival=True), "k4": kept("a", "b", rival=True)}
    case = Case({"5f00aa11bb": (Promise(9, 0, 9, 0, keys), data("5f00aa11bb", 6, {"k3": "12"}))})
    assert judge(case.evidence()).cards["lost_updates"].evidence == [
        "session 5f00aa11…: 'k3' was saved as '17'; '12' is there",
        "session 5f00aa11…: 'k4' was saved as 'a' or 'b'; it is not there",
        "session 5f00aa11…: 9 accesses were counted, it says 6",
    ]
    stuck = Case(queue=["0123456789"], attempts={"0123456789": 7})
    assert judge(stuck.evidence()).cards["cleanup_leak"].evidence == ["session 01234567…: tried 7 times, still queued"]
    case = Case({"s" * 9: (Promise(), None), "t" * 9: (Promise(closed="acknowledged"), data("t" * 9))}, active=2,
                rows=["r" * 9])  # fmt: skip
    assert judge(case.evidence()).cards["phantom_sessions"].evidence == [
        "session rrrrrrrr… has a row, but is neither open nor waiting for cleanup",
        "session tttttttt… is open, but has no row",
        "session tttttttt… was closed, and is open",
        "session ssssssss… was opened and not closed, and is gone",
        "store 1, statistics 2, database 1, all three should be 1",
    ]
