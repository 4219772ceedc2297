"""Fixes for each bug: those of the Rust original, and others that look right. Their verdicts are not given here.

One file for each bug. Every fix is a subclass of the buggy manager that overrides only what the fix changes, and takes
locks, naps, clock and ids from the same runtime. Never imports `fixed`: that is another answer, not a part of these.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import buggy
from . import cleanup_leak, lost_update, phantom_session, stale_overwrite

__all__ = ["CATALOGUE", "Fix"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to fix one bug.

    Attributes:
        name: on the command line and in URLs.
        bug: the bug that it fixes: `lost_update`, `stale_overwrite`, `cleanup_leak` or `phantom_session`.
        title: a short description.
        suggested_by: the Rust original, with its hint; or that it looks right.
        tradeoff: its cost, and a question to explore.
        manager: the buggy manager with that fix, with the same constructor.
    """

    name: str
    bug: str
    title: str
    suggested_by: str
    tradeoff: str
    manager: type[buggy.SessionManager]


_LOOKS_RIGHT = "looks right"
_ALL = (
    Fix(
        "one-write-lock",
        "lost_update",
        "One write lock, from reading to writing",
        "the Rust original: a write lock for the whole read-modify-write",
        "During a change all other sessions wait, also for the call to the database: the row is saved before the "
        "lock is released. A save after the release would be faster, but two saves could then reach the database in "
        "the wrong order, and the row would be older than the memory. How long is the lock held?",
        lost_update.OneWriteLock,
    ),
    Fix(
        "mutex-per-session",
        "lost_update",
        "A mutex for each session",
        "the Rust original: a Mutex instead of a reader-writer lock",
        "Changes of one session wait for each other, through read, write and save; other sessions do not wait. Each "
        "session costs one more lock. A change still has several steps: an error between two of them leaves the row "
        "older than the memory. A refresh does not acquire the mutex. Where is a session's mutex stored, and what "
        "does a task hold that waits for the mutex of a session during its deletion?",
        lost_update.MutexPerSession,
    ),
    Fix(
        "atomic-counter",
        "lost_update",
        "An atomic counter",
        "the Rust original: atomic operations (AtomicU64) for counters",
        "The lock is held only for the addition, and no number is returned twice. A session has more than a counter. "
        "What happens to two updates that set a key each, and to an update that overlaps with a revocation?",
        lost_update.AtomicCounter,
    ),
    Fix(
        "compare-and-set",
        "lost_update",
        "Compare the version, then set",
        _LOOKS_RIGHT,
        "No task waits during the change or the call to the database. A task with a conflict retries, so a busy "
        "session costs more work and not more waiting. Every writer must increment the version. The save compares "
        "versions too, or an older copy could arrive last. The comparison is valid while one process writes the row: "
        "a version that another process has assigned as well is mistaken for one's own.",
        lost_update.CompareAndSet,
    ),
    Fix(
        "check-twice",
        "lost_update",
        "Check twice, then write",
        _LOOKS_RIGHT,
        "The store is locked against readers for as short a time as in the Rust original, and nearly every conflict "
        "is detected. It costs one read lock more than compare-and-set. What can happen after the second check?",
        lost_update.CheckTwice,
    ),
    Fix(
        "seed-less-than",
        "stale_overwrite",
        "Less than, not greater or equal",
        "the Rust original: the comparison should be `<`, not `>=`",
        "It changes one character. Versions only grow, and the version in the comparison was read earlier. When can "
        "the condition be true, and what happens to a session whose row was changed by another process?",
        stale_overwrite.SeedLessThan,
    ),
    Fix(
        "version-seen",
        "stale_overwrite",
        "The version is the one I saw",
        _LOOKS_RIGHT,
        "It costs nothing. A refresh with a conflict is discarded; the next read refreshes again. It assumes that "
        "every change increments the version, and that the row was equal to the memory when it was read. What "
        "happens to an increment, and to a refresh that begins between the two writes of an update: memory first, "
        "then the row?",
        stale_overwrite.VersionSeen,
    ),
    Fix(
        "timestamps",
        "stale_overwrite",
        "The later time wins",
        "the Rust original: a timestamp-based comparison",
        "It needs no version. It assumes that the clock is never set back, that every change sets the time, and that "
        "two changes write in the order in which they read the clock. What happens when the clock is set back during "
        "a refresh, and when another process changes the row without setting the time?",
        stale_overwrite.Timestamps,
    ),
    Fix(
        "newer-row",
        "stale_overwrite",
        "Only a row with a newer version",
        "the Rust original: reject updates that do not increase the version",
        "It costs nothing: the version is in the row. In one process the row is never newer than the memory, so a "
        "refresh accepts only writes of other processes. An increment does not change the version: what happens when "
        "it meets a row written by another process?",
        stale_overwrite.NewerRow,
    ),
    Fix(
        "retry-count",
        "cleanup_leak",
        "A retry count for each item",
        "the Rust original: a max retry count per cleanup item",
        "A row that cannot be removed costs three attempts. The item stays in the queue with its count, and each "
        "cycle iterates over all of them. How long is the queue after many cycles?",
        cleanup_leak.RetryCount,
    ),
    Fix(
        "drop-after-n",
        "cleanup_leak",
        "Drop it after three failures",
        "the Rust original: remove items that fail more than N times",
        "The queue is empty in the end, and no list is kept. What happens to the row in the database, and which code "
        "can still find it?",
        cleanup_leak.DropAfterN,
    ),
    Fix(
        "dead-letter-queue",
        "cleanup_leak",
        "A dead letter queue",
        "the Rust original: a separate dead letter queue for permanent failures",
        "The queue is empty in the end, and the failed ids are on a separate list. An operator must inspect and "
        "empty that list, or it grows instead. It is kept in memory, as all state of the Rust original is.",
        cleanup_leak.DeadLetterQueue,
    ),
    Fix(
        "lock-through-the-cycle",
        "cleanup_leak",
        "One lock through the whole cycle",
        _LOOKS_RIGHT,
        "The queue cannot change during a cleanup cycle, so no item is looked up twice. The queue is locked during "
        "all database calls of the cycle. What does a user wait for who logs out?",
        cleanup_leak.LockThroughTheCycle,
    ),
    Fix(
        "swap-and-lose",
        "cleanup_leak",
        "Take the list, write the failed ids back",
        _LOOKS_RIGHT,
        "Each cycle needs two short locks, and no linear search for each item. The queue looks empty during the "
        "cycle. What happens to a logout just before the last line?",
        cleanup_leak.SwapAndLose,
    ),
    Fix(
        "check-then-decrement",
        "phantom_session",
        "Check first, then all or nothing",
        "the Rust original: a transaction-like pattern",
        "All three places change together, and an unknown session is refused without the three locks. The check and "
        "the change are under separate locks. What happens when two users close the same session?",
        phantom_session.CheckThenDecrement,
    ),
    Fix(
        "all-locks-one-order",
        "phantom_session",
        "All locks, in one order",
        "the Rust original: all state in a single lock acquisition",
        "Three locks are held at once, so logins and logouts wait for each other, and every reader of any of the "
        "three waits too. Each new method must keep the order. An operation that waits for these locks finds its "
        "session deleted or unchanged.",
        phantom_session.AllLocksOneOrder,
    ),
    Fix(
        "locks-in-two-orders",
        "phantom_session",
        "All locks, in the order that suits",
        _LOOKS_RIGHT,
        "The same locks and changes as in one order, and each method looks correct by itself. In which order does a "
        "login acquire its locks, and in which order a logout?",
        phantom_session.LocksInTwoOrders,
    ),
    Fix(
        "state-machine",
        "phantom_session",
        "A state for each step of closing",
        "the Rust original: a state machine with clear transition rules",
        "A logout holds only one of the three locks at a time, and the next cleanup cycle completes a logout that an "
        "error has interrupted. Until then, and between any two steps, the counts differ. Each step needs one more "
        "small lock.",
        phantom_session.StateMachine,
    ),
)
CATALOGUE: dict[str, Fix] = {fix.name: fix for fix in _ALL}
