"""Other visitors: many log in, write and read at once, and none may see what belongs to another one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ....bugs import Verdict
from ..bench import Bench
from ..judge import LEAST
from ..odds import odds
from ..report import Column
from ..rounds import cut
from ..site import Answer

READS = 4
"""Of each visitor."""


@dataclass(slots=True)
class Seen:
    """What one visitor's requests came to."""

    tested: int = 0
    wrong: int = 0
    refused: int = 0
    unknown: int = 0

    def note(self, answer: Answer) -> None:
        """Count a request that was not acknowledged."""
        self.refused += answer.fate == "refused"
        self.unknown += answer.fate == "unknown"


def column(bench: Bench) -> Column:
    """Fill the column."""
    total, began = Seen(tested=bench.reads, wrong=bench.strangers), time.monotonic()
    deadline = began + bench.settings.share
    while True:
        for seen in bench.at_once([lambda: _visit(bench)] * bench.settings.clients):
            total.tested += seen.tested
            total.wrong += seen.wrong
            total.refused += seen.refused
            total.unknown += seen.unknown
        bench.progress(f"other_visitor: {total.tested:,} reads, {total.wrong:,} wrong")
        if bench.over(deadline):
            break
    seconds = round(time.monotonic() - began, 2)
    return _judged(total, cut(bench), {"clients": bench.settings.clients, "seconds": seconds})


def on_the_way(bench: Bench) -> Column:
    """The column by the reads of the other columns only, where one of them has shown the data of another visitor."""
    return _judged(Seen(tested=bench.reads, wrong=bench.strangers), "", {"clients": bench.settings.clients})


def _visit(bench: Bench) -> Seen:
    seen, visitor, own = Seen(), bench.site.visitor(), bench.token()
    first = visitor.log_in(own)
    seen.note(first)
    for number in range(READS if first.good else 0):
        seen.note(visitor.set(f"k{number}", f"{own}-{number}", 0))
        answer = visitor.read(bench.settings.hold)
        seen.note(answer)
        seen.tested += answer.good
        seen.wrong += answer.good and bench.foreign(answer, own)
    return seen


def _judged(total: Seen, ended: str, conditions: dict[str, float]) -> Column:
    if total.wrong:
        verdict = Verdict.DISAGREE
        said = f"In {total.wrong:,} of {total.tested:,} reads a visitor saw the data of another one."
    elif ended or total.tested < LEAST:
        verdict = Verdict.CANNOT_TELL
        said = f"In {total.tested:,} reads no visitor saw the data of another one. {ended or 'That is too few.'}"
    else:
        verdict, said = Verdict.AGREE, f"In {total.tested:,} reads no visitor saw the data of another one."
    bound = odds(total.wrong, total.tested)
    counts = (total.tested, total.wrong, total.refused, total.unknown)
    return Column("other_visitor", verdict, *counts, said, bound, conditions)
