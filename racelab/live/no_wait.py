"""Is it staged? Threads call a manager with no added delay and no fault, until an acknowledged change vanishes.

Nothing stands between the threads and the manager: no HTTP, and rows in memory. Only Python decides when another thread
goes on, every few milliseconds (`sys.getswitchinterval`). So a round has to last longer than that, and each round is
twice as long as the one before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from session_manager.databases import Database, DatabaseDials, MemoryDatabase
from session_manager.model import Manager
from session_manager.sync import Dials, ThreadRuntime

from ..promises.cards import plural
from .json_types import NoWaitJson

USERS = 4
FIRST, LONGEST = 250, 16_000
"""Saves of each user in the first round, and in the longest."""
MOST_SAVES = 200_000
MOST_SECONDS = 4.0
WHAT_IT_DOES = (
    f"{USERS} threads save to a buggy manager of their own, in memory, with no added delay and no fault. Each round is "
    f"longer than the one before. The last is the one in which a change vanishes; without a loss it ends after "
    f"{MOST_SAVES:,} saves or about {MOST_SECONDS:g} seconds. Then a fixed manager gets the same saves."
)

Maker = Callable[[Database, Any], Manager]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the saves to one manager.

    Attributes:
        saves: how many were acknowledged.
        vanished: how many of them are missing.
        rounds: the saves of each user, round by round.
    """

    saves: int
    vanished: int
    rounds: tuple[int, ...]


def until_the_first_loss(make: Maker, most: int = MOST_SAVES, seconds: float = MOST_SECONDS) -> Kept:
    """Save until a change has vanished.

    Args:
        make: makes the manager from a database and a runtime; anew for each round.
        most: saves after which it ends without a loss.
        seconds: after which no further round begins.
    """
    rounds: list[int] = []
    ends = time.monotonic() + seconds
    each, vanished = FIRST, 0
    while not vanished and USERS * (sum(rounds) + each) <= most and time.monotonic() < ends:
        vanished = _vanished(make, each)
        rounds.append(each)
        each = min(2 * each, LONGEST)
    return Kept(USERS * sum(rounds), vanished, tuple(rounds))


def the_same_again(make: Maker, rounds: tuple[int, ...]) -> Kept:
    """The same rounds on another manager."""
    return Kept(USERS * sum(rounds), sum(_vanished(make, each) for each in rounds), rounds)


def is_it_staged(buggy: Maker, fixed: Maker) -> NoWaitJson:
    """Both, and what that says. Nothing of the lab's own sessions, dials or verdict is touched."""
    lost = until_the_first_loss(buggy)
    kept = the_same_again(fixed, lost.rounds)
    return {
        "users": USERS,
        "managers": {
            "buggy": {"saves": lost.saves, "vanished": lost.vanished},
            "fixed": {"saves": kept.saves, "vanished": kept.vanished},
        },
        "sentence": sentence(lost, kept),
    }


def sentence(lost: Kept, kept: Kept) -> str:
    """What was measured, in words."""
    if lost.vanished:
        first = f"After {plural(lost.saves, 'save')} without any added delay or fault, {lost.vanished:,} vanished."
    else:
        first = (
            f"{plural(lost.saves, 'save')} without any added delay or fault: no loss was observed. That does not mean "
            "that the manager is correct: this time Python changed threads at no unlucky place. Try again, or explore "
            "the schedule."
        )
    return f"{first} On fixed, after as many saves, {kept.vanished:,} vanished."


def _vanished(make: Maker, each: int) -> int:
    """How many acknowledged changes are missing after each user has saved so often to one session."""
    runtime = ThreadRuntime(Dials())
    manager = make(MemoryDatabase(ThreadRuntime(), DatabaseDials(0.0)), runtime)
    session_id = manager.create_session("user_ada", "ada")
    together = threading.Barrier(USERS)

    def user(number: int) -> None:
        try:
            together.wait()
        except threading.BrokenBarrierError:  # not all of them could be started
            return
        for save in range(each):
            manager.update_session(session_id, f"user-{number}", str(save))

    names = [f"no-wait-{number}" for number in range(USERS)]
    threads = [threading.Thread(target=user, args=(n,), name=name, daemon=True) for n, name in enumerate(names)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:  # the system gives no more threads
        together.abort()
        raise
    for thread in threads:
        thread.join()
    return USERS * each - manager.get_session(session_id).access_count
