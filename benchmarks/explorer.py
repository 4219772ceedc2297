"""What the explorer and the checker cost, beside frontrun and interleave-test, and whether all three agree.

    python benchmarks/explorer.py            about eight minutes with both peers, one without
    python benchmarks/explorer.py --quick    a look in about a minute; the peers judge four programs instead of eighteen

The peers are optional. In an environment of their own, on Python 3.12 or newer, both can be asked:

    python3.12 -m venv /tmp/peers && /tmp/peers/bin/pip install --require-hashes -r requirements-peers.txt
    /tmp/peers/bin/python benchmarks/explorer.py
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

if not __package__:  # run by path: Python then searches this folder first, whose http.py would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._agreement import Agreement, agree, say_agreement
from benchmarks._histories import fresh, play, with_one_wrong
from benchmarks._numbers import OURS
from benchmarks._peers import PEERS, Order, Peer
from benchmarks._report import Target, environment, ratio, say_environment, say_table, say_targets
from racelab.catalogue import matrix
from racelab.catalogue.variants import Variant
from racelab.checker import Operation, State, check
from racelab.explorer import SCENARIOS, Does, Findings, Scenario, explore
from racelab.explorer.search.policies import DepthFirst, RandomWalk

BUGS = ("lost-update", "stale-overwrite", "cleanup-leak", "phantom-delete")
PROGRAMS = (("increment", "buggy"), ("reader-writer lock", "gap"), ("plain lock", "gap"))
"""Read under a lock, write under it later: buggy.py as it stands, and a number of two lines behind either lock."""
WORDS = {"reader-writer lock": "RW lock", "increment": "buggy.py", "plain lock": "plain lock"}
EXHAUSTIVE, BY_CHANCE = "all schedules", "by chance"
OURS_ALL, OURS_RANDOM = "dfs", "random"
PLENTY = 1_000_000
OPERATIONS, CLIENTS = 1_000, 8
MIXES = {
    "writes": ("increment_access", "update_session"),
    "writes, reads": ("increment_access", "update_session", "get_session"),
}
WRONG = ", one wrong"
SESSIONS = {"one session": ("s1",), "eight sessions": tuple(f"s{n}" for n in range(CLIENTS))}


def main() -> None:
    """Measure, and say what came out."""
    options = _options()
    here = [peer for peer in PEERS if not peer.missing()]
    peers = " and ".join(f"{peer.name} {peer.version()}" for peer in here) or "none"
    found = environment(rounds=options.rounds, seconds=options.seconds, peers=peers)
    say_environment(found)
    skipped = [peer.missing() for peer in PEERS if peer.missing()]
    print("".join(f"\nSKIPPED: {reason}" for reason in skipped))
    witnesses = first_witnesses(options.rounds)
    ours, theirs = schedule_rates(here, options)
    decided = [decide(scenario, variant) for scenario in SCENARIOS.values() for variant in ("buggy", "fixed")]
    seconds, cells = matrix_time()
    checks = check_times(options.rounds)
    agreements = agree(here, options.quick)
    say_rates(ours, theirs, options.increments)
    say_costs(decided, witnesses, checks)
    say_agreement(agreements, here)
    targets = [*speed_targets(ours, theirs, skipped), *cost_targets(decided, seconds, cells, witnesses, checks)]
    targets += agreement_targets(agreements)
    say_targets(targets)
    if not here:
        print("  NOT MEASURED: ours against the fastest peer (10 times), and whether peers agree. No peer is here.")
    print("\n" + WHAT_IS_WHAT)
    if options.json:
        told = {
            "environment": found,
            "skipped": skipped,
            "schedules_per_second": {rate.name: statistics.median(rate.per_second) for rate in (*ours, *theirs)},
            "two_by_two": [asdict(one) for one in decided],
            "matrix": {"seconds": seconds, **cells},
            "first_witness_ms": witnesses,
            "check_ms": checks,
            "agreement": [one.as_json() for one in agreements],
            "targets": [target.as_json() for target in targets],
        }
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


WHAT_IS_WHAT = """\
Schedules per second are those of the clock on the wall, for everybody; all other times are ours alone and the
processor's, so that what else the machine does is not in them. What each tool calls a schedule:
Ours: one execution from a fresh world to its judgement. It chooses before every acquire, sleep and database call; dfs
is all schedules, none recognised (`reduce=False`), random draws some. The judgement (linearizability, invariants, named
anomalies) is counted in.
frontrun: one execution in threads, traced by bytecode. dpor runs one of each class of orders that differ in what they
touch, random any. `clock="virtual"`, and without looking for I/O, which is quicker.
interleave-test: one execution in threads. dfs runs all orders of lines, or of bytecode instructions, with two
preemptions at most; pct draws some.
Theirs look whether the number is right at the end, and for buggy.py whether memory and database say the same. 'RW lock'
and 'plain lock' are one number behind that lock, read and later written; 'buggy.py' is the whole manager. Compared is
the same program under the same kind of search: all schedules (dfs, dpor), or some by chance (random, pct). Whoever has
tried all begins anew, and that is counted in; with three increments each nobody has to. 'One wrong': 9/10 through
the history somebody is told a number that another was told."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Read ratios, not rates. A target that is not reached is printed as such; the exit code stays 0.",
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often everybody takes a turn (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one turn (default 1)")
    parser.add_argument(
        "--increments", type=int, default=3, help="how often each task reads and writes where rates are compared"
    )
    parser.add_argument("--json", metavar="FILE", help="also write everything here")
    parser.add_argument("--quick", action="store_true", help="2 short rounds, and fewer programs to agree on")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.3
    if options.rounds < 1 or options.seconds <= 0 or options.increments < 1:
        parser.error("--rounds, --seconds and --increments are above 0.")
    return options


@dataclass(slots=True)
class Rate:
    """What one contender did in its turns.

    Attributes:
        name: the tool, its setting, and the program.
        kind: whether it tries all schedules or some by chance, and on which program.
        per_second: schedules, a number for each turn.
        wrong: what part of them lost something, in the last turn.
    """

    name: str
    kind: tuple[str, str]
    per_second: list[float] = field(default_factory=list)
    wrong: float = 0.0

    def add(self, schedules: int, wrong: int, seconds: float) -> None:
        """One more turn."""
        self.per_second.append(schedules / seconds)
        self.wrong = wrong / schedules


def schedule_rates(peers: Sequence[Peer], options: argparse.Namespace) -> tuple[list[Rate], list[Rate]]:
    """What we did, and what the peers did."""
    seconds, times = options.seconds, options.increments
    ours: dict[str, Rate] = {}
    theirs: dict[str, Rate] = {}
    for number in range(options.rounds):
        for program in PROGRAMS:
            for setting, kind in ((OURS_ALL, EXHAUSTIVE), (OURS_RANDOM, BY_CHANCE)):
                name = f"ours {setting}: {WORDS[program[0]]}"
                rate = ours.setdefault(name, Rate(name, (kind, program[0])))
                rate.add(*_our_turn(OURS[program], kind, number, seconds, times))
        for peer in peers:
            orders = [Order(*program, way, "rate", seconds, times) for program in PROGRAMS for way in peer.settings]
            for order, report in zip(orders, peer.ask(orders), strict=True):
                name = f"{peer.name} {order.setting}: {WORDS[order.program]}"
                if report.verdict != "rate":
                    sys.exit(f"{name}: nothing was measured. {report.reason}")
                kind = BY_CHANCE if order.setting in peer.by_chance else EXHAUSTIVE
                rate = theirs.setdefault(name, Rate(name, (kind, order.program)))
                rate.add(report.schedules, report.wrong, report.seconds)
    return list(ours.values()), list(theirs.values())


def _our_turn(variant: Variant, kind: str, seed: int, seconds: float, times: int) -> tuple[int, int, float]:
    """Schedules that were run, how many of them ended in an anomaly, and in what time. Searches that end begin anew."""
    scenario = SCENARIOS["lost-increment"].repeated(times)
    schedules, wrong, begun = 0, 0, time.perf_counter()
    while (taken := time.perf_counter() - begun) < seconds:
        policy = DepthFirst(reduce=False) if kind == EXHAUSTIVE else RandomWalk(seed * PLENTY, PLENTY)
        findings = explore(scenario, variant, policy, seconds=seconds - taken)
        schedules, wrong = schedules + findings.executions, wrong + findings.losing
    if not wrong:  # the last search of a turn is cut off, and may have found nothing yet
        sys.exit(f"Our explorer did not find the lost increment: nothing was measured. {findings.unsure}")
    return schedules, wrong, taken


def two_by_two(scenario: Scenario) -> Scenario:
    """The same with two operations in each of the first two tasks. A third, such as the clock's, stays as it is."""
    doubled = [_two(calls) if place < 2 else calls for place, calls in enumerate(scenario.tasks)]
    return replace(scenario, tasks=tuple(doubled))


def _two(calls: tuple[Does, ...]) -> tuple[Does, ...]:
    return calls if len(calls) == 2 else (calls[0], calls[0].again(2))


@dataclass(frozen=True, slots=True)
class Decided:
    """One scenario on one manager at two operations a task: how it was decided, and in what time."""

    name: str
    verdict: str
    schedules: int
    executions: int
    seconds: float
    reason: str

    def cells(self) -> list[str]:
        """As a table has it."""
        return [f"{self.seconds:.2f}", f"{self.schedules:,}", f"{self.executions:,}", self.verdict]


def decide(scenario: Scenario, variant: str) -> Decided:
    """Try all schedules."""
    gc.collect()  # what earlier searches left is not this one's cost
    begun = time.process_time()
    found: Findings = explore(two_by_two(scenario), variant)
    seconds = time.process_time() - begun
    verdict = found.verdict if found.exhausted else "cannot tell"
    return Decided(f"{scenario.name}, {variant}", verdict, found.schedules, found.executions, seconds, found.unsure)


def matrix_time() -> tuple[float, dict[str, int]]:
    """Seconds for the whole matrix; and how many cells it has, and how many of them are undecided."""
    begun = time.process_time()
    cells = matrix.compute()["cells"]
    seconds = time.process_time() - begun
    verdicts = [cell["verdict"] for row in cells.values() for cell in row.values()]
    return seconds, {"cells": len(verdicts), "undecided": verdicts.count("cannot tell")}


def first_witnesses(rounds: int) -> dict[str, list[float]]:
    """Milliseconds to the first schedule that shows a bug, by scenario; the first of each list is the coldest."""
    times: dict[str, list[float]] = {name: [] for name in BUGS}
    for _ in range(2 * rounds + 1):
        for name, taken in times.items():
            begun = time.process_time()
            found = explore(SCENARIOS[name], "buggy", stop_at_first=True)
            taken.append(1000 * (time.process_time() - begun))
            if not found.witnesses:
                sys.exit(f"{name} was not found: nothing was measured. {found.unsure}")
    return times


def check_times(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of one general check, by kind of history; one number for each history."""
    times: dict[str, list[float]] = {}
    for where, sessions in SESSIONS.items():
        opened = State.of({name: fresh(name) for name in sessions})
        for what, methods in MIXES.items():
            for seed in range(2 * rounds + 1):
                right = play(seed, OPERATIONS, CLIENTS, sessions, methods)
                wrong = with_one_wrong(right, 0.9)
                name = f"{where}: {what}"
                times.setdefault(name, []).append(_check_time(right, opened, "linearizable"))
                times.setdefault(f"{name}{WRONG}", []).append(_check_time(wrong, opened, "not linearizable"))
    return times


def _check_time(history: Sequence[Operation], opened: State, expected: str) -> float:
    gc.collect()  # what was left over from playing it
    begun = time.process_time()
    answer = check(history, opened).answer
    taken = 1000 * (time.process_time() - begun)
    if answer != expected:
        sys.exit(f"The checker says {answer!r} about a history that is {expected}: nothing was measured.")
    return taken


def say_rates(ours: Sequence[Rate], theirs: Sequence[Rate], increments: int) -> None:
    """Print who runs how many schedules in a second."""
    same = {rate.kind: rate.per_second for rate in ours}
    rows = []
    for rate in (*ours, *theirs):
        more = "" if rate in ours else f"{ratio(same[rate.kind], rate.per_second):.1f}"
        rows.append((rate.name, [f"{statistics.median(rate.per_second):,.0f}", more, f"{100 * rate.wrong:.0f} %"]))
    title = f"Two tasks, {increments} times read-modify-write each"
    say_table(title, ["schedules/s", "ours is x", "of them wrong"], rows)


def say_costs(decided: Sequence[Decided], witnesses: dict[str, list[float]], checks: dict[str, list[float]]) -> None:
    """Print the slowest explorations, the first witnesses, and the checks."""
    slowest = sorted(decided, key=lambda one: one.seconds, reverse=True)[:5]
    title = f"All schedules of two operations a task: the slowest five of {len(decided)}"
    columns = ["seconds", "schedules", "executions", "verdict"]
    say_table(title, columns, [(one.name, one.cells()) for one in slowest])
    cells = {name: [f"{statistics.median(taken):.2f}", f"{taken[0]:.2f}"] for name, taken in witnesses.items()}
    say_table("The first witness", ["median ms", "first ms"], cells.items())
    cells = {name: [f"{statistics.median(taken):.1f}", f"{max(taken):.1f}"] for name, taken in checks.items()}
    title = f"A general check of {OPERATIONS} increments and updates (and reads) by {CLIENTS} clients"
    say_table(title, ["median ms", "worst ms"], cells.items())


def speed_targets(ours: Sequence[Rate], theirs: Sequence[Rate], skipped: Sequence[str]) -> list[Target]:
    """Ours against the fastest peer, on the same program and with the same kind of search."""
    among = "fastest peer" if not skipped else "fastest peer of those here"
    targets = []
    for rate in ours:
        same = [other for other in theirs if other.kind == rate.kind]
        if same:
            fastest = max(same, key=lambda other: statistics.median(other.per_second))
            told = f"schedules/s: {rate.name} / {among} ({fastest.name.partition(':')[0]})"
            targets.append(Target(told, ratio(rate.per_second, fastest.per_second), 10))
    return targets


def cost_targets(
    decided: Sequence[Decided],
    seconds: float,
    cells: dict[str, int],
    witnesses: dict[str, list[float]],
    checks: dict[str, list[float]],
) -> list[Target]:
    """What an exploration, the matrix, a witness and a check may cost."""
    slowest = max(decided, key=lambda one: one.seconds)
    undecided = sum(one.verdict == "cannot tell" for one in decided)
    late = max(witnesses, key=lambda name: statistics.median(witnesses[name]))
    valid = max((name for name in checks if WRONG not in name), key=lambda name: max(checks[name]))
    invalid = max((name for name in checks if WRONG in name), key=lambda name: max(checks[name]))
    return [
        _most(f"two by two: undecided of {len(decided)}", undecided, 0),
        _most(f"two by two: the slowest ({slowest.name})", slowest.seconds, 1, " s"),
        _most(f"the matrix: undecided of {cells['cells']}", cells["undecided"], 0),
        _most("the whole matrix", seconds, 30, " s"),
        _most(f"first witness ({late})", statistics.median(witnesses[late]), 20, "ms"),
        _most(f"check of {OPERATIONS} operations, the slowest valid ({valid})", max(checks[valid]), 50, "ms"),
        _most(f"check of {OPERATIONS} operations, the slowest invalid ({invalid})", max(checks[invalid]), 200, "ms"),
    ]


def _most(name: str, measured: float, limit: float, unit: str = "") -> Target:
    return Target(name, measured, limit, most=True, unit=unit)


def agreement_targets(agreements: Sequence[Agreement]) -> list[Target]:
    """Nobody may contradict us."""
    answers = sum(one.answered() for one in agreements)
    if not answers:
        return []
    return [_most(f"contradictions in {answers} verdicts of peers", sum(one.against() for one in agreements), 0)]


if __name__ == "__main__":
    main()
