"""One turn: threads that call as fast as they can, and how long each call took."""

from __future__ import annotations

import random
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

Call = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of it. Times are microseconds."""

    calls: int
    per_second: float
    p50_us: float
    p99_us: float
    longest_us: float

    def as_json(self) -> dict[str, float]:
        """As `--json` writes it."""
        return asdict(self)


def for_a_while(call: Call, ids: Sequence[str], threads: int, seconds: float, seed: int = 1) -> Turn:
    """Threads call with ids drawn from all of them, until the time is up. The drawing is not timed.

    Raises:
        Exception: what a call raised.
    """

    def visit(number: int, taken: array[float]) -> None:
        draw = random.Random(seed * 1000 + number).random
        many, clock = len(ids), time.perf_counter
        end = clock() + seconds
        while True:
            session_id = ids[int(draw() * many)]
            begin = clock()
            call(session_id)
            now = clock()
            taken.append(now - begin)
            if now > end:
                return

    return _visited(visit, threads)


def for_each(call: Call, ids: Sequence[str], threads: int) -> Turn:
    """Threads call once with each id.

    Raises:
        Exception: what a call raised.
    """

    def visit(number: int, taken: array[float]) -> None:
        for session_id in ids[number::threads]:
            begin = time.perf_counter()
            call(session_id)
            taken.append(time.perf_counter() - begin)

    return _visited(visit, threads)


def _visited(visit: Callable[[int, array[float]], None], threads: int) -> Turn:
    taken = [array("d") for _ in range(threads)]
    ready = threading.Barrier(threads + 1)
    failures: list[Exception] = []

    def run(number: int) -> None:
        ready.wait()
        try:
            visit(number, taken[number])
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread that asked gets it
            failures.append(error)

    visitors = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for visitor in visitors:
        visitor.start()
    ready.wait()
    begin = time.perf_counter()
    for visitor in visitors:
        visitor.join()
    seconds = time.perf_counter() - begin
    if failures:
        raise failures[0]
    return summary([one for each in taken for one in each], seconds)


def summary(taken: list[float], seconds: float) -> Turn:
    """The turn in which calls took so many seconds each, and all of it so many."""
    taken.sort()
    last = len(taken) - 1
    p50, p99 = (taken[int(share * last)] * 1e6 for share in (0.5, 0.99))
    return Turn(len(taken), len(taken) / seconds, p50, p99, taken[-1] * 1e6)
