"""Several processes behind one address, with the worker's name in the answers and without."""

from __future__ import annotations

from functools import partial

from .bench import Bench
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
    """Read one session over many connections at once; notes who answers, and whether they show the same."""
    kept = visitor.copy()
    answers: list[Answer] = []
    for _ in range(TURNS):
        answers += bench.at_once([partial(kept.read, HOLD)] * READS)
    good = [answer for answer in answers if answer.good]
    bench.workers |= {answer.worker for answer in good} - {""}
    counted = {answer.n if bench.site.holds else 0 for answer in good}
    shown = [answer.keys for answer in good]
    if len(counted) > 1 or any(keys != shown[0] for keys in shown):
        bench.apart = "reads of one session show different data while nothing is written"


def explained(bench: Bench) -> str:
    """Why nothing can be said of a store if there are several of them."""
    if len(bench.workers) > 1:
        who = f"{len(bench.workers)} processes answer here ({', '.join(sorted(bench.workers)[:5])}), and"
    else:
        who = "Several processes seem to answer here:"
    return (
        f"{who} {bench.apart or 'a session of one is missing in another'}. So each process has a store of its own, and"
        f" a visitor's data depends on which one answers. {MANY}"
    )
