"""Increments: many requests count in one session at once, and each acknowledged one must be in the count."""

from __future__ import annotations

from collections import Counter

from ..bench import Bench
from ..judge import changes
from ..report import Column
from ..rounds import played
from ..site import Fate
from ..tally import Tally, of_increments

EACH_ROUND = 96
"""Increments of one session."""


def column(bench: Bench) -> Column:
    """Fill the column."""
    total, cut, conditions = played(bench, "increments", play)
    return changes("increments", total, "increments", cut, conditions)


def play(bench: Bench, deadline: float) -> Tally:
    """One session."""
    visitor, own = bench.site.visitor(), bench.token()
    if not visitor.log_in(own).good:
        return Tally(unread=1)
    each = max(1, EACH_ROUND // bench.settings.clients)

    def client() -> Counter[Fate]:
        fates: Counter[Fate] = Counter()
        for _ in range(each):
            if bench.over(deadline):
                break
            fates[visitor.count(bench.settings.hold).fate] += 1
        return fates

    fates: Counter[Fate] = sum(bench.at_once([client] * bench.settings.clients), Counter())
    tally = bench.judged(visitor, own, lambda end: of_increments(fates, end.n), fates["unknown"])
    return tally or Tally(refused=fates["refused"], unknown=fates["unknown"], unread=1)
