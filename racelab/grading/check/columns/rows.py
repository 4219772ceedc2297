"""Rows: whether a store lets go of sessions that have expired, without anybody asking for them."""

from __future__ import annotations

import time
from functools import partial

from ....bugs import Verdict
from ..bench import Bench
from ..judge import cannot
from ..odds import odds
from ..report import Column
from ..site import Rows

OPENED = 20
LONGEST_LIFETIME = 5.0
AFTER = 5.0
"""Seconds after their expiry in which the store may remove them."""
EVERY = 0.5
NO_ROUTE = (
    'Not tested: there is no GET rows that answers {"rows": N, "lifetime": S}. It is optional: add it, and let sessions'
    " expire after 5 s or less."
)


def column(bench: Bench) -> Column:
    """Fill the column; says what is missing if it cannot."""
    before = bench.site.rows()
    if before is None:
        return cannot("rows", NO_ROUTE)
    if before.lifetime > LONGEST_LIFETIME:
        return cannot(
            "rows",
            f"A session lives {before.lifetime:g} s here. Let it live {LONGEST_LIFETIME:g} s or less for this check.",
        )
    bench.progress(f"rows: wait {before.lifetime + AFTER:g} s for {OPENED} sessions to expire")
    opened = bench.at_once([partial(bench.site.visitor().log_in, bench.token()) for _ in range(OPENED)])
    full = bench.site.rows()
    if not all(answer.good for answer in opened) or full is None:
        return cannot("rows", f"{sum(answer.good for answer in opened)} of {OPENED} sessions could be opened.")
    if full.rows < OPENED:
        return cannot("rows", f"With {OPENED} sessions open, GET rows counts {full.rows}: it does not count them.")
    left = _wait(bench, before.lifetime + AFTER)
    if left is None:
        return cannot("rows", "GET rows has stopped answering.")
    conditions = {"lifetime_s": before.lifetime, "waited_s": before.lifetime + AFTER}
    if 0 < left.rows <= bench.earlier:
        return cannot(
            "rows",
            f"{left.rows} rows are left, and {bench.earlier} were there before the check: sessions that others use, or"
            " that have no end. Begin with an empty store, and use the server for nothing else meanwhile.",
        )
    if left.rows:
        wrong, tested = left.rows - bench.earlier, full.rows - bench.earlier
        said = f"{wrong} of {tested} rows are left {AFTER:g} s after the last session has expired."
        return Column("rows", Verdict.DISAGREE, tested, wrong, 0, 0, said, odds(wrong, tested), conditions)
    said = f"All {full.rows} rows went by themselves."
    return Column("rows", Verdict.AGREE, full.rows, 0, 0, 0, said, odds(0, full.rows), conditions)


def _wait(bench: Bench, seconds: float) -> Rows | None:
    """The rows at the end of the time, or as soon as there are none."""
    deadline = time.monotonic() + seconds
    while (left := bench.site.rows()) is not None and left.rows and not bench.over(deadline):
        time.sleep(EVERY)
    return left
