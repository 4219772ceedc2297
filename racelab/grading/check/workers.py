"""Several processes behind one address, with the worker's name in the answers and without."""

from __future__ import annotations

import time
from functools import partial

from .bench import DIFFERENT, LATE, TARDY, Bench
from .site import Answer, Visitor

READS = 12
"""At one time; so one process alone does not take them all."""
TURNS = 3
HOLD = 30
"""Milliseconds; the next request finds that process busy, and goes to another one."""
MANY = (
    "Serve it with one process and several threads, or give all processes one store (Redis, a database), and check"
    " again."
)


def spread(bench: Bench, visitor: Visitor) -> None:
    """Read one session over many connections at once; notes who answers, and whether they show the same, and when."""
    kept = visitor.copy()
    if not _differ(bench, kept):
        return
    time.sleep(LATE)
    if _differ(bench, kept):
        bench.apart = DIFFERENT
    else:
        bench.late, bench.apart = True, TARDY


def _differ(bench: Bench, kept: Visitor) -> bool:
    answers: list[Answer] = []
    for _ in range(TURNS):
        answers += bench.at_once([partial(kept.read, HOLD)] * READS)
    good = [answer for answer in answers if answer.good]
    bench.workers |= {answer.worker for answer in good} - {""}
    counted = {answer.n if bench.site.holds else 0 for answer in good}
    shown = [answer.keys for answer in good]
    return len(counted) > 1 or any(keys != shown[0] for keys in shown)


def explained(bench: Bench) -> str:
    """Why nothing can be said of a store if there are several of them, or if it is late."""
    if bench.late:
        return (
            f"Here {TARDY}, and then all of it: the server answers before it has stored a change, or reads come from a"
            " copy that lags behind. A change that is late and one that is lost look the same to this check. Let the"
            " routes answer when the change is stored, and read where it was written, and check again."
        )
    if len(bench.workers) > 1:
        who = f"{len(bench.workers)} processes answer here ({', '.join(sorted(bench.workers)[:5])}), and"
    else:
        who = "Several processes seem to answer here:"
    return (
        f"{who} {bench.apart or 'a session of one is missing in another'}. So each process has a store of its own, and"
        f" a visitor's data depends on which one answers. {MANY}"
    )
