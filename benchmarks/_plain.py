"""Grading's engine on plain classes, beside the peers on the same files: executions a second, and verdicts.

The promises are asked for before a turn: the peers are told them as well. The places that race are not known in it, and
are found anew by every search, in its time; executions that this breaks off are not counted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks._first_bug import Promises, promises
from benchmarks._known import KNOWN
from benchmarks._peers import Order, Peer, Report
from benchmarks._programs import allowed, program_of
from benchmarks._rates import Rate, counterpart, ratios
from benchmarks._report import Target
from benchmarks.plain.table import CLASSES, Plain
from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.search.policies import DepthFirst, Policy, RandomWalk
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.program import GIL, MODELS
from racelab.grading.classes.search import grade_program

PLENTY: Final = 1_000_000
PATIENCE: Final = 20.0
"""Seconds for the promises of a class, and for each grade of it."""
PEERS_PATIENCE: Final = 5.0
EXHAUSTIVE, BY_CHANCE = "all schedules", "by chance"
POLICIES: Final[dict[str, Callable[[int], Policy]]] = {
    EXHAUSTIVE: lambda _: DepthFirst(reduce=False, most=PLENTY),
    BY_CHANCE: lambda seed: RandomWalk(seed * PLENTY, PLENTY),
}
SETTINGS: Final = {EXHAUSTIVE: "dfs", BY_CHANCE: "random"}
LEAST: Final = {"frontrun": 10, "interleave-test": 5}
"""So many times as fast as each peer is the goal."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one tool says of one class: `executions` that it took, and the time."""

    program: str
    tool: str
    verdict: str
    name: str
    executions: int
    seconds: float
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def plain_rates(
    peers: Sequence[Peer], rounds: int, seconds: float, clock: Callable[[], float]
) -> tuple[list[Rate], list[Rate]]:
    """What we did in our turns, and what the peers did in theirs."""
    known = {one.name: promises(program_of(one), PATIENCE) for one in CLASSES}
    ours: dict[str, Rate] = {}
    theirs: dict[str, Rate] = {}
    for number in range(rounds):
        for one in CLASSES:
            for kind, setting in SETTINGS.items():
                rate = Rate("ours", setting, one.name, kind)
                ours.setdefault(rate.name, rate).add(*turn(known[one.name], kind, number, seconds, clock))
        for peer in peers:
            orders = [_order(one, known[one.name], way, seconds) for one in CLASSES for way in peer.of_classes]
            for order, report in zip(orders, peer.ask(orders), strict=True):
                kind = BY_CHANCE if order.setting in peer.by_chance else EXHAUSTIVE
                rate = Rate(peer.name, order.setting, order.subject, kind)
                theirs.setdefault(rate.name, rate).report(report, clock is time.process_time)
    return list(ours.values()), list(theirs.values())


def _order(one: Plain, known: Promises, way: str, seconds: float) -> Order:
    return Order(KNOWN, one.name, way, "rate", seconds, tasks=len(one.tasks), allowed=allowed(known))


def turn(known: Promises, kind: str, seed: int, seconds: float, clock: Callable[[], float]) -> tuple[int, int, float]:
    """Executions that were run, how many of them ended badly, and in what time. Searches that end begin anew."""
    executions, wrong, begun, worked = 0, 0, time.perf_counter(), clock()
    until = begun + seconds
    with Alarm(), without_collecting():
        while time.perf_counter() < until:
            bench, again = Bench.of(known.bench.program, GIL), True
            while again:
                ran, bad, again = _search(bench, known.judge, POLICIES[kind](seed), until)
                executions, wrong = executions + ran, wrong + bad
    return executions, wrong, clock() - worked


def _search(bench: Bench, judge: Judge, policy: Policy, until: float) -> tuple[int, int, bool]:
    executions = wrong = 0
    while policy.begin() and time.perf_counter() < until:
        kind = _execute(bench, judge, policy)
        if kind is None:
            return executions, wrong, True
        executions, wrong = executions + 1, wrong + bool(kind)
    return executions, wrong, False


def _execute(bench: Bench, judge: Judge, policy: Policy) -> str | None:
    """Run one, and judge it: how it ends badly, or empty. None if a place was found to race that was not known to."""
    kind = None
    with Execution(bench, in_order=False) as run:
        policy.lead(run)
        while kind is None and not run.memory.grown and not policy.known(run):
            ready = run.ready()
            if ready:
                run.step(policy.choose(run, ready))
            else:
                kind = judge.kind(run.ending(), None)
                policy.end(run, kind)
        return None if run.memory.grown else kind


def verdicts(peers: Sequence[Peer], rounds: int) -> list[Verdict]:
    """Ours under each model, the median time of the rounds; and the peers', with what they took."""
    found = []
    for one in CLASSES:
        for model in MODELS:
            results = [grade_program(program_of(one), model, PATIENCE) for _ in range(rounds)]
            took, last = statistics.median(result.seconds for result in results), results[-1]
            found.append(Verdict(one.name, f"ours, {model}", last.verdict, last.name, last.executions, took))
        known = promises(program_of(one), PATIENCE)
        for peer in peers:
            tasks, told = len(one.tasks), allowed(known)
            order = Order(KNOWN, one.name, peer.of_classes[0], "verdict", PEERS_PATIENCE, tasks=tasks, allowed=told)
            found.append(_theirs(one, peer, peer.ask([order])[0]))
    return found


def _theirs(one: Plain, peer: Peer, report: Report) -> Verdict:
    tool = f"{peer.name} {peer.of_classes[0]}"
    return Verdict(one.name, tool, report.verdict, "", report.schedules, report.seconds, report.reason)


def plain_targets(ours: Sequence[Rate], theirs: Sequence[Rate], said: Sequence[Verdict]) -> list[Target]:
    """The least ratio over the classes, for each way that a peer searches; and our slowest verdict."""
    targets = []
    for tool, setting in dict.fromkeys((rate.tool, rate.setting) for rate in theirs):
        same = [rate for rate in theirs if (rate.tool, rate.setting) == (tool, setting)]
        found = {rate.program: statistics.median(ratios(counterpart(rate, ours), rate)) for rate in same}
        least = min(found, key=lambda program: found[program])
        told = f"executions/s: ours / {tool} {setting}, {same[0].kind}, the least ({least})"
        targets.append(Target(told, found[least], LEAST[tool]))
    own = [one for one in said if one.tool.startswith("ours")]
    slowest = max(own, key=lambda one: one.seconds)
    told = f"verdict on a plain class, the slowest ({slowest.program}, {slowest.tool.removeprefix('ours, ')})"
    targets.append(Target(told, slowest.seconds, 0.5, most=True, unit=" s"))
    faults = {one.name: one.fault for one in CLASSES}
    wrong = [one for one in own if one.tool == f"ours, {GIL}" and one.name != faults[one.program]]
    return [*targets, Target(f"wrong verdicts or names of {len(faults)}", len(wrong), 0, most=True)]
