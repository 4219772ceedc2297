"""What the replay page says to help: hints, opened one after another, and the headline when all is over.

Only words and schedules live here. A test follows each schedule and sees it go wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Way:
    """A way to make a scenario go wrong: in words, and step by step, on that manager."""

    words: str
    schedule: str
    variant: str = "buggy"


NUDGES: Final[dict[str, tuple[str, ...]]] = {
    "lost_update": (
        "Let A do everything, and then B. Nothing is lost: they have to overlap. Start over, and stop A on its way.",
        "Each of them reads the session first and writes it later; in buggy.py a line marked BUG stands between. Think "
        "of what the other one may do while somebody is there.",
    ),
    "stale_overwrite": (
        "A refresh reads the row, and gets the answer later. Step the refresh, and look at the row that it holds.",
        "What it holds does not change any more, whatever others save. Look at the test before the row is taken, which "
        "buggy.py marks BUG: when does it say no?",
    ),
    "phantom_session": (
        "The store, the statistics and the cleanup queue count the same sessions. Look at all three after each step.",
        "Each place has a lock of its own. Stop somebody between two of them (in buggy.py a line marked BUG stands "
        "there): whoever looks now sees a half-done change.",
    ),
    "cleanup_leak": (
        "In this lab a row whose id has an odd length cannot be cleaned up. Look at what is in the queue.",
        "Step the cleanup until it fails for an id. Where does that id go? In buggy.py that line is marked BUG.",
    ),
    "other_process": (
        "Another process writes the same row. Look at the row in the database after each step.",
        "The manager changes the copy that it has in memory, and then writes the whole copy. Who knows what has "
        "happened to the row meanwhile?",
    ),
    "lazy": (
        "Let both look before either has built anything.",
        "One has to wait for the lock. Look at what it does first when it gets it.",
        "Nothing goes wrong, in any order: whoever gets the lock looks again before building.",
    ),
}
"""For each bug: where to look, without saying what to do."""

_THEN_REFRESH = "Let the refresh read the row, let A do everything, and then let the refresh write what it read."

WAYS: Final[dict[str, Way]] = {
    "lost-increment": Way("Let A read, then let B do everything, then let A write.", "A1 B3 A2"),
    "lost-update": Way("Let A read, then let B do everything, then let A write.", "A1 B3 A2"),
    "update-and-increment": Way("Let A read, then let B do everything, then let A write.", "A1 B3 A2"),
    "stale-overwrite": Way(_THEN_REFRESH, "B3 A3 B1"),
    "stale-increment": Way(_THEN_REFRESH, "B3 A3 B1"),
    "stale-read": Way(
        "The session is old, so B refreshes it before reading. Let B go until it has the row, let A do everything, and "
        "then let B go on.",
        "B5 A3 B2",
    ),
    "stale-then-saved": Way(
        "Let the refresh read the row, let A make its first change, let the refresh write, and then let A make the "
        "second: it starts from the old copy, and writes that to the database.",
        "B3 A3 B1 A3",
    ),
    "stale-clock": Way(f"{_THEN_REFRESH} The clock goes first in A's turn.", "B3 A5 B1"),
    "revoked-still-in": Way(_THEN_REFRESH, "B3 A3 B1"),
    "refresh-arrives": Way(
        "On buggy the news arrives in every order. Take seed-less-than, let the other process write, and then let the "
        "refresh do everything. It never takes the row.",
        "A1 B4",
        "seed-less-than",
    ),
    "phantom-create": Way(
        "Let A go until its session is in the store, and no further. Then let B compare. Every order comes past this "
        "moment; here B sees it.",
        "A5 B2 A1",
    ),
    "phantom-delete": Way(
        "Let A take one step: its session is gone from the store and still counted. Every order comes past such a "
        "moment.",
        "A3 B3",
    ),
    "three-counts": Way("Let A take one step and wait there. Then let B take two, and look.", "A1 B3 A2"),
    "double-delete": Way(
        "On buggy every order is good: the second is refused. Take check-then-decrement, let A look, let B do "
        "everything, and then let A go on.",
        "A1 B4 A3",
        "check-then-decrement",
    ),
    "create-and-delete": Way(
        "On buggy nobody is stuck and the end is right. Take locks-in-two-orders, and let each of them take one lock "
        "that the other will want.",
        "B1 A5",
        "locks-in-two-orders",
    ),
    "failed-step": Way("Let the error come first, and then let A begin: it dies after its first step.", "B1 A1"),
    "cleanup-leak": Way(
        "Let A do everything, and then the cleanup. The id stays in the queue, and in any other order as well.", "A3 B5"
    ),
    "cleanup-and-delete": Way(
        "Let A do everything, and then the cleanup. The odd id is still there, and in any other order as well.", "A3 B7"
    ),
}
"""For scenarios that can go wrong: how. For others the matrix knows a schedule."""

NEVER: Final = "On buggy nothing goes wrong here, in any order. It is here for the fixes."

HOLDS: Final = (
    "This manager cannot be broken here: all {:,} orders were tried, and none goes wrong. Try all the same, and read "
    "why a step is refused, or what it does instead."
)
OF_ITS_OWN: Final = "This manager goes wrong here in its own way. Follow the smallest order in which it does."
ELSEWHERE: Final = "Then take the order that goes wrong elsewhere, and compare."
HEADLINES: Final[dict[str, str]] = {
    "deadlock": "Deadlock.",
    "still-authenticated": "A withdrawn session is still logged in.",
    "stale-overwrite": "Old data went over new.",
    "lost-update": "A change was lost.",
    "duplicate-answer": "Two callers got the same number.",
    "double-delete": "One session was closed twice.",
    "resurrected": "A closed session came back.",
    "orphan-row": "A row is left that nobody will ever clean up.",
    "row-lost": "A row is gone that somebody needs.",
    "queued-twice": "One session waits for cleanup twice.",
    "cleanup-leak": "The queue never empties.",
    "memory-and-row-differ": "Memory and database do not agree.",
    "three-counts": "Three places, three different counts.",
    "uncounted-session": "A session was there that nobody had counted.",
    "counts-differ": "The counts did not agree.",
    "delete-waits": "A logout waited for a whole cleanup cycle.",
    "built-twice": "It was built twice.",
    "crash": "An operation crashed.",
    "answer-changed": "An answer changed after it was given.",
    "refused-for-nothing": "A change was refused for nothing.",
    "not-linearizable": "No order of the calls explains the answers.",
}
"""What is said first of an anomaly, the weightiest first."""


def headline(names: tuple[str, ...]) -> str:
    """What to say first of these anomalies."""
    return next((HEADLINES[name] for name in HEADLINES if name in names), "Something went wrong.")


def hints_for(bug: str, way: Way | None, holds: int = 0) -> list[str]:
    """The hints in words, from a nudge to the way there.

    Args:
        bug: what the scenario is about.
        way: how it goes wrong, if it can.
        holds: if the manager that is shown is not buggy and none of its orders goes wrong: how many there are.
    """
    if holds:
        return [HOLDS.format(holds), *([] if way is None else [ELSEWHERE])]
    if way is None:
        return list(NUDGES[bug]) if bug == "lazy" else [NEVER]
    if way.words:
        return [*NUDGES[bug], way.words]
    return list(NUDGES.get(bug, ())) if way.variant == "buggy" else [NEVER]
