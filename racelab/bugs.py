"""Says what each of the four bugs is, in words for the page, the report and the command line.

Only words live here. Whether a bug was *seen* is decided by the verdict; this module imports nothing of the lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

BugKey = Literal["lost_updates", "stale_overwrites", "cleanup_leak", "phantom_sessions"]


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug of the seed's module: its name, its mechanism, its place in the code and its price."""

    key: BugKey
    title: str
    what: str
    where: str
    cost: str


BUGS: Final[tuple[Bug, ...]] = (
    Bug(
        key="lost_updates",
        title="Lost updates",
        what=(
            "Visitor A and visitor B copy the same session, each changes its own copy, and both put it back. "
            "The one who writes last wins; the other was told 'saved', and its change is gone."
        ),
        where=(
            "`session_manager/buggy.py`, `update_session()` and `increment_access()`, at the marks "
            "`# BUG(lost_update)`: the lock is let go between the read and the write."
        ),
        cost=(
            "An item missing from a basket, a preference that jumps back, a login limit that counts too few attempts. "
            "No request fails, so nothing shows up in the error log."
        ),
    ),
    Bug(
        key="stale_overwrites",
        title="Stale overwrites",
        what=(
            "A refresh reads a session's row and the answer is slow. Meanwhile a visitor saves a change. "
            "Then the old answer arrives and is put over the new data, because the version test points the wrong way."
        ),
        where=(
            "`session_manager/buggy.py`, `refresh_from_database()`, at the mark `# BUG(stale_overwrite)`: "
            "`version >= seen` is also true when somebody wrote in between."
        ),
        cost=(
            "A visitor saves a new address, reloads, and sees the old one. It happens most when the database is slow, "
            "which is when the site is busiest."
        ),
    ),
    Bug(
        key="cleanup_leak",
        title="Cleanup that never ends",
        what=(
            "A deleted session that cannot be cleaned up stays in the queue for good. Every cycle tries all of them "
            "again, so the queue only grows and each cycle takes longer than the one before."
        ),
        where=(
            "`session_manager/buggy.py`, `run_cleanup()`, at the mark `# BUG(cleanup_leak)`: "
            "a failure is counted and then left where it was, with no limit on attempts."
        ),
        cost=(
            "Memory that creeps up for days and cleanup that eats more and more time. A restart hides it, "
            "so it is put down to 'the server needs a restart now and then'."
        ),
    ),
    Bug(
        key="phantom_sessions",
        title="Phantom sessions",
        what=(
            "Logging in and logging out change the store, the statistics and the cleanup queue one after another. "
            "Between the steps the counts differ; if an operation dies there, they differ for ever."
        ),
        where=(
            "`session_manager/buggy.py`, `create_session()` and `delete_session()`, at the marks "
            "`# BUG(phantom_session)`: each step has its own lock, and nothing undoes the first when the second fails."
        ),
        cost=(
            "'Who is online' shows people who left, a licence limit turns away visitors although seats are free, "
            "and rows stay in the database that no code will ever delete."
        ),
    ),
)
