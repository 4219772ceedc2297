"""How many schedules of the managers' explorer run in a second, beside the peers on the same programs."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks._numbers import OURS
from benchmarks._peers import Order, Peer
from benchmarks._plain import BY_CHANCE, EXHAUSTIVE, PLENTY
from benchmarks._rates import Rate, ratios
from benchmarks._report import Target
from racelab.catalogue.variants import Variant
from racelab.explorer import SCENARIOS, explore
from racelab.explorer.search.policies import DepthFirst, RandomWalk

PROGRAMS = (("increment", "buggy"), ("reader-writer lock", "gap"), ("plain lock", "gap"))
"""Read under a lock, write under it later: buggy.py as it stands, and a number of two lines behind either lock."""
WORDS = {"reader-writer lock": "RW lock", "increment": "buggy.py", "plain lock": "plain lock"}
SETTINGS = {"dfs": EXHAUSTIVE, "random": BY_CHANCE}
"""Ours."""


def schedule_rates(
    peers: Sequence[Peer], rounds: int, seconds: float, times: int, clock: Callable[[], float]
) -> tuple[list[Rate], list[Rate]]:
    """What we did, and what the peers did."""
    ours: dict[str, Rate] = {}
    theirs: dict[str, Rate] = {}
    for number in range(rounds):
        for program in PROGRAMS:
            for setting, kind in SETTINGS.items():
                rate = Rate("ours", setting, WORDS[program[0]], kind)
                rate = ours.setdefault(rate.name, rate)
                rate.add(*_our_turn(OURS[program], kind, number, seconds, times, clock))
        for peer in peers:
            orders = [Order(*program, way, "rate", seconds, times) for program in PROGRAMS for way in peer.settings]
            for order, report in zip(orders, peer.ask(orders), strict=True):
                kind = BY_CHANCE if order.setting in peer.by_chance else EXHAUSTIVE
                rate = Rate(peer.name, order.setting, WORDS[order.program], kind)
                theirs.setdefault(rate.name, rate).report(report, clock is time.process_time)
    return list(ours.values()), list(theirs.values())


def _our_turn(
    variant: Variant, kind: str, seed: int, seconds: float, times: int, clock: Callable[[], float]
) -> tuple[int, int, float]:
    """Schedules that were run, how many of them ended in an anomaly, and in what time. Searches that end begin anew."""
    scenario = SCENARIOS["lost-increment"].repeated(times)
    schedules, wrong, begun = 0, 0, clock()
    while (taken := clock() - begun) < seconds:
        policy = DepthFirst(reduce=False) if kind == EXHAUSTIVE else RandomWalk(seed * PLENTY, PLENTY)
        findings = explore(scenario, variant, policy, seconds=seconds - taken)
        schedules, wrong = schedules + findings.executions, wrong + findings.losing
    if not wrong:  # the last search of a turn is cut off, and may have found nothing yet
        sys.exit(f"Our explorer did not find the lost increment: nothing was measured. {findings.unsure}")
    return schedules, wrong, taken


def speed_targets(ours: Sequence[Rate], theirs: Sequence[Rate], skipped: Sequence[str]) -> list[Target]:
    """Ours against the fastest peer, on the same program and with the same kind of search."""
    among = "fastest peer" if not skipped else "fastest peer of those here"
    targets = []
    for rate in ours:
        same = [other for other in theirs if (other.program, other.kind) == (rate.program, rate.kind)]
        if same:
            fastest = max(same, key=lambda other: other.median)
            told = f"schedules/s: {rate.name} / {among} ({fastest.tool} {fastest.setting})"
            targets.append(Target(told, statistics.median(ratios(rate, fastest)), 10))
    return targets
