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
    visitors = [(bench.site.visitor(), bench.token()) for _ in range(OPENED)]
    opened = bench.at_once([partial(visitor.log_in, own) for visitor, own in visitors])
    full = bench.site.rows()
    if not all(answer.good for answer in opened) or full is None:
        return cannot("rows", f"{sum(answer.good for answer in opened)} of {OPENED} sessions could be opened.")
    if full.rows < OPENED:
        return cannot("rows", f"With {OPENED} sessions open, GET rows counts {full.rows}: it does not count them.")
    left = _wait(bench, before.lifetime + AFTER)
    if left is None:
        return cannot("rows", "GET rows has stopped answering.")
    outlived = left.rows > 0 and any(visitor.read().user == own for visitor, own in visitors)
    return _judged(bench.earlier, full, left, outlived)


def _judged(earlier: int, full: Rows, left: Rows, outlived: bool) -> Column:
    """The column.

    Args:
        earlier: rows that were there before the check.
        full, left: the rows with all sessions open, and at the end.
        outlived: whether a session was still logged in at the end.
    """
    conditions = {"lifetime_s": full.lifetime, "waited_s": full.lifetime + AFTER}
    if 0 < left.rows <= earlier:
        return cannot(
            "rows",
            f"{left.rows} rows are left, and {earlier} were there before the check: sessions that others use, or"
            " that have no end. Begin with an empty store, and use the server for nothing else meanwhile.",
        )
    if outlived:
        return cannot(
            "rows",
            f"A session that was left alone is still logged in {AFTER:g} s after its end: it lives longer than the"
            f" {full.lifetime:g} s that GET rows says.",
        )
    if left.rows:
        wrong, tested = left.rows - earlier, full.rows - earlier
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
