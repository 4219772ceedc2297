"""Fixes for each bug: every one that the seed suggests, and others that look right. Which of them hold is not said.

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
        name: on the command line and in addresses.
        bug: the one it is for: `lost_update`, `stale_overwrite`, `cleanup_leak` or `phantom_session`.
        title: what it does, in a few words.
        suggested_by: the seed, and with which hint; or that it looks right.
        tradeoff: what it costs, and what to look at.
        manager: the buggy manager with that fix. Its constructor is the buggy one's.
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
        "the module: a write lock for the whole read-modify-write",
        "Every other session waits while one is changed, and that includes the call to the database: it is made before "
        "the lock is released. Saving after the release would be quicker, but two changes could then reach the "
        "database in the wrong order, and its row would be behind the memory. Look at how long the lock is held.",
        lost_update.OneWriteLock,
    ),
    Fix(
        "mutex-per-session",
        "lost_update",
        "A mutex for each session",
        "the module: a Mutex instead of a reader-writer lock",
        "Changes of one session wait for each other, through read, write and save; other sessions do not wait. Each "
        "session costs one lock more. The steps inside are still several: an error between two of them leaves the row "
        "behind the memory. A refresh does not take the mutex. Look at where a session's mutex is kept, and at what "
        "somebody holds who waits for the mutex of a session that is being deleted.",
        lost_update.MutexPerSession,
    ),
    Fix(
        "atomic-counter",
        "lost_update",
        "An atomic counter",
        "the module: atomic operations (AtomicU64) for counters",
        "The shortest lock of all around an addition, and no number is handed out twice. A session holds more than a "
        "counter. Look at two updates that set a key each, and at an update that meets a revocation.",
        lost_update.AtomicCounter,
    ),
    Fix(
        "compare-and-set",
        "lost_update",
        "Compare the version, then set",
        _LOOKS_RIGHT,
        "Nobody waits during the change or the call to the database; whoever was overtaken does the work again, so a "
        "busy session costs more work and not more waiting. Every writer has to raise the version. The save compares "
        "versions too, or an older copy could arrive last. That order means something while one process writes the "
        "row: a version that another process has given out as well is taken for one's own.",
        lost_update.CompareAndSet,
    ),
    Fix(
        "check-twice",
        "lost_update",
        "Check twice, then write",
        _LOOKS_RIGHT,
        "The store is locked against readers for as short a time as in the module, and a change that was overtaken is "
        "nearly always noticed. It costs one read lock more than compare-and-set. Look at what can happen after the "
        "second check.",
        lost_update.CheckTwice,
    ),
    Fix(
        "seed-less-than",
        "stale_overwrite",
        "Less than, not greater or equal",
        "the module: the comparison should be `<`, not `>=`",
        "One character. Versions only grow, and the one it compares with was read first. Look at when the condition "
        "can hold at all, and at a session whose row was changed by another process.",
        stale_overwrite.SeedLessThan,
    ),
    Fix(
        "version-seen",
        "stale_overwrite",
        "The version is the one I saw",
        _LOOKS_RIGHT,
        "Costs nothing, and a refresh that was overtaken is thrown away; the next read asks again. It trusts that "
        "every change raises the version, and that the row, when it was read, held what memory held. Look at an "
        "increment, and at a refresh that begins between the two halves of an update: memory first, then the row.",
        stale_overwrite.VersionSeen,
    ),
    Fix(
        "timestamps",
        "stale_overwrite",
        "The later time wins",
        "the module: a timestamp-based comparison",
        "Needs no version at all. It trusts the clock never to step back, every change to touch the time, and two "
        "changes never to read the clock in one order and write in the other. Look at a clock that is set right during "
        "a refresh, and at a change that another process made without touching the time.",
        stale_overwrite.Timestamps,
    ),
    Fix(
        "newer-row",
        "stale_overwrite",
        "Only a row with a newer version",
        "the module: reject updates that do not increase the version",
        "Costs nothing: the version lies in the row. In one process the row is never newer than the memory, so a "
        "refresh only brings what others have written. An increment does not raise the version: look at one that meets "
        "a row written by another process.",
        stale_overwrite.NewerRow,
    ),
    Fix(
        "retry-count",
        "cleanup_leak",
        "A retry count for each item",
        "the module: a max retry count per cleanup item",
        "A row that cannot be removed costs three attempts and no more. The item stays in the list, with its count "
        "beside it, and each cycle walks past all of them. Look at how long the queue is after many cycles.",
        cleanup_leak.RetryCount,
    ),
    Fix(
        "drop-after-n",
        "cleanup_leak",
        "Drop it after three failures",
        "the module: remove items that fail more than N times",
        "The queue is empty in the end, and nothing has to be kept. Look at the row in the database, and at who could "
        "still find it.",
        cleanup_leak.DropAfterN,
    ),
    Fix(
        "dead-letter-queue",
        "cleanup_leak",
        "A dead letter queue",
        "the module: a separate dead letter queue for permanent failures",
        "The queue is empty in the end, and what could not be removed is on a list of its own. Somebody has to look at "
        "that list and empty it, or it grows instead. It lives in memory, as all of the module's state does.",
        cleanup_leak.DeadLetterQueue,
    ),
    Fix(
        "lock-through-the-cycle",
        "cleanup_leak",
        "One lock through the whole cycle",
        _LOOKS_RIGHT,
        "No item can be added or taken away while cleanup is at work, so nothing has to be looked up again. The queue "
        "is locked during one call to the database after another. Look at what a visitor who logs out waits for.",
        cleanup_leak.LockThroughTheCycle,
    ),
    Fix(
        "swap-and-lose",
        "cleanup_leak",
        "Take the list, put back what failed",
        _LOOKS_RIGHT,
        "Two short locks for each cycle, and no linear search for each item. The queue looks empty while the cycle "
        "runs. Look at the last line, and at a visitor who logs out before it.",
        cleanup_leak.SwapAndLose,
    ),
    Fix(
        "check-then-decrement",
        "phantom_session",
        "Check first, then all or nothing",
        "the module: a transaction-like pattern",
        "All three places change together, and an unknown session is refused without holding anybody up. Two locks are "
        "taken one after the other. Look at two visitors who close the same session.",
        phantom_session.CheckThenDecrement,
    ),
    Fix(
        "all-locks-one-order",
        "phantom_session",
        "All locks, in one order",
        "the module: all state in a single lock acquisition",
        "Three locks are held at once, so logins and logouts wait for each other, and every reader of any of the three "
        "waits too. The order is a rule that each new method has to keep. An operation on a session that waits for "
        "these locks finds it gone or untouched.",
        phantom_session.AllLocksOneOrder,
    ),
    Fix(
        "locks-in-two-orders",
        "phantom_session",
        "All locks, in the order that suits",
        _LOOKS_RIGHT,
        "The same locks for the same changes as in one order, and each method reads well by itself. Look at the order "
        "in which a login takes its locks and at that of a logout.",
        phantom_session.LocksInTwoOrders,
    ),
    Fix(
        "state-machine",
        "phantom_session",
        "A state for each step of closing",
        "the module: a state machine with clear transition rules",
        "No two of the big locks are held together for a logout, and one that an error has broken off is taken to its "
        "end by the next cleanup cycle. Until then, and between any two steps, the counts differ. Each step takes one "
        "small lock more.",
        phantom_session.StateMachine,
    ),
)
CATALOGUE: dict[str, Fix] = {fix.name: fix for fix in _ALL}
