"""The field's names for what can go wrong, what each means, and where the idea comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Name:
    """One name: its meaning in a sentence, and its source."""

    meaning: str
    source: str


BERENSON = 'Berenson et al., "A critique of ANSI SQL isolation levels", SIGMOD 1995'
LU = 'Lu et al., "Learning from mistakes: a comprehensive study on real world concurrency bugs", ASPLOS 2008'
AVIO = 'Lu et al., "AVIO: detecting atomicity violations via access interleaving invariants", ASPLOS 2006'
FARCHI = 'Farchi, Nir and Ur, "Concurrent bug patterns and how to test them", IPDPS 2003'
GOETZ = "Goetz et al., Java Concurrency in Practice, 2006, chapter {}"
MUVI = 'Lu et al., "MUVI: inferring multi-variable access correlations", SOSP 2007'
COFFMAN = 'Coffman, Elphick and Shoshani, "System deadlocks", ACM Computing Surveys 1971'
DIJKSTRA = 'Dijkstra, "Cooperating sequential processes", EWD 123, 1965'
MESA = 'Lampson and Redell, "Experience with processes and monitors in Mesa", CACM 1980'
ERASER = 'Savage et al., "Eraser: a dynamic data race detector for multithreaded programs", TOCS 1997'
LINE_UP = 'Burckhardt et al., "Line-Up: a complete and automatic linearizability checker", PLDI 2010'

LOST_UPDATE: Final = "lost update"
CHECK_THEN_ACT: Final = "check-then-act"
DOUBLE_EXECUTION: Final = "double execution"
STALE_READ: Final = "stale read"
NON_REPEATABLE: Final = "non-repeatable read"
TORN_READ: Final = "torn read"
DIRTY_READ: Final = "dirty read"
TWO_INSIDE: Final = "mutual exclusion violated"
DOUBLE_RELEASE: Final = "double release"
WRITE_SKEW: Final = "write skew"
UNSAFE_PUBLICATION: Final = "unsafe publication"
ITERATION: Final = "iteration over a changing container"
LOCK_PER_COPY: Final = "lock per copy"
WRONG_LOCK: Final = "wrong lock"
DEADLOCK: Final = "deadlock"
SELF_DEADLOCK: Final = "self-deadlock"
LOST_WAKE_UP: Final = "lost wake-up"
MISSED_SIGNAL: Final = "missed signal"
STOLEN_WAKE_UP: Final = "stolen wake-up"
CRASH: Final = "crash"
BROKEN_INVARIANT: Final = "broken invariant"
ATOMICITY_VIOLATION: Final = "atomicity violation"
WRONG_ALONE: Final = "difference from the specification"

LOCKED: Final = "database is locked"
"""What SQLite raises where a transaction that has read cannot write, because another one will."""

NAMES: Final = {
    LOST_UPDATE: Name(
        "A call reads and writes without looking again, and so erases what another call wrote in between.",
        BERENSON,
    ),
    CHECK_THEN_ACT: Name(
        "A call tests a condition and acts on it, and another call makes the condition false in between.",
        GOETZ.format("2.2"),
    ),
    DOUBLE_EXECUTION: Name(
        "Two calls find that something has not been done yet, and both do it.",
        GOETZ.format("2.2"),
    ),
    STALE_READ: Name(
        "A call uses a value elsewhere after another call has replaced it.",
        FARCHI,
    ),
    NON_REPEATABLE: Name(
        "A call looks again at what it has read or written, and finds what another call wrote in between.",
        BERENSON,
    ),
    TORN_READ: Name(
        "A call reads several things that another call changes together, and gets old and new ones.",
        MUVI,
    ),
    DIRTY_READ: Name(
        "A call reads what another call has written only for the moment, and changes again.",
        BERENSON,
    ),
    TWO_INSIDE: Name(
        "Two calls are in the same lines at the same time, where only one should be.",
        DIJKSTRA,
    ),
    DOUBLE_RELEASE: Name(
        "A call releases a semaphore more often than it took it, which lets in one thread too many.",
        DIJKSTRA,
    ),
    WRITE_SKEW: Name(
        "Two calls each read what the other one writes, and neither sees the other's write.",
        BERENSON,
    ),
    UNSAFE_PUBLICATION: Name(
        "An object is stored where others find it before it is complete, and one of them uses it.",
        GOETZ.format("3.5"),
    ),
    ITERATION: Name(
        "A call goes over a container while another call changes what is in it.",
        GOETZ.format("5.1.2"),
    ),
    LOCK_PER_COPY: Name(
        "Each call gets a new lock for the same data, so that no lock keeps them apart.",
        ERASER,
    ),
    WRONG_LOCK: Name(
        "Two calls hold different locks for the same data, so that no lock keeps them apart.",
        ERASER,
    ),
    DEADLOCK: Name(
        "Threads wait for each other, or for what no other thread will ever do.",
        COFFMAN,
    ),
    SELF_DEADLOCK: Name(
        "A thread waits for a lock that it holds itself.",
        COFFMAN,
    ),
    LOST_WAKE_UP: Name(
        "A signal reaches the wrong thread, or comes between a thread's look and its wait, and that thread sleeps on.",
        FARCHI,
    ),
    MISSED_SIGNAL: Name(
        "A signal comes before the thread that waits for it, and nothing remembers it.",
        FARCHI,
    ),
    STOLEN_WAKE_UP: Name(
        "A thread is woken for something that another thread takes first, and does not look again.",
        MESA,
    ),
    CRASH: Name(
        "A call or a thread ends with an exception that no order of the calls raises.",
        LINE_UP,
    ),
    BROKEN_INVARIANT: Name(
        "What must hold between calls does not.",
        LU,
    ),
    ATOMICITY_VIOLATION: Name(
        "What should be one operation is interrupted, and no order of the calls explains what comes of it.",
        AVIO,
    ),
    WRONG_ALONE: Name(
        "Calls that come one after another do something else than the specification. It is no race.",
        LINE_UP,
    ),
}
"""Every name that a finding can have."""
