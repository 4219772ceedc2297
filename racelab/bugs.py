"""The lab's vocabulary: the four bugs, what a verdict can be, how a call can end, and what an exit code means.

Only names and words live here. Whether a bug was *seen* is decided elsewhere; this module imports nothing of the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, Literal

Outcome = Literal["acknowledged", "failed", "unknown"]
"""How a call ended for its caller: it took effect, it changed nothing, or either is possible."""


class Verdict(StrEnum):
    """Whether what was promised and what is stored agree, in the words of JSON, command line and pages."""

    AGREE = "agree"
    DISAGREE = "do not agree"
    CANNOT_TELL = "cannot tell"


class ExitCode(IntEnum):
    """How every command ends. `NOT_AS_EXPECTED`: anomalies where none were expected, or none where some were."""

    AS_EXPECTED = 0
    REQUESTS_FAILED = 1
    USAGE = 2
    NOT_AS_EXPECTED = 3
    CANNOT_TELL = 4
    INTERRUPTED = 130


BugKey = Literal["lost_updates", "stale_overwrites", "cleanup_leak", "phantom_sessions"]
BugMark = Literal["lost_update", "stale_overwrite", "cleanup_leak", "phantom_session"]


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug of the seed's module: its name, what shows it, its mechanism, its place in the code and its price.

    Attributes:
        key: the name of its card, of its load and in JSON.
        mark: its name in the code: at the `# BUG` marks, in the catalogue of fixes, and in the explorer's scenarios.
        scenarios: the explorer's small programs about it.
        replay: the one of them that its card leads to.
        anomalies: what those programs can show of it, by the names of the checker and of the explorer.
        tested, wrong: what its card counts under load: the things put to the test, and what can be wrong with them.
        where: its place in the code, by the name of each manager that has it.
    """

    key: BugKey
    mark: BugMark
    title: str
    scenarios: tuple[str, ...]
    replay: str
    anomalies: tuple[str, ...]
    tested: str
    wrong: str
    what: str
    where: Mapping[str, str] = field(hash=False)
    cost: str


BUGS: Final[tuple[Bug, ...]] = (
    Bug(
        key="lost_updates",
        mark="lost_update",
        title="Lost updates",
        scenarios=("lost-increment", "lost-update", "update-and-increment", "read-and-increment"),
        replay="lost-update",
        anomalies=("lost-update", "duplicate-answer"),
        tested="overlapping changes",
        wrong="vanished",
        what=(
            "Users A and B each copy the same session, change the copy, and write it back. The last write wins. "
            "The other change was acknowledged, and it has vanished."
        ),
        where={
            "buggy": (
                "`session_manager/buggy.py`, `update_session()`, `increment_access()` and `revoke_session()`, at "
                "the marks `# BUG(lost_update)`: the lock is released between the read and the write."
            ),
            "redis-buggy": (
                "`session_manager/shared/redis_buggy.py`, `update_session()`, `increment_access()` and "
                "`revoke_session()`, at the marks `# BUG(lost_update)`: another command can come between the `GET` "
                "and the `SET`."
            ),
        },
        cost=(
            "An item missing from a basket, a preference that jumps back, a login limit that counts too few attempts. "
            "No request fails, so nothing shows up in the error log."
        ),
    ),
    Bug(
        key="stale_overwrites",
        mark="stale_overwrite",
        title="Stale overwrites",
        scenarios=(
            "stale-overwrite",
            "stale-increment",
            "stale-read",
            "stale-then-saved",
            "stale-clock",
            "refresh-arrives",
            "revoked-still-in",
        ),
        replay="stale-overwrite",
        anomalies=("stale-overwrite", "still-authenticated"),
        tested="overlapping changes",
        wrong="vanished",
        what=(
            "A refresh reads a session's row, and the answer is slow. Meanwhile a user saves a change. "
            "Then the stale answer arrives and overwrites the change."
        ),
        where={
            "buggy": (
                "`session_manager/buggy.py`, `refresh_from_database()`, at the mark `# BUG(stale_overwrite)`: "
                "`version >= seen` is also true after a write in between."
            ),
            "redis-buggy": (
                "`session_manager/shared/redis_buggy.py`, `refresh_from_database()`, at the mark "
                "`# BUG(stale_overwrite)`: it writes back what it read before the delay, and compares no version."
            ),
        },
        cost=(
            "A user saves a new address, reloads, and sees the old one. It happens most when the database is slow, "
            "which is when the site is busiest."
        ),
    ),
    Bug(
        key="cleanup_leak",
        mark="cleanup_leak",
        title="Cleanup that never ends",
        scenarios=("cleanup-leak", "cleanup-and-delete", "cleanup-dies"),
        replay="cleanup-leak",
        anomalies=("cleanup-leak",),
        tested="closed sessions",
        wrong="stuck",
        what=(
            "A deleted session that cannot be cleaned up stays in the queue for ever. Every cycle retries all of "
            "them, so the queue only grows, and each cycle takes longer than the one before."
        ),
        where={
            "buggy": (
                "`session_manager/buggy.py`, `run_cleanup()`, at the mark `# BUG(cleanup_leak)`: a failed id is "
                "counted and stays in the queue, with no limit on attempts."
            ),
            "redis-buggy": (
                "`session_manager/shared/redis_buggy.py`, `run_cleanup()`, at the mark `# BUG(cleanup_leak)`: a "
                "failed id stays in the list, and every cycle of every worker tries it again."
            ),
        },
        cost=(
            "Memory use that grows for days, and cleanup that takes more and more time. A restart hides it, "
            "so the diagnosis is 'the server needs a restart now and then'."
        ),
    ),
    Bug(
        key="phantom_sessions",
        mark="phantom_session",
        title="Phantom sessions",
        scenarios=(
            "phantom-create",
            "phantom-delete",
            "three-counts",
            "double-delete",
            "create-and-delete",
            "update-after-delete",
            "calls-after-delete",
            "failed-step",
        ),
        replay="phantom-delete",
        anomalies=("counts-differ", "uncounted-session", "three-counts", "orphan-row"),
        tested="logins, logouts",
        wrong="miscounted",
        what=(
            "Logging in and logging out change the store, the statistics and the cleanup queue one after another. "
            "Between the steps the counts differ. If an operation dies there, they differ for ever."
        ),
        where={
            "buggy": (
                "`session_manager/buggy.py`, `create_session()` and `delete_session()`, at the marks "
                "`# BUG(phantom_session)`: each step has its own lock, and a failed second step does not undo the "
                "first."
            ),
            "redis-buggy": (
                "`session_manager/shared/redis_buggy.py`, `create_session()`, `update_session()` and "
                "`delete_session()`, at the marks `# BUG(phantom_session)`: each step is its own command, and a "
                "failed second step does not undo the first."
            ),
        },
        cost=(
            "'Who is online' shows users who left, a licence limit rejects users although seats are free, "
            "and rows stay in the database that no code will ever delete."
        ),
    ),
)
