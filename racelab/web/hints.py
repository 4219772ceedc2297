"""The hints of the replay page, opened one after another, and its headline at the end.

Only words and schedules live here. A test replays each schedule and checks that it fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Way:
    """A failing schedule of a scenario on a manager: in words, and step by step."""

    words: str
    schedule: str
    variant: str = "buggy"


NUDGES: Final[dict[str, tuple[str, ...]]] = {
    "lost_update": (
        "Run A to its end, and then B. Nothing is lost: they must overlap. Start over, and stop A before its end.",
        "Each of them reads the session first and writes it later; in buggy.py a line marked BUG is in between. What "
        "may the other task do while one is there?",
    ),
    "stale_overwrite": (
        "A refresh reads the row, and gets the answer later. Step the refresh, and look at the row that it has read.",
        "This row does not change, whatever other tasks save. Look at the condition before the row is accepted, which "
        "buggy.py marks BUG: when is it false?",
    ),
    "phantom_session": (
        "The store, the statistics and the cleanup queue count the same sessions. Look at all three after each step.",
        "Each place has its own lock. Stop a task between two of them (in buggy.py a line marked BUG is there): a "
        "read now sees a half-done change.",
    ),
    "cleanup_leak": (
        "In this lab a row whose id has an odd length cannot be cleaned up. Look at what is in the queue.",
        "Step the cleanup until it fails for an id. Where does that id go? In buggy.py that line is marked BUG.",
    ),
    "other_process": (
        "Another process writes the same row. Look at the row in the database after each step.",
        "The manager changes its copy in memory, and then writes the whole copy. What has happened to the row "
        "meanwhile?",
    ),
    "lazy": (
        "Let both tasks check before either has built the value.",
        "One must wait for the lock. Look at its first action when it gets the lock.",
        "No interleaving fails: a task that gets the lock checks again before it builds.",
    ),
}
"""For each bug: where to look, without the schedule."""

_THEN_REFRESH = "Let the refresh read the row, run A to its end, and then let the refresh write its row."

WAYS: Final[dict[str, Way]] = {
    "lost-increment": Way("Let A read, then run B to its end, then let A write.", "A1 B3 A2"),
    "lost-update": Way("Let A read, then run B to its end, then let A write.", "A1 B3 A2"),
    "update-and-increment": Way("Let A read, then run B to its end, then let A write.", "A1 B3 A2"),
    "stale-overwrite": Way(_THEN_REFRESH, "B3 A3 B1"),
    "stale-increment": Way(_THEN_REFRESH, "B3 A3 B1"),
    "stale-read": Way(
        "The session is past its TTL, so B refreshes it before it reads. Step B until it has the row, run A to its "
        "end, and then continue with B.",
        "B5 A3 B2",
    ),
    "stale-then-saved": Way(
        "Let the refresh read the row, let A make its first change, let the refresh write, and then let A make the "
        "second: it starts from the stale copy, and writes it to the database.",
        "B3 A3 B1 A3",
    ),
    "stale-clock": Way(f"{_THEN_REFRESH} The clock goes first in A's turn.", "B3 A5 B1"),
    "revoked-still-in": Way(_THEN_REFRESH, "B3 A3 B1"),
    "refresh-arrives": Way(
        "On buggy the new row arrives in every interleaving. Choose seed-less-than, let the other process write, and "
        "then run the refresh to its end. It discards the row.",
        "A1 B4",
        "seed-less-than",
    ),
    "phantom-create": Way(
        "Step A until its session is in the store, and no further. Then let B compare. Every interleaving passes this "
        "state; here B reads it.",
        "A5 B2 A1",
    ),
    "phantom-delete": Way(
        "Let A take one step: its session is removed from the store and still counted. Every interleaving passes such "
        "a state.",
        "A3 B3",
    ),
    "three-counts": Way("Let A take one step. Then let B take two, and look at the counts.", "A1 B3 A2"),
    "double-delete": Way(
        "On buggy every interleaving is correct: the second delete is refused. Choose check-then-decrement, let A "
        "check, run B to its end, and then continue with A.",
        "A1 B4 A3",
        "check-then-decrement",
    ),
    "create-and-delete": Way(
        "On buggy there is no deadlock and the end is correct. Choose locks-in-two-orders, and let each task acquire "
        "one lock that the other needs.",
        "B1 A5",
        "locks-in-two-orders",
    ),
    "failed-step": Way("Step the error first, and then let A begin: it dies after its first step.", "B1 A1"),
    "cleanup-leak": Way(
        "Run A to its end, and then the cleanup. The id stays in the queue, as in every interleaving.", "A3 B5"
    ),
    "cleanup-and-delete": Way(
        "Run A to its end, and then the cleanup. The odd id is still queued, as in every interleaving.", "A3 B7"
    ),
}
"""For scenarios that can fail: how. For others the matrix has a schedule."""

NEVER: Final = "On buggy no interleaving of this scenario fails. It tests the fixes."

HOLDS: Final = (
    "No interleaving fails on this manager: all {:,} were covered. Try some nevertheless, and read why a step is "
    "refused, or what it does instead."
)
OF_ITS_OWN: Final = "This manager has its own failing interleavings here. Follow the smallest one."
ELSEWHERE: Final = "Then take the interleaving that fails on another manager, and compare."
HEADLINES: Final[dict[str, str]] = {
    "deadlock": "Deadlock.",
    "lock-held": "A lock is never released.",
    "wrong-user": "A session belongs to another user.",
    "still-authenticated": "A revoked session is still logged in.",
    "stale-overwrite": "Stale data overwrote newer data.",
    "lost-update": "A change was lost.",
    "duplicate-answer": "Two callers got the same number.",
    "double-delete": "One session was closed twice.",
    "resurrected": "A closed session came back.",
    "orphan-row": "A row is left that is never cleaned up.",
    "row-lost": "A row that is still needed is missing.",
    "queued-twice": "One session waits for cleanup twice.",
    "cleanup-leak": "The queue never empties.",
    "memory-and-row-differ": "Memory and database do not agree.",
    "three-counts": "Three places, three different counts.",
    "uncounted-session": "A session was open and not counted.",
    "counts-differ": "The counts did not agree.",
    "delete-waits": "A logout waited for a whole cleanup cycle.",
    "built-twice": "It was built twice.",
    "crash": "An operation crashed.",
    "unknown-outcome": "A call failed, and its outcome is unknown.",
    "answer-changed": "An answer changed after it was returned.",
    "refused-for-nothing": "A change was refused without a conflict.",
    "not-linearizable": "No order of the calls explains the answers.",
}
"""The headline of each anomaly, the most serious first."""


def headline(names: tuple[str, ...]) -> str:
    """The headline of the most serious of these anomalies."""
    return next((HEADLINES[name] for name in HEADLINES if name in names), "An anomaly was found.")


def hints_for(bug: str, way: Way | None, holds: int = 0) -> list[str]:
    """The hints in words, from a first clue to the schedule.

    Args:
        bug: that of the scenario.
        way: its failing schedule, if it has one.
        holds: the number of interleavings, if the manager is not buggy and none of them fails; else 0.
    """
    if holds:
        return [HOLDS.format(holds), *([] if way is None else [ELSEWHERE])]
    if way is None:
        return list(NUDGES[bug]) if bug == "lazy" else [NEVER]
    if way.words:
        return [*NUDGES[bug], way.words]
    return list(NUDGES.get(bug, ())) if way.variant == "buggy" else [NEVER]
