"""A load in rounds: each has a fresh session, many requests at once, and a look at the session afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable

from .bench import Bench, Canary
from .tally import Tally

FIRST, LATER = 10.0, 1.0
"""Seconds that a round may take although the column's time is over: a slow server still gets a whole one."""

Round = Callable[[Bench, float], Tally]
"""Plays one round until a deadline at the latest."""


def played(bench: Bench, name: str, play: Round) -> tuple[Tally, str, dict[str, float]]:
    """Play rounds for a column's share of the time; at least one.

    Returns:
        What they have shown, why they ended early (or an empty text), and the conditions.
    """
    total, began = Tally(), time.monotonic()
    deadline = began + bench.settings.share
    while total == Tally() or not bench.over(deadline):
        if bench.site.wire.ended or bench.apart:
            break
        canary = Canary(bench)
        now = time.monotonic()
        tally = play(bench, max(deadline, now + (LATER if total.tested else FIRST)))
        total += _believed(tally, canary.lives())
        bench.progress(f"{name}: {total.tested:,} acknowledged, {total.wrong:,} wrong, {total.unknown:,} unknown")
    seconds = round(time.monotonic() - began, 2)
    return total, cut(bench), {"clients": bench.settings.clients, "hold_ms": bench.settings.hold, "seconds": seconds}


def _believed(tally: Tally, canary: bool | None) -> Tally:
    """The tally of a round, or no more than its failures if its session may have expired in the middle."""
    if canary or not tally.rounds:
        return tally
    return Tally(
        refused=tally.refused, unknown=tally.unknown, vanished=int(canary is False), unread=int(canary is None)
    )


def cut(bench: Bench) -> str:
    """Why a load ended early, or nothing. A server that is silent now is asked until it answers or is gone."""
    while bench.site.wire.silent and not bench.site.wire.ended:
        bench.site.visitor().read()
    if bench.apart:
        return f"The check stopped: {bench.apart}, as if several processes had a store each."
    if bench.site.wire.gone:
        return f"The server stopped answering in the middle. {bench.site.wire.gone}"
    return ""
